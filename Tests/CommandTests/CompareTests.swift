import Foundation
import Testing

/// `glmm-poisson compare` as a user runs it.
@Suite struct CompareTests {
  private struct Results: Decodable {
    struct Density: Decodable {
      let total, se, difference, differenceSe: Double
      let paretoK: [Double]?
    }
    struct Model: Decodable {
      let formula: String
      let parameters: Int
      let logLikelihood, aic, bic, logEvidence: Double
      let leaveOneOut: Density
      let leaveOneGroupOut: Density?
    }
    struct Test: Decodable {
      let small, large, df: Int
      let chiSquared, p: Double
    }
    let models: [Model]
    let likelihoodRatioTests: [Test]
  }

  private struct Criteria: Decodable {
    let logLikelihood, aic, bic, logEvidence: Double
  }

  private static let data = CommandRunner.reference("epilepsy.csv").path
  private static let formulas = [
    "y ~ lbase * trt + lage + V4 + (1 | subject)", "y ~ lbase + (1 | subject)", "y ~ lbase",
  ]
  private static let arguments =
    ["compare", data] + formulas.flatMap { ["--formula", $0] }

  @Test func theTableIsThatOfTheFits() throws {
    let run = try CommandRunner.run(Self.arguments + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    let results = try run.decoded(as: Results.self)
    #expect(results.models.map(\.formula) == Self.formulas)
    #expect(results.models.map(\.parameters) == [7, 3, 2])
    for model in results.models {
      let fit = try CommandRunner.run([
        "fit", Self.data, "--formula", model.formula, "--format", "json",
      ])
      let own = try fit.decoded(as: Criteria.self)
      #expect(own.aic == model.aic)
      #expect(own.bic == model.bic)
      #expect(own.logLikelihood == model.logLikelihood)
      #expect(own.logEvidence == model.logEvidence)
    }
    let tests = results.likelihoodRatioTests
    #expect(tests.map { [$0.small, $0.large, $0.df] } == [[2, 1, 4], [3, 1, 5], [3, 2, 1]])
    for test in tests {
      let statistic =
        2
        * (results.models[test.large - 1].logLikelihood
          - results.models[test.small - 1].logLikelihood)
      #expect(test.chiSquared == statistic)
    }
    // Without the random intercept the data are predicted far worse.
    let loo = results.models.map(\.leaveOneOut)
    #expect(loo[2].total < loo[0].total - 50)
    #expect(loo.contains { $0.difference == 0 && $0.differenceSe == 0 })
    #expect(results.models[0].leaveOneGroupOut?.paretoK?.count == 59)
    #expect(results.models[2].leaveOneGroupOut == nil)
  }

  @Test func allFormatsHaveAllModels() throws {
    let text = try CommandRunner.run(Self.arguments)
    #expect(text.status == 0, "\(text.error)")
    #expect(text.output.contains("\nCriteria at the posterior means\n"))
    #expect(text.output.contains("\nLikelihood-ratio tests\n"))
    #expect(text.output.contains("  2 in 1  "))
    let markdown = try CommandRunner.run(Self.arguments + ["--format", "markdown"])
    #expect(markdown.output.contains("| model | parameters |"))
    let csv = try CommandRunner.run(Self.arguments + ["--format", "csv"])
    #expect(csv.output.split(separator: "\n").count == 4)
  }

  @Test func mistakesAreSaid() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write(
      "y,z,x,w,g\n1,2,0.5,1,a\n0,1,1.5,,a\n2,2,1,2,b\n3,0,0,1,b\n", to: "data.csv"
    ).path
    for (formulas, message, status) in [
      (["y ~ x + (1 | g)"], "A comparison needs two models or more", 64),
      (["y ~ x + (1 | g)", "z ~ x + (1 | g)"], "has other counts than", 65),
      (["y ~ x + (1 | g)", "y ~ w + (1 | g)"], "uses 3 rows and 'y ~ x + (1 | g)' 4", 65),
    ] as [([String], String, Int32)] {
      let run = try CommandRunner.run(
        ["compare", data] + formulas.flatMap { ["--formula", $0] })
      #expect(run.status == status, "\(run.error)")
      #expect(run.error.contains(message), "\(run.error)")
    }
  }
}
