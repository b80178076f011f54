import Foundation
import Testing

@testable import PoissonGLMM

/// How much priors matter, against exact posteriors and against fits under other priors.
@Suite struct PriorSensitivityTests {
  private struct Exact: Decodable {
    let priorSd: Double
    let sensitivity: [String: Double]
  }

  private func exact(_ name: String) throws -> Exact {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let all = try decoder.decode(
      [String: Exact].self,
      from: Data(
        contentsOf: ReferenceData.url("PriorSensitivity/prior_sensitivity.json")))
    return try #require(all[name])
  }

  private func sensitivities(_ fit: PoissonMixedModelFit) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: fit.priorSensitivity.map { ($0.name, $0.value) })
  }

  /// Sums over grids of the exact posterior (`prior_sensitivity.py`): groups that differ no more
  /// than Poisson counts do, whose SD's likelihood is highest at 0; and an arm without events under
  /// N(0, 2^2). A reader takes a value from 0.05 on as a warning; these are to a tenth.
  @Test(arguments: [
    ("alike_groups", "y ~ 1 + (1 | g)"), ("arm_without_events", "y ~ arm + (1 | g)"),
  ])
  func agreesWithExactPosteriors(name: String, formula: String) throws {
    let exact = try exact(name)
    let formula = try Formula(formula)
    let table = try CSVReader.read(
      path: ReferenceData.url("PriorSensitivity/\(name).csv").path,
      columns: formula.columnRequests)
    let model = try PoissonMixedModel(
      formula: formula, data: table, priors: Priors(fixedEffectSD: exact.priorSd))
    let found = sensitivities(try model.fit())
    #expect(found.count == exact.sensitivity.count)
    for (parameter, value) in exact.sensitivity {
      let own = try #require(found[parameter])
      #expect(abs(own - value) < 0.1 * value, "\(parameter): \(own) for \(value)")
    }
  }

  /// Where data are many the prior does not matter for slopes and the SD.
  @Test func theEpilepsyDataSpeakForThemselves() throws {
    let fit = try ReferenceData("epilepsy").model().fit()
    let found = sensitivities(fit)
    for name in ["lbase", "trt", "V4", "lbase:trt", "log_sd(Intercept)"] {
      #expect(try #require(found[name]) < PriorSensitivity.threshold)
    }
    #expect(fit.priorSensitivity.map(\.isNotable).filter { $0 }.count <= 2)
  }

  /// Against fits under the priors to other powers: N(0, sd^2)^alpha is N(0, sd^2 / alpha), and
  /// LKJ(eta)^alpha of a set of two is LKJ(alpha eta). Powers of 0.8 and 1.25 move posteriors well
  /// beyond what the lattices of two fits differ by, and stay near the limit.
  @Test(arguments: ["epilepsy", "few_groups", "random_slopes"], [false, true])
  func agreesWithFitsUnderOtherPriors(name: String, isGeneral: Bool) throws {
    let data = try ReferenceData(name)
    func fit(_ power: Double) throws -> PoissonMixedModelFit {
      let priors = Priors(
        fixedEffectSD: 2 / power.squareRoot(), logSDSD: 1 / power.squareRoot(),
        correlationShape: 2 * power)
      let correlated = isGeneral && data.random.count == 2
      return try PoissonMixedModel(
        counts: data.columns["y"]!, fixed: data.fixed,
        factors: [
          RandomFactor(
            name: "g", grouping: data.grouping, terms: data.random,
            correlatedSets: correlated ? [0..<2] : nil)
        ], offset: data.offset, priors: priors
      ).fit()
    }
    try PowerScaledDistance.expectSensitivities(ofPowers: fit)
  }

  /// The prior of standardized columns, by a fit of such columns: what a parameter's units are does
  /// not matter to its sensitivity.
  @Test func standardizedColumnsHaveTheirOwnPrior() throws {
    let data = try ReferenceData("random_intercept")
    let model = try data.model()
    let standardized = Standardization(model).transformed(model)
    let found = sensitivities(try model.fit(FitOptions(standardizes: true)))
    let expected = sensitivities(try standardized.fit())
    for name in model.fixedNames where name != "Intercept" {
      #expect(abs(try #require(found[name]) - (try #require(expected[name]))) < 1e-6)
    }
    #expect(
      abs(
        try #require(found["log_sd(Intercept)"]) - (try #require(expected["log_sd(Intercept)"])))
        < 1e-6)
  }

  /// One Gaussian has the sensitivity of a normal whose mean and SD move: dm = -C m / V, dC = -C C
  /// / V, and for a log SD dm = -r m / tau^2, dr = -r^2 / tau^2.
  @Test(arguments: [Approximation.structured, .meanField])
  func oneGaussianMovesAsItsPriorSays(approximation: Approximation) throws {
    let fit = try ReferenceData("few_groups").model().fit(FitOptions(approximation: approximation))
    let gaussian = fit.posterior.components[0].gaussian
    let covariance = gaussian.fixedCovariance
    let pull = covariance * gaussian.fixedMean
    let spread = covariance * covariance
    for (index, own) in fit.priorSensitivity.enumerated() {
      let c = index - fit.fixedEffects.count
      let marginal =
        c < 0 ? fit.fixedEffects[index].marginal : fit.logStandardDeviations[c].marginal
      let exact = PowerScaledDistance.sensitivity(marginal) { power in
        let change = power - 1
        if c < 0 {
          return Marginal(
            mean: gaussian.fixedMean[index] - change * pull[index] / 4,
            standardDeviation: (covariance[index, index] - change * spread[index, index] / 4)
              .squareRoot())
        }
        let (mean, variance) = (gaussian.logSDMean[c], gaussian.logSDVariance[c])
        return Marginal(
          mean: mean - change * variance * mean,
          standardDeviation: (variance - change * variance * variance).squareRoot())
      }
      // A distance between 0.99 and 1.01 is that of the limit to 1e-4 or so.
      #expect(abs(own.value / exact - 1) < 2e-3, "\(own.name): \(own.value) for \(exact)")
    }
  }

  @Test func aPolynomialGoesThroughItsPoints() {
    let positions = [-2.0, -1, 0, 0.5, 3]
    func cubic(_ x: Double) -> Double { 1 + x * (2 + x * (-0.5 + 0.25 * x)) }
    let polynomial = WeightedPolynomial(
      weights: [0.1, 0.2, 0.4, 0.2, 0.1], positions: positions, values: positions.map(cubic),
      degree: 3)
    for x in [-4.0, -0.3, 2, 5] { #expect(abs(polynomial.value(at: x) - cubic(x)) < 1e-12) }
    // Two points have a line.
    let line = WeightedPolynomial(
      weights: [0.5, 0.5], positions: [1, 2], values: [3, 5], degree: 3)
    #expect(abs(line.value(at: 4) - 9) < 1e-12)
  }
}
