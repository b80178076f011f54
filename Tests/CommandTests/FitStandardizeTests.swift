import Foundation
import Testing

/// `glmm-poisson fit --standardize`.
@Suite struct FitStandardizeTests {
  /// A column in units a thousand times too large is warned of; standardized, it has the effect
  /// that it has in good units, a thousand times as large.
  @Test func theUnitsOfAColumnNoLongerMatter() throws {
    let formula = "y ~ x1 + x2 + (1 | group)"
    let file = CommandRunner.reference("random_intercept.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let names = lines[0].split(separator: ",")
    let column = try #require(names.firstIndex(of: "x1"))
    let small = lines.enumerated().map { index, line in
      var fields = line.split(separator: ",").map(String.init)
      if index > 0 { fields[column] = String((Double(fields[column]) ?? .nan) / 1000) }
      return fields.joined(separator: ",") + "\n"
    }.joined()

    let plain = try CommandRunner.run(
      ["fit", "-", "--formula", formula, "--format", "csv"], input: small)
    #expect(plain.error.contains("column, or standardize."))
    #expect(abs(try slope(plain.output)) < 100)

    let saved = try CommandRunner.run(
      ["fit", "-", "--formula", formula, "--format", "csv", "--standardize"], input: small)
    #expect(saved.error == "")
    let good = try CommandRunner.run(
      ["fit", file.path, "--formula", formula, "--format", "csv", "--standardize"])
    // Fits at held log SDs stop 1e-5 SDs from their optimum.
    #expect(abs(try slope(saved.output) / slope(good.output) - 1000) < 0.01)

    let text = try CommandRunner.run(
      ["fit", file.path, "--formula", formula, "--standardize"])
    #expect(
      text.output.contains("  priors          fixed effects of standardized columns N(0, 2^2), "))
    let json = try CommandRunner.run(
      ["fit", file.path, "--formula", formula, "--standardize", "--format", "json"])
    #expect(json.output.contains("\"standardized\" : true"))
  }

  private func slope(_ csv: String) throws -> Double {
    let line = try #require(csv.split(separator: "\n").first { $0.hasPrefix("fixed,,x1,") })
    return try #require(Double(line.split(separator: ",", omittingEmptySubsequences: false)[3]))
  }
}
