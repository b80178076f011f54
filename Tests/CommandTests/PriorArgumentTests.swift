import Foundation
import PoissonGLMM
import Testing

/// `--prior` as a user gives it.
@Suite struct PriorArgumentTests {
  private let folder: TemporaryFolder
  private let data: String

  init() throws {
    folder = try TemporaryFolder()
    let rows = (0..<24).map { "\(($0 * 7 + $0 / 4) % 5),\($0 % 4),s\($0 / 4)" }
    data = try folder.write(
      (["y,x,site"] + rows).joined(separator: "\n") + "\n", to: "sites.csv"
    ).path
  }

  private func fit(
    _ priors: String..., formula: String = "y ~ x + (1 | site)", more: [String] = []
  ) throws -> CommandRunner.Result {
    try CommandRunner.run(
      ["fit", data, "--formula", formula, "--quiet"] + priors.flatMap { ["--prior", $0] } + more)
  }

  @Test func theTextSaysWhichPriorsThereAre() throws {
    let one = try fit("sd(site) ~ halfnormal(0.5)", "Intercept ~ normal(1, 3)")
    #expect(one.status == 0, "\(one.error)")
    #expect(
      one.output.contains(
        "priors          fixed effects N(0, 2^2), Intercept N(1, 3^2), sd(site) halfnormal(0.5)\n"),
      "\(one.output)")
    let some = try fit("sd(site:x) ~ pc(1, 0.05)", formula: "y ~ x + (1 + x || site)")
    #expect(
      some.output.contains("log standard deviations N(0, 1^2), sd(site:x) exponential(2.99573)\n"),
      "\(some.output)\(some.error)")
  }

  /// Priors of standard deviations have nothing to do with the columns of the fixed effects.
  @Test func columnsMayBeStandardized() throws {
    let run = try fit("sd ~ exponential(2)", more: ["--standardize"])
    #expect(run.status == 0, "\(run.error)")
    let refused = try fit("x ~ normal(0, 1)", more: ["--standardize"])
    #expect(refused.status == 64)
  }

  /// The JSON keeps the priors, and what is simulated from it is fitted with them again.
  @Test func theFileKeepsThePriors() throws {
    let fitted = try fit("sd(site) ~ pc(1, 0.05)", more: ["--format", "json"])
    #expect(fitted.output.contains("\"sd(site)\" : \"exponential(2.99573227355399"))
    let file = try folder.write(fitted.output, to: "fit.json").path
    func simulate(_ file: String) throws -> CommandRunner.Result {
      try CommandRunner.run([
        "simulate", "--like", file, "--data", data, "--out", "-", "--posterior", "--seed", "1",
      ])
    }
    let run = try simulate(file)
    #expect(run.status == 0, "\(run.error)")
    // Under another prior it is another fit, which is noticed.
    func changed(_ to: String) throws -> String {
      let start = try #require(fitted.output.range(of: "exponential("))
      let end = try #require(
        fitted.output.range(of: ")", range: start.upperBound..<fitted.output.endIndex))
      return try folder.write(
        fitted.output.replacingCharacters(in: start.lowerBound..<end.upperBound, with: to),
        to: "changed.json"
      ).path
    }
    let other = try simulate(changed("halfnormal(9)"))
    #expect(other.status == 65 && other.error.contains("fitting them again"), "\(other.error)")
    let damaged = try simulate(changed("halfnormal(-9)"))
    #expect(damaged.status == 65 && damaged.error.contains("its scale"), "\(damaged.error)")
  }

  @Test func aSavedFitPredictsWithThem() throws {
    let saved = folder.url.path + "/fit.bin"
    #expect(try fit("sd ~ halft(3, 1)", more: ["--save", saved]).status == 0)
    let fresh = try CommandRunner.run([
      "predict", data, "--formula", "y ~ x + (1 | site)", "--prior", "sd ~ halft(3, 1)", "--new",
      data,
    ])
    let read = try CommandRunner.run(["predict", data, "--from", saved])
    #expect(read.status == 0, "\(read.error)")
    #expect(read.output == fresh.output, "\(fresh.error)")
  }

  @Test(arguments: [
    ("sd(site) ~ halfnormal(0)", 64, "its scale must lie between"),
    ("sd(site) ~ gamma(1, 2)", 64, "not 'gamma(1, 2)'"),
    ("sd(site) ~ normal(0, 1)", 64, "a standard deviation takes lognormal"),
    ("site ~ halfnormal(1)", 64, "which is named sd(FACTOR)"),
    (
      "x ~ t(3, 0, 1)", 64,
      "--prior 'x ~ t(3, 0, 1)': a fixed effect takes normal(MEAN, SD) and no other prior, as in "
        + "--prior 'x ~ normal(0, 2.5)'; standard deviations, named sd(FACTOR), take lognormal"
    ), ("sd(site)", 64, "--prior is written"),
    ("Intercept ~ normal(a, 2)", 64, "--prior is written"),
    ("sd(sites) ~ halfnormal(1)", 65, "these are 'sd(site)', or 'sd' for all"),
  ])
  func mistakesAreNamed(prior: String, status: Int32, sentence: String) throws {
    let run = try fit(prior)
    #expect(run.status == status, "\(run.error)")
    #expect(run.error.contains(sentence), "\(run.error)")
    #expect(run.output.isEmpty)
  }

  /// R writes the intercept in parentheses.
  @Test func namesOfRAreTaken() throws {
    let options = ["--format", "csv", "--quiet"]
    for (own, theirs) in [
      ("Intercept ~ normal(-1, 0.5)", "(Intercept) ~ normal(-1, 0.5)"),
      ("sd(site:Intercept) ~ halfnormal(1)", "sd(site:(Intercept)) ~ halfnormal(1)"),
    ] {
      let (first, second) = (try fit(own, more: options), try fit(theirs, more: options))
      #expect(first.status == 0 && first.output == second.output, "\(second.error)")
    }
    let twice = try fit("Intercept ~ normal(0, 1)", "(Intercept) ~ normal(0, 2)")
    #expect(twice.status == 64 && twice.error.contains("two priors for 'Intercept'"))
  }

  @Test func oneNameHasOnePrior() throws {
    let run = try fit("sd ~ halfnormal(1)", "sd ~ exponential(1)")
    #expect(run.status == 64 && run.error.contains("two priors for 'sd'"), "\(run.error)")
  }

  @Test func structuredSaysWhatItNeeds() throws {
    let run = try fit("sd ~ halfnormal(1)", more: ["--approximation", "structured"])
    #expect(run.status != 0 && run.error.contains("need integrated or corrected"), "\(run.error)")
  }

  // MARK: Fixed effects

  private static let seizures = CommandRunner.reference("epilepsy.csv").path
  private static let formula = "y ~ lbase + trt + (1 | subject)"

  private struct Results: Decodable {
    struct Prior: Decodable {
      let mean, sd: Double
    }
    struct Effect: Decodable {
      let parameter: String
      let mean: Double
    }
    let fixedPriorSd: Double
    let coefficientPriors: [String: Prior]?
    let fixedEffects: [Effect]
  }

  /// The seizures of the reference data.
  private func fitSeizures(_ options: [String]) throws -> CommandRunner.Result {
    try CommandRunner.run(["fit", Self.seizures, "--formula", Self.formula] + options)
  }

  private func results(_ options: [String]) throws -> Results {
    let run = try fitSeizures(options + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    return try run.decoded()
  }

  @Test func aNarrowPriorHoldsItsEffectAndIsReported() throws {
    let results = try results(["--prior", "trt ~ normal(-0.8, 0.001)"])
    let effect = try #require(results.fixedEffects.first { $0.parameter == "trt" })
    #expect(abs(effect.mean + 0.8) < 0.001)
    let prior = try #require(results.coefficientPriors?["trt"])
    #expect(results.coefficientPriors?.count == 1 && prior.mean == -0.8 && prior.sd == 0.001)
    let text = try fitSeizures(["--prior", "trt ~ normal(-0.8, 0.001)"])
    #expect(text.output.contains("fixed effects N(0, 2^2), trt N(-0.8, 0.001^2), log standard"))
    #expect(try self.results([]).coefficientPriors == nil)
  }

  @Test func aSavedFitKeepsIt() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "fit").path
    let options = ["--prior", "Intercept ~ normal(-1, 0.5)"]
    #expect(try fitSeizures(options + ["--save", file]).status == 0)
    let again = try CommandRunner.run(["predict", Self.seizures, "--from", file])
    let anew = try CommandRunner.run(
      ["predict", Self.seizures, "--new", Self.seizures, "--formula", Self.formula] + options)
    #expect(again.status == 0 && again.output == anew.output, "\(again.error)")
    let twice = try CommandRunner.run(["predict", Self.seizures, "--from", file] + options)
    #expect(twice.status != 0 && twice.error.contains("--prior"))
  }

  @Test(arguments: [
    ("trt ~ normal(0)", "--prior is written 'NAME ~ normal(MEAN, SD)'"),
    ("trt ~ normal(0, 0)", "the standard deviation must lie between 1e-6 and 1e6"),
    ("dose ~ normal(0, 1)", "There is a prior for 'dose', which is no fixed effect"),
  ])
  func whatIsNoPriorIsRefused(prior: String, sentence: String) throws {
    let run = try fitSeizures(["--prior", prior])
    #expect(run.status != 0 && run.error.contains(sentence), "\(run.error)")
  }
}
