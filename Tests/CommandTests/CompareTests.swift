import Foundation
import Testing

/// `glmm-poisson compare` as a user runs it.
@Suite struct CompareTests {
  private struct Results: Decodable {
    struct Density: Decodable {
      let total, se, difference, differenceSe: Double
      let paretoK: [Double?]?
    }
    struct Model: Decodable {
      let formula, family: String
      let parameters: Int
      let logLikelihood, aic, bic, logEvidence: Double
      let leaveOneOut: Density
      let leaveOneGroupOut: Density?
    }
    struct Test: Decodable {
      let small, large, df: Int
      let chiSquared, p: Double
      let pBoundary: Double?
    }
    let models: [Model]
    let likelihoodRatioTests: [Test]
    let leftOut: String?
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
      // The largest log-likelihood is not below that at the posterior means.
      #expect(model.logLikelihood > own.logLikelihood)
      #expect(model.logLikelihood < own.logLikelihood + 5)
      let count = Double(model.parameters)
      #expect(model.aic == -2 * model.logLikelihood + 2 * count)
      #expect((model.bic + 2 * model.logLikelihood - count * log(236.0)).magnitude < 1e-9)
      #expect(own.logEvidence == model.logEvidence)
    }
    // lme4 1.1-31 with 25 points of quadrature, glm of R 4.2.2; see
    // `Reference/maximum_likelihood.R`.
    #expect((results.models[0].logLikelihood + 665.2907355).magnitude < 5e-5)
    let tests = results.likelihoodRatioTests
    #expect(tests.allSatisfy { $0.chiSquared > 0 })
    #expect(tests.map { $0.pBoundary != nil } == [false, true, true])
    for test in tests { if let p = test.pBoundary { #expect(p < test.p) } }
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
    // The same subjects are left out of all models, with or without effects of their own.
    #expect(results.leftOut == "subject")
    #expect(results.models.allSatisfy { $0.leaveOneGroupOut?.paretoK?.count == 59 })
  }

  /// Options of `fit` mean what they mean there; priors and reference levels hold for the models
  /// that have what they name.
  @Test func theOptionsAreThoseOfFit() throws {
    let folder = try TemporaryFolder()
    var text = "y,x,f,g,n\n"
    for row in 0..<40 {
      text +=
        "\((row * 7 + row / 9) % 5),\(Double(row * 11 % 13) / 13),"
        + "\(["a", "b", "c"][row % 3]),\(row / 8),\(row % 4)\n"
    }
    let data = try folder.write(text, to: "data.csv").path
    let formulas = ["y ~ x + f + (1 | g)", "y ~ x + (1 | g)", "y ~ f"]
    let shared = ["--weights", "n", "--fixed-prior-sd", "3"]
    let own: [[String]] = [
      ["--prior", "x ~ normal(0.5, 0.1)"], ["--prior", "sd(g) ~ halfnormal(0.3)"],
      ["--reference", "f=c"],
    ]
    let run = try CommandRunner.run(
      ["compare", data] + formulas.flatMap { ["--formula", $0] } + shared + own.joined()
        + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    let models = try run.decoded(as: Results.self).models
    for (model, options) in zip(models, [[0, 1, 2], [0, 1], [2]]) {
      let fit = try CommandRunner.run(
        ["fit", data, "--formula", model.formula, "--format", "json"] + shared
          + options.flatMap { own[$0] })
      #expect(fit.status == 0, "\(fit.error)")
      let expected = try fit.decoded(as: Criteria.self)
      #expect(model.logLikelihood >= expected.logLikelihood)
      #expect(model.logEvidence == expected.logEvidence)
    }
    let standardized = try CommandRunner.run(
      ["compare", data, "--standardize", "--format", "json"]
        + formulas.flatMap { ["--formula", $0] })
    let fit = try CommandRunner.run([
      "fit", data, "--standardize", "--format", "json", "--formula", formulas[0],
    ])
    let first = try #require(try standardized.decoded(as: Results.self).models.first)
    #expect(first.logEvidence == (try fit.decoded(as: Criteria.self)).logEvidence)
  }

  /// Each formula under each family has the numbers of its own fit, and no test goes from family to
  /// family.
  @Test func familiesAreCompared() throws {
    let data = CommandRunner.reference("epilepsy.csv").path
    let formulas = ["y ~ lbase + trt + (1 | subject)", "y ~ lbase + (1 | subject)"]
    let arguments =
      ["compare", data, "--families", "poisson,negative-binomial"]
      + formulas.flatMap { ["--formula", $0] }
    let run = try CommandRunner.run(arguments + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    let results = try run.decoded(as: Results.self)
    #expect(results.models.map(\.formula) == [0, 0, 1, 1].map { formulas[$0] })
    #expect(
      results.models.map(\.family) == [
        "poisson", "negative-binomial", "poisson", "negative-binomial",
      ])
    #expect(results.models.map(\.parameters) == [4, 5, 3, 4])
    for model in results.models {
      let fit = try CommandRunner.run([
        "fit", data, "--formula", model.formula, "--family", model.family, "--format", "json",
      ])
      #expect(model.logEvidence == (try fit.decoded(as: Criteria.self)).logEvidence)
    }
    #expect(results.likelihoodRatioTests.map { [$0.small, $0.large] } == [[3, 1], [4, 2]])
    // Counts of the same subject vary more than Poisson's.
    #expect(results.models[1].leaveOneOut.total > results.models[0].leaveOneOut.total + 10)
    let text = try CommandRunner.run(arguments)
    #expect(text.output.contains("  2  \(formulas[0]), negative binomial\n"), "\(text.output)")
    for (wrong, words) in [
      ("poisson,poisson", "names 'poisson' twice"),
      ("poison", "names 'poison'; there are poisson,"),
    ] {
      let refused = try CommandRunner.run(
        ["compare", data, "--formula", formulas[0], "--families", wrong])
      #expect(refused.status == 64 && refused.error.contains(words), "\(refused.error)")
    }
    let both = try CommandRunner.run(arguments + ["--family", "negative-binomial"])
    #expect(both.status == 64 && both.error.contains("either --family"), "\(both.error)")
  }

  /// What is left out with several factors, and every '-' in the text has its sentence.
  @Test func theFactorThatIsLeftOutIsSaid() throws {
    let folder = try TemporaryFolder()
    var text = "y,x,a,b,item\n"
    for row in 0..<48 {
      text +=
        "\((row * 7 + row / 9) % 5),\(Double(row * 11 % 13) / 13),\(row / 8),"
        + "\(row / 4 % 2),\(row % 4)\n"
    }
    let data = try folder.write(text, to: "data.csv").path
    let arguments = [
      "compare", data, "--formula", "y ~ x + (1 | a/b)", "--formula", "y ~ x + (1 | a)",
      "--formula", "y ~ x + (1 | a) + (1 | item)",
    ]
    for (options, title) in [
      ([], "densities of the 4 levels of item, each with all of its rows"),
      (["--leave-out", "a"], "densities of the 6 levels of a, each with all of its rows"),
      (["--leave-out", "a:b"], "densities of the 12 levels of a:b, each with all of its rows"),
    ] {
      let run = try CommandRunner.run(arguments + options)
      #expect(run.status == 0, "\(run.error)")
      #expect(run.output.contains(title), "\(run.output)")
      #expect(!run.output.contains(" -\n") && !run.output.contains(" -  "), "\(run.output)")
    }
    let structured = try CommandRunner.run(arguments + ["--approximation", "structured"])
    #expect(structured.output.contains("\n  -: the log evidence is estimated under corrected only"))
  }

  @Test func allFormatsHaveAllModels() throws {
    let text = try CommandRunner.run(Self.arguments)
    #expect(text.status == 0, "\(text.error)")
    #expect(text.output.contains("\nCriteria at the largest likelihood, and the log evidence\n"))
    #expect(text.output.contains("\n  The log evidence depends on the priors"))
    #expect(text.output.contains("\n  An SD of 0 is at the boundary of its range"))
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
    for (formulas, options, message, status) in [
      (["y ~ x + (1 | g)"], [], "A comparison needs two models or more", 64),
      (["y ~ x + (1 | g)", "z ~ x + (1 | g)"], [], "has other counts than", 65),
      (["y ~ x + (1 | g)", "y ~ w + (1 | g)"], [], "uses 3 rows and 'y ~ x + (1 | g)' 4", 65),
      (
        ["y ~ x + (1 | g)", "y ~ (1 | g)"], ["--leave-out", "x"],
        "--leave-out names 'x', which is a grouping factor of none of the models; these have g.", 64
      ),
      (["y ~ x", "y ~ 1"], ["--leave-out", "g"], "of none of the models; they have none.", 64),
      (
        ["y ~ x", "y ~ 1"], ["--prior", "w ~ normal(0, 1)"],
        "--prior names 'w', which is a parameter of none of the models.", 64
      ),
      (
        ["y ~ x", "y ~ (1 | g)"], ["--reference", "g=a"],
        "--reference names 'g', which is a factor of none of the formulas.", 64
      ),
    ] as [([String], [String], String, Int32)] {
      let run = try CommandRunner.run(
        ["compare", data] + formulas.flatMap { ["--formula", $0] } + options)
      #expect(run.status == status, "\(run.error)")
      #expect(run.error.contains(message), "\(run.error)")
    }
  }
}
