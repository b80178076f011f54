import Foundation
import Testing

/// `--prior` as a user gives it.
@Suite struct FitPriorTests {
  private static let data = CommandRunner.reference("epilepsy.csv").path
  private static let formula = "y ~ lbase + trt + (1 | subject)"

  private func fit(_ options: [String]) throws -> CommandRunner.Result {
    try CommandRunner.run(["fit", Self.data, "--formula", Self.formula] + options)
  }

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

  private func results(_ options: [String]) throws -> Results {
    let run = try fit(options + ["--format", "json"])
    #expect(run.status == 0, "\(run.error)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Results.self, from: Data(run.output.utf8))
  }

  @Test func aNarrowPriorHoldsItsEffectAndIsReported() throws {
    let results = try results(["--prior", "trt ~ normal(-0.8, 0.001)"])
    let effect = try #require(results.fixedEffects.first { $0.parameter == "trt" })
    #expect(abs(effect.mean + 0.8) < 0.001)
    let prior = try #require(results.coefficientPriors?["trt"])
    #expect(results.coefficientPriors?.count == 1 && prior.mean == -0.8 && prior.sd == 0.001)
    let text = try fit(["--prior", "trt ~ normal(-0.8, 0.001)"])
    #expect(text.output.contains("fixed effects N(0, 2^2), trt N(-0.8, 0.001^2), log standard"))
    #expect(try self.results([]).coefficientPriors == nil)
  }

  @Test func aSavedFitKeepsIt() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "fit").path
    let options = ["--prior", "Intercept ~ normal(-1, 0.5)"]
    #expect(try fit(options + ["--save", file]).status == 0)
    let again = try CommandRunner.run(["predict", Self.data, "--from", file])
    let anew = try CommandRunner.run(
      ["predict", Self.data, "--new", Self.data, "--formula", Self.formula] + options)
    #expect(again.status == 0 && again.output == anew.output, "\(again.error)")
    let twice = try CommandRunner.run(["predict", Self.data, "--from", file] + options)
    #expect(twice.status != 0 && twice.error.contains("--prior"))
  }

  @Test(arguments: [
    ("trt ~ normal(0)", "--prior is written 'NAME ~ normal(MEAN, SD)'"),
    ("trt ~ normal(0, 0)", "the standard deviation must lie between 1e-6 and 1e6"),
    ("dose ~ normal(0, 1)", "There is a prior for 'dose', which is no fixed effect"),
  ])
  func whatIsNoPriorIsRefused(prior: String, sentence: String) throws {
    let run = try fit(["--prior", prior])
    #expect(run.status != 0 && run.error.contains(sentence), "\(run.error)")
  }
}
