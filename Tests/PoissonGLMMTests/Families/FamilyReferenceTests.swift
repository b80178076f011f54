import Foundation
import Testing

@testable import PoissonGLMM

/// Fits of families other than Poisson against long NUTS runs (numpyro) and glmmTMB:
/// `Reference/Family/README.md`.
@Suite struct FamilyReferenceTests {
  private struct Summary: Decodable {
    let mean: [Double]
    let sd: [Double]
    let q025: [Double]
    let q975: [Double]
    let essMin: Double
  }

  private struct Moments: Decodable {
    let mean: [Double]
    let sd: [Double]
  }

  private struct NUTS: Decodable {
    let fixed: Summary
    let logSd: Summary
    let logOverdispersionSd: Summary?
    let logitZeroShare: Summary?
    let randomEffects: Moments
  }

  private struct Answers: Decodable {
    let formula: String
    let family: String
    let nuts: NUTS
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value
  {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: ReferenceData.url("Family/\(file)")))
  }

  private static func model(
    _ name: String, formula text: String, family: String, priors: Priors = Priors()
  ) throws -> PoissonMixedModel {
    let formula = try Formula(text)
    let table = try CSVReader.read(
      path: ReferenceData.url("Family/\(name).csv").path, columns: formula.columnRequests)
    return try ModelFrame(formula: formula, data: table)
      .model(priors: priors, family: try #require(CountFamily(rawValue: family)))
  }

  /// SDs within 2.5 %, means within .04 SD and limits within .06 SD, beyond two standard errors of
  /// the runs: of an SD 1 / sqrt(2 ESS), of a mean 1 / sqrt(ESS), and of a limit sqrt(.025 .975 /
  /// ESS) over the density there, .058 for a normal distribution and a third of that in a long
  /// tail.
  private func expect(_ own: [Marginal], near expected: Summary, _ what: String) {
    let ess = expected.essMin
    for (index, marginal) in own.enumerated() {
      let sd = expected.sd[index]
      let ratio = marginal.standardDeviation / sd
      #expect((ratio - 1).magnitude < 0.025 + 2 / (2 * ess).squareRoot(), "\(what) \(index)")
      let shift = (marginal.mean - expected.mean[index]) / sd
      #expect(shift.magnitude < 0.04 + 2 / ess.squareRoot(), "\(what) \(index)")
      let ends = marginal.interval(alpha: 0.05)
      let (low, high) = (expected.q025[index], expected.q975[index])
      for (end, limit) in [(ends.lower, low), (ends.upper, high)] {
        // A tail that is k times as long has a density 1 / k times as high.
        let length = max(1, (limit - expected.mean[index]).magnitude / (1.96 * sd))
        let error = (0.025 * 0.975 / ess).squareRoot() / 0.058 * length * length
        #expect(
          ((end - limit) / sd).magnitude < 0.06 + 2 * error, "\(what) \(index), a limit")
      }
    }
  }

  @Test(arguments: ["nb", "zip", "zinb", "epilepsy_nb"])
  func correctedAgreesWithNUTS(name: String) throws {
    let answers = try Self.decoded(Answers.self, "\(name).json")
    let model = try Self.model(name, formula: answers.formula, family: answers.family)
    let fit = try model.fit()
    #expect(fit.optimization.converged)
    let nuts = answers.nuts
    expect(fit.fixedEffects.map(\.marginal), near: nuts.fixed, "\(name) b")
    expect(fit.logStandardDeviations.map(\.marginal), near: nuts.logSd, "\(name) log SD")
    let expected = [nuts.logOverdispersionSd, nuts.logitZeroShare].compactMap { $0 }
    #expect(expected.count == fit.familyParameters.count)
    for (own, expected) in zip(fit.familyParameters, expected) {
      expect([own.marginal], near: expected, "\(name) \(own.name)")
    }
    let effects = fit.randomEffects
    for (index, sd) in nuts.randomEffects.sd.enumerated() {
      // The largest of some dozens of errors of a run with 5,000 draws or more.
      #expect((effects.standardDeviations[index] / sd - 1).magnitude < 0.05, "\(name) u \(index)")
      #expect(
        (effects.means[index] - nuts.randomEffects.mean[index]).magnitude < 0.08 * sd,
        "\(name) u \(index)")
    }
  }

  private struct Estimates: Decodable {
    let names: [String]
    let est: [Double]
    let se: [Double]
    let sd: Double
    let size: Double?
    let logitZeroShare: Double?
    let logLikelihood: Double
  }

  private static let formulas = [
    "owls":
      "SiblingNegotiation ~ (FoodTreatment + ArrivalTime) * SexParent + offset(log(BroodSize)) "
      + "+ (1 | Nest)",
    "salamanders": "count ~ spp * mined + (1 | site)",
  ]

  /// Maximum likelihood by Laplace's approximation beside posteriors under wide priors: the
  /// log-likelihood at glmmTMB's own estimates within .5, estimates of fixed effects within .15 SE,
  /// the size within 5 %. Of the salamanders, whose cells have few animals, posteriors are skewed
  /// and their means are not modes: there the largest likelihood is what agrees.
  @Test(
    arguments: [
      ("owls", "zero-inflated-poisson"), ("owls", "negative-binomial"),
      ("owls", "zero-inflated-negative-binomial"), ("salamanders", "negative-binomial"),
      ("salamanders", "zero-inflated-negative-binomial"),
    ]) func publishedDataAgreeWithGlmmTMB(name: String, family: String) throws
  {
    let all = try Self.decoded([String: Estimates].self, "glmmtmb.json")
    let expected = try #require(all["\(name) \(family)"])
    let model = try Self.model(
      name, formula: try #require(Self.formulas[name]), family: family,
      priors: Priors(fixedEffectSD: 100, logSDSD: 10))
    let criteria = try model.informationCriteria(
      fixedEffects: expected.est, logStandardDeviations: [log(expected.sd)],
      familyParameters: [expected.size.map { -0.5 * log($0) }, expected.logitZeroShare]
        .compactMap { $0 })
    #expect((criteria.logLikelihood - expected.logLikelihood).magnitude < 0.5)
    let fit = try model.fit()
    let largest = try model.maximumLikelihood(from: fit)
    #expect(largest.converged)
    let isSkewed = name == "salamanders"
    for (index, effect) in fit.fixedEffects.enumerated() {
      for estimate in [largest.fixedEffects[index]] + (isSkewed ? [] : [effect.marginal.mean]) {
        #expect(
          (estimate - expected.est[index]).magnitude < 0.15 * expected.se[index],
          "\(expected.names[index])")
      }
    }
    if let size = expected.size {
      let own =
        [largest.familyParameters[0]]
        + (isSkewed ? [] : [fit.familyParameters[0].marginal.quantile(0.5)])
      for value in own { #expect((exp(-2 * value) / size - 1).magnitude < 0.05) }
    }
  }
}
