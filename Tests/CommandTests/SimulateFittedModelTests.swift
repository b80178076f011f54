import Foundation
import Testing

/// `glmm-poisson simulate --like` as a user runs it.
@Suite struct SimulateFittedModelTests {
  private let folder: TemporaryFolder
  private let data = CommandRunner.reference("epilepsy.csv").path
  private let fit: String

  init() throws {
    folder = try TemporaryFolder()
    let run = try CommandRunner.run([
      "fit", data, "--formula", "y ~ lbase * trt + lage + V4 + (1 | subject)", "--approximation",
      "structured", "--format", "json",
    ])
    fit = try folder.write(run.output, to: "fit.json").path
  }

  private func simulate(_ arguments: String...) throws -> CommandRunner.Result {
    try CommandRunner.run(["simulate", "--like", fit] + arguments)
  }

  private func fields(_ text: String) -> [[Substring]] {
    text.split(separator: "\n").map { $0.split(separator: ",") }
  }

  @Test func theDesignStaysAndTheCountsAreNew() throws {
    let run = try simulate("--data", data, "--out", "-")
    #expect(run.status == 0, "\(run.error)")
    let simulated = fields(run.output)
    let original = fields(try String(contentsOfFile: data, encoding: .utf8))
    #expect(simulated[0] == ["y", "lbase", "trt", "lage", "V4", "subject"])
    #expect(simulated.count == original.count)
    let columns = try simulated[0].map { try #require(original[0].firstIndex(of: $0)) }
    for (new, old) in zip(simulated, original).dropFirst() {
      for position in 1..<6 {
        #expect(Double(new[position]) == Double(old[columns[position]]))
      }
      #expect(Int(new[0]).map { $0 >= 0 } == true)
    }
    #expect(simulated.dropFirst().map { $0[0] } != original.dropFirst().map { $0[columns[0]] })

    let file = try folder.write(run.output, to: "new.csv").path
    let again = try CommandRunner.run([
      "fit", file, "--formula", "y ~ lbase * trt + lage + V4 + (1 | subject)",
    ])
    #expect(again.status == 0, "\(again.error)")
  }

  @Test func replicatesAreNumberedAndThoseOfOneSeedAreTheSame() throws {
    for extra in [[], ["--posterior"]] {
      func run(_ more: [String]) throws -> [[Substring]] {
        let run = try CommandRunner.run(
          ["simulate", "--like", fit, "--data", data, "--out", "-"] + extra + more)
        #expect(run.status == 0, "\(run.error)")
        return fields(run.output)
      }
      let several = try run(["--replicates", "2", "--replicate", "3", "--seed", "8"])
      #expect(several[0].first == "replicate")
      #expect(several.count == 1 + 2 * 236)
      let second = several.filter { $0[0] == "4" }.map { Array($0.dropFirst()) }
      #expect(try run(["--replicate", "4", "--seed", "8"]).dropFirst() == second[...])
      #expect(try run(["--replicate", "4", "--seed", "9"]).dropFirst() != second[...])
    }
  }

  @Test func rowsWithMissingValuesAreLeftOutAndTextIsKept() throws {
    let data = try folder.write(
      "count,kind,site,unused\n1,\"a, b\",s 1,x\nNA,c,s 1,y\n3,c,s2,z\n2,\"a, b\",s2,w\n4,c,s "
        + "1,v\n",
      to: "text.csv"
    ).path
    let fitted = try CommandRunner.run([
      "fit", data, "--formula", "count ~ kind + (1 | site)", "--approximation", "corrected",
      "--format", "json",
    ])
    let fit = try folder.write(fitted.output, to: "text.json").path
    for extra in [[], ["--posterior"]] {
      let run = try CommandRunner.run(
        ["simulate", "--like", fit, "--data", data, "--out", "-"] + extra)
      #expect(run.status == 0, "\(run.error)")
      let lines = run.output.split(separator: "\n").map { $0.drop { $0.isNumber } }
      #expect(lines == ["count,kind,site", ",\"a, b\",s 1", ",c,s2", ",\"a, b\",s2", ",c,s 1"])
    }
  }

  /// A fit of standardized columns is drawn from as it was made: standardized again, and with the
  /// fixed effects of the columns as they are.
  @Test(arguments: ["structured", "corrected"])
  func aFitOfStandardizedColumnsCanBeDrawnFrom(approximation: String) throws {
    let fitted = try CommandRunner.run([
      "fit", data, "--formula", "y ~ lbase * trt + lage + V4 + (1 | subject)", "--approximation",
      approximation, "--standardize", "--format", "json",
    ])
    let fit = try folder.write(fitted.output, to: "standardized.json").path
    let run = try CommandRunner.run([
      "simulate", "--like", fit, "--data", data, "--out", "-", "--posterior", "--seed", "1",
      "--replicates", "200",
    ])
    #expect(run.status == 0, "\(run.error)")
    let simulated = fields(run.output).dropFirst()
    #expect(simulated.count == 200 * 236)
    // The data's mean count is 8.25; those of replicates are about it, within their own spread.
    let mean = simulated.reduce(0) { $0 + (Double($1[1]) ?? .nan) } / Double(simulated.count)
    #expect(abs(log(mean / 8.25)) < 0.2, "\(mean)")
    let bootstrap = try CommandRunner.run([
      "simulate", "--like", fit, "--data", data, "--out", "-", "--seed", "1",
    ])
    #expect(bootstrap.status == 0, "\(bootstrap.error)")
  }

  @Test func whatIsWrongIsSaidWithItsStatus() throws {
    let text = try String(contentsOfFile: fit, encoding: .utf8)
    func changed(_ old: String, _ new: String, _ name: String) throws -> String {
      #expect(text.contains(old))
      return try folder.write(text.replacingOccurrences(of: old, with: new), to: name).path
    }
    let rows = try String(contentsOfFile: data, encoding: .utf8).split(separator: "\n")
    let fewer = try folder.write(rows.dropLast(40).joined(separator: "\n"), to: "fewer.csv").path
    let out = ["--out", "-"]
    let nowhere = folder.url.path + "/none"
    for (arguments, status, message) in [
      (["--data", data] + out, 64, "Give either a scenario file or --like"),
      (["--like", fit] + out, 64, "--like needs --data"),
      (["s.yml", "--seed", "1"] + out, 64, "--posterior, --groups and --seed go with"),
      (["s.yml", "--groups", "own"] + out, 64, "--posterior, --groups and --seed go with --like."),
      (["--like", fit, "--data", data, "--cell", "a"] + out, 64, "--cell goes with a scenario"),
      (["--like", fit, "--data", data, "--replicates", "0"] + out, 64, "--replicates is a whole"),
      (
        ["--like", fit, "--data", data, "--replicates", "99999999"] + out, 64, "more than 20000000"
      ),
      (["--like", fit, "--data", data, "--out", fit], 64, "--out would overwrite the fit in"),
      (["--like", nowhere, "--data", data] + out, 66, "There is no fit"),
      (
        ["--like", folder.url.path, "--data", data] + out, 66, "expected a file, found a directory"
      ),
      (["--like", fit, "--data", nowhere] + out, 66, "none"),
      (
        ["--like", data, "--data", data] + out, 65,
        "expected what 'fit --format json' writes, but it"
      ),
      (
        ["--like", try changed("\"approximation\"", "\"approx\"", "a.json"), "--data", data] + out,
        65,
        "but 'approximation' is missing"
      ),
      (
        ["--like", try changed("\"mean\"", "\"mea\"", "b.json"), "--data", data] + out, 65,
        "but 'fixed_effects[1].mean' is missing"
      ),
      (
        ["--like", try changed("\"converged\" : true", "\"converged\" : false", "c.json")]
          + ["--data", data] + out, 65, "the fit has not converged"
      ),
      (
        ["--like", try changed("fixed_prior_sd", "some_prior_sd", "d.json"), "--data", data]
          + ["--posterior"] + out, 65, "--posterior and --groups own fit again and need the priors"
      ),
      (
        ["--like", try changed("lbase * trt", "lbase + trt", "e.json"), "--data", data] + out, 65,
        "the formula makes the fixed effects Intercept, lbase, trt, lage, V4 of these data"
      ),
      (
        ["--like", try changed("\"approximation\" : \"str", "\"approximation\" : \"", "f.json")]
          + ["--data", data, "--posterior"] + out, 65, "there is no approximation 'uctured'."
      ),
      (["--like", fit, "--data", fewer, "--posterior"] + out, 65, "these are not the data of"),
    ] {
      let run = try CommandRunner.run(["simulate"] + arguments)
      #expect(run.status == Int32(status), "\(arguments) \(run.error)")
      #expect(run.error.contains(message), "\(run.error)")
      #expect(run.output.isEmpty)
    }
    // New counts for another design need no more than its columns.
    #expect(try simulate("--data", fewer, "--out", "-").status == 0)
    #expect(try String(contentsOfFile: fit, encoding: .utf8) == text)
  }
}
