import Foundation
import PoissonGLMM
import Testing

/// What `fit` says of how the model fits, and the files that it leaves.
@Suite struct FitChecksTests {
  private static let arguments = [
    "fit", CommandRunner.reference("epilepsy.csv").path, "--formula",
    "y ~ lbase * trt + lage + V4 + (1 | subject)", "--approximation", "structured",
  ]

  /// Thall & Vail's counts are well known to be overdispersed given the patient.
  @Test func overdispersionIsToldInTextAndJSON() throws {
    let text = try CommandRunner.run(Self.arguments)
    #expect(text.status == 0)
    #expect(text.output.contains("\nWhat the model misses\n  - Counts vary "))
    #expect(text.output.contains("times as much as the model says: intervals are too narrow"))
    let json = try CommandRunner.run(Self.arguments + ["--format", "json"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let checks = try #require(object["checks"] as? [[String: Any]])
    #expect(
      checks.map { $0["name"] as? String }
        == ["dispersion", "zeros", "uniformity", "outliers", "normality(Intercept)"])
    for check in checks {
      #expect(Set(check.keys) == ["name", "statistic", "p", "sentence", "matters"])
      // The text has the sentences of those that matter, and no other.
      let sentence = try #require(check["sentence"] as? String)
      #expect(text.output.contains("  - \(sentence)\n") == (check["matters"] as? Bool))
      let p = try #require(check["p"] as? Double)
      #expect((0...1).contains(p))
    }
    #expect(try #require(checks[0]["p"] as? Double) < 1e-6)
    // CSV has no place for them.
    let csv = try CommandRunner.run(Self.arguments + ["--format", "csv"])
    #expect(csv.error.contains("warning: Counts vary"))
    #expect(try CommandRunner.run(Self.arguments + ["--format", "csv", "--quiet"]).error.isEmpty)
  }

  @Test func residualsAndPicturesAreWritten() throws {
    let folder = try TemporaryFolder()
    let residuals = folder.url.appendingPathComponent("residuals.csv")
    let pictures = folder.url.appendingPathComponent("a/pictures")
    let result = try CommandRunner.run(
      Self.arguments + ["--residuals", residuals.path, "--plot", pictures.path])
    #expect(result.status == 0, "\(result.error)")
    let lines = try String(contentsOf: residuals, encoding: .utf8).split(separator: "\n")
    #expect(lines[0] == "line,observed,fitted,response,pearson,quantile,quantile_new_group")
    #expect(lines.count == 237)
    // The first row of the data stands on line 2.
    #expect(lines[1].hasPrefix("2,5.0,"))
    for line in lines.dropFirst() {
      let numbers = line.split(separator: ",").compactMap { Double($0) }
      #expect(numbers.count == 7 && numbers.allSatisfy(\.isFinite))
      #expect(abs(numbers[1] - numbers[2] - numbers[3]) < 1e-9)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: pictures.path).sorted()
        == [
          "fitted.svg", "quantile-quantile.svg", "random-effects.svg", "rate-ratios.svg",
          "residuals.svg", "rootogram.svg",
        ])
    let printed = try CommandRunner.run(Self.arguments + ["--residuals", "-"])
    #expect(printed.output == (try String(contentsOf: residuals, encoding: .utf8)))
  }

  @Test func wrongUsesAreRefused() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("y,g\n1,a\n2,a\n3,b\n4,b\n", to: "data.csv")
    let fit = ["fit", data.path, "--formula", "y ~ 1 + (1 | g)"]
    let overwriting = try CommandRunner.run(fit + ["--residuals", data.path])
    #expect(overwriting.status == 64)
    #expect(overwriting.error.contains("--residuals would overwrite the data"))
    #expect(try CommandRunner.run(fit + ["--residuals", ""]).status == 64)
    let both = try CommandRunner.run(fit + ["--residuals", "-", "--random-effects", "-"])
    #expect(both.status == 64)
    let inFile = try CommandRunner.run(fit + ["--plot", data.path + "/pictures"])
    #expect(inFile.status == 74)
    #expect(inFile.error.contains("Cannot make the directory"))
  }
}
