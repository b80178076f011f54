import Foundation
import Testing

/// `--contrast`, `--means`, `--pairs` and `--covariance` as a user gives them.
@Suite struct FitQuestionTests {
  struct Results: Decodable {
    struct Answer: Decodable {
      let mean, sd, z, p, ciLower, ciUpper, irr, irrLower, irrUpper: Double
    }
    struct Contrast: Decodable {
      let contrast: String
      let mean, sd, z, p, ciLower, ciUpper, irr, irrLower, irrUpper: Double
    }
    struct Mean: Decodable {
      let factor, level: String
      let mean, sd, ciLower, ciUpper, count, countLower, countUpper: Double
    }
    struct Pair: Decodable {
      let factor: String
      let levels: [String]
      let mean, sd, p, ciLower, ciUpper, simultaneousP, simultaneousLower, simultaneousUpper: Double
    }
    let fixedEffects: [Answer]
    let fixedCovariance: [[Double]]
    let contrasts: [Contrast]?
    let means: [Mean]?
    let pairs: [Pair]?
  }

  private static let data = CommandRunner.reference("epilepsy.csv").path
  private static let formula = "y ~ lbase * trt + lage + V4 + (1 | subject)"

  private func fit(_ options: [String]) throws -> CommandRunner.Result {
    try CommandRunner.run(["fit", Self.data, "--formula", Self.formula] + options)
  }

  private func results(_ options: [String]) throws -> Results {
    let run = try fit(options + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    return try run.decoded()
  }

  @Test func theCovarianceIsInTheJSONAndInAFile() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("covariance.csv")
    let results = try results(["--covariance", file.path])
    #expect(results.fixedCovariance.count == 6)
    for (c, effect) in results.fixedEffects.enumerated() {
      // The SD's own sum in another order.
      #expect(abs(results.fixedCovariance[c][c].squareRoot() / effect.sd - 1) < 1e-12)
      for d in 0..<c { #expect(results.fixedCovariance[c][d] == results.fixedCovariance[d][c]) }
    }
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(lines[0] == "parameter,Intercept,lbase,trt,lage,V4,lbase:trt")
    let numbers = lines.dropFirst().map { $0.split(separator: ",").dropFirst().map { Double($0) } }
    #expect(numbers == results.fixedCovariance)
    let printed = try fit(["--covariance", "-"])
    #expect(printed.output == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test func aContrastOfOneCoefficientIsThatCoefficient() throws {
    let results = try results(["--contrast", "trt", "--contrast", "-2 * `lbase:trt`"])
    let contrasts = try #require(results.contrasts)
    #expect(contrasts.map(\.contrast) == ["trt", "-2 * `lbase:trt`"])
    let (trt, interaction) = (results.fixedEffects[2], results.fixedEffects[5])
    #expect(contrasts[0].mean == trt.mean)
    #expect(contrasts[0].sd == trt.sd)
    #expect(contrasts[0].p == trt.p)
    #expect(contrasts[0].ciLower == trt.ciLower)
    #expect(contrasts[0].irrUpper == trt.irrUpper)
    // Twice a number is exact; the ends are roots that were found in other units.
    #expect(contrasts[1].mean == -2 * interaction.mean)
    #expect(abs(contrasts[1].p / interaction.p - 1) < 1e-12)
    #expect(abs(contrasts[1].ciLower + 2 * interaction.ciUpper) < 1e-12)
  }

  /// The variance of a combination is that of the covariance matrix.
  @Test func aContrastHasTheVarianceOfTheCovarianceMatrix() throws {
    let results = try results(["--contrast", "trt + lbase:trt", "--pairs", "trt", "--means", "trt"])
    let c = results.fixedCovariance
    let contrast = try #require(results.contrasts?.first)
    let variance = c[2][2] + c[5][5] + 2 * c[2][5]
    #expect(abs(contrast.sd * contrast.sd / variance - 1) < 1e-12)
    let pair = try #require(results.pairs?.first)
    #expect(pair.levels == ["1", "0"])
    let means = try #require(results.means)
    #expect(means.map(\.level) == ["0", "1"])
    #expect(abs(pair.mean - (means[1].mean - means[0].mean)) < 1e-12)
    #expect(pair.simultaneousP == pair.p)
    #expect(pair.simultaneousLower == pair.ciLower)
    // The count is the exponential of a median, near that of the mean.
    #expect(abs(log(means[0].count) - means[0].mean) < 0.1 * means[0].sd)
  }

  @Test func allFormatsHaveTheAnswers() throws {
    let options = ["--contrast", "trt + lbase:trt", "--means", "trt", "--pairs", "trt"]
    let text = try fit(options).output
    #expect(text.contains("\nContrasts\n"))
    #expect(
      text.contains("Marginal means of trt, in a typical group, at lbase = 1.768, lage = 3.320"))
    #expect(text.contains("Differences between the means of trt\n"))
    let markdown = try fit(options + ["--format", "markdown"]).output
    #expect(markdown.contains("### Contrasts\n\n|  | mean | SD |"))
    #expect(markdown.contains("| 1 - 0 |"))
    let csv = try fit(options + ["--format", "csv"]).output.split(separator: "\n")
    #expect(csv.contains { $0.hasPrefix("contrast,,trt + lbase:trt,") })
    #expect(csv.count { $0.hasPrefix("mean,trt,") } == 2)
    #expect(csv.count { $0.hasPrefix("pair,trt,1 - 0,") } == 1)
    let width = csv[0].split(separator: ",", omittingEmptySubsequences: false).count
    #expect(
      csv.allSatisfy {
        $0.split(separator: ",", omittingEmptySubsequences: false).count == width
      })
  }

  @Test func variancesAreReportedIfAsked() throws {
    let text = try fit(["--variances"]).output
    #expect(text.contains("\nVariance between levels of subject\n"))
    #expect(text.contains("  median rate ratio"))
    #expect(
      text.contains("\nShares of variance, with an observation-level variance ln(1 + 1/mean)"))
    let json = try fit(["--variances", "--format", "json"]).output
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let variances = try #require(object["variances"] as? [String: Any])
    #expect((variances["factors"] as? [[String: Any]])?.first?["group"] as? String == "subject")
    let shares = try #require(variances["marginal_r2"] as? [String: Double])
    #expect(shares["lower"]! < shares["median"]! && shares["median"]! < shares["upper"]!)
    #expect(!(try fit([]).output.contains("Shares of variance")))
  }

  @Test(
    arguments: [
      (["--contrast", "trt + age"], "There is no coefficient 'age' (did you mean 'lage'?)", 64),
      (["--contrast", "trt + 1"], "The number 1 is left by itself", 64),
      (["--means", "lbase"], "Column 'lbase' has more than two numbers", 65),
      (["--pairs", "treatment"], "use no factor 'treatment'", 65),
      (["--covariance", ""], "--covariance needs the name of a file, or -.", 64),
      (["--covariance", "-", "--random-effects", "-"], "go to different files", 64),
    ] as [([String], String, Int32)])
  func mistakesAreSaid(options: [String], message: String, status: Int32) throws {
    let run = try fit(options)
    #expect(run.status == status)
    #expect(run.output == "")
    #expect(run.error.contains(message), "\(run.error)")
  }
}
