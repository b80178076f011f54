import Foundation
import Testing

/// `glmm-poisson fit` of a formula without random terms.
@Suite struct FitRegressionTests {
  private static let data = CommandRunner.reference("epilepsy.csv").path

  @Test func allFormatsDoWithoutGroups() throws {
    func output(_ options: [String]) throws -> String {
      let run = try CommandRunner.run(["fit", Self.data, "--formula", "y ~ lbase + trt"] + options)
      #expect(run.status == 0, "\(run.error)")
      return run.output
    }
    let text = try output([])
    #expect(text.hasPrefix("Poisson regression, corrected approximation\n"))
    #expect(text.contains("  observations    236\n"))
    #expect(text.contains("  priors          fixed effects N(0, 2^2)\n"))
    #expect(!text.contains("Random effects"))
    #expect(try output(["--format", "markdown"]).hasPrefix("## Poisson regression"))
    let csv = try output(["--format", "csv"]).split(separator: "\n")
    #expect(csv.count == 4)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(output(["--format", "json"]).utf8))
        as? [String: Any])
    #expect((object["random_effects"] as? [Any])?.isEmpty == true)
    #expect(object["groups"] as? Int == 0)
    #expect((object["fixed_effects"] as? [Any])?.count == 3)
    #expect(object["log_evidence"] is Double)
    #expect(
      try output(["--random-effects", "-"]) == "factor,group,parameter,mean,sd,ci_lower,ci_upper\n")
  }

  @Test func newRowsNeedNoGroup() throws {
    let run = try CommandRunner.run(
      ["predict", Self.data, "--formula", "y ~ lbase", "--new", "-"], input: "lbase\n1\n2\n")
    #expect(run.status == 0, "\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(lines[0] == "row,mean,median,lower,upper,count_lower,count_upper")
    #expect(lines.count == 3)
  }
}
