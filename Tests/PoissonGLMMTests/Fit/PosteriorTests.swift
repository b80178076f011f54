import Testing

@testable import PoissonGLMM

/// The joint posterior against the marginals that the same fit reports.
@Suite struct PosteriorTests {
  private func model(_ name: String) throws -> PoissonMixedModel {
    try ReferenceData(name).model()
  }

  @Test(arguments: Approximation.allCases, ["epilepsy", "random_slopes"])
  func itsMarginalsAreThoseOfTheFit(approximation: Approximation, name: String) throws {
    let model = try model(name)
    let options = FitOptions(approximation: approximation)
    let fit = try model.fit(options)
    let joint = fit.posterior
    for (c, effect) in fit.fixedEffects.enumerated() {
      let mean = joint.fixedMean[c]
      // Sums of the same numbers in another order.
      #expect(abs(mean - effect.marginal.mean) < 1e-12)
      let variance = joint.components.reduce(0) { sum, component in
        let shift = component.gaussian.fixedMean[c] - mean
        return sum
          + component.weight * (component.gaussian.fixedCovariance[c, c] + shift * shift)
      }
      #expect(abs(variance.squareRoot() / effect.marginal.standardDeviation - 1) < 1e-10)
      #expect(abs(fit.fixedCovariance[c, c] / variance - 1) < 1e-12)
    }
    for (k, effect) in fit.logStandardDeviations.enumerated() {
      let mean = joint.logSDMean[k]
      let sd = effect.marginal.standardDeviation
      // The marginal is a smooth density through the points: they agree as far as the rule with
      // points one SD apart is exact.
      #expect(abs(mean - effect.marginal.mean) < 1e-3 * sd)
      let variance = joint.components.reduce(0) { sum, component in
        let shift = component.gaussian.logSDMean[k] - mean
        return sum
          + component.weight * (component.gaussian.logSDVariance[k] + shift * shift)
      }
      #expect(abs(variance.squareRoot() / sd - 1) < 2e-3)
    }
    #expect(abs(joint.components.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
  }

  /// The covariances of the fixed effects, not their variances alone, are those of the columns as
  /// they are when a fit standardizes them: x'b at any x has the variance that it has without,
  /// where the prior says nothing.
  @Test(arguments: [Approximation.structured, .corrected])
  func standardizingGivesThePosteriorOfTheColumnsAsTheyAre(approximation: Approximation) throws {
    let reference = try ReferenceData("epilepsy")
    let model = try PoissonMixedModel(
      counts: reference.columns["y"] ?? [], fixed: reference.fixed, random: reference.random,
      grouping: reference.grouping, priors: Priors(fixedEffectSD: 1000))
    let plain = try model.fit(FitOptions(approximation: approximation))
    let other = try model.fit(FitOptions(approximation: approximation, standardizes: true))
    let x = [1.0, 1.5, 1, 3.2, 0, 1.5]
    let variance = plain.fixedCovariance.quadraticForm(x)
    // The prior's share is 1e-5 or so.
    #expect(abs(other.fixedCovariance.quadraticForm(x) / variance - 1) < 1e-4)
    let shift = zip(x, zip(plain.posterior.fixedMean, other.posterior.fixedMean)).reduce(0) {
      $0 + $1.0 * ($1.1.0 - $1.1.1)
    }
    #expect(abs(shift) < 1e-4 * variance.squareRoot())
  }
}
