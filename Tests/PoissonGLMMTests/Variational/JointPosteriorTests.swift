import Testing

@testable import PoissonGLMM

/// The joint posterior against the marginals that the same fit reports.
@Suite struct JointPosteriorTests {
  private func model(_ name: String) throws -> PoissonMixedModel {
    try ReferenceData(name).model()
  }

  @Test(arguments: Approximation.allCases, ["epilepsy", "random_slopes"])
  func itsMarginalsAreThoseOfTheFit(approximation: Approximation, name: String) throws {
    let model = try model(name)
    let options = FitOptions(approximation: approximation)
    let fit = try model.fit(options)
    let joint = try model.jointPosterior(options)
    #expect(joint.fixedNames == fit.fixedEffects.map(\.name))
    #expect(joint.termNames == fit.logStandardDeviations.map(\.name))
    let p = joint.fixedNames.count
    for (c, effect) in fit.fixedEffects.enumerated() {
      let mean = joint.fixedMean[c]
      // Sums of the same numbers in another order.
      #expect(abs(mean - effect.marginal.mean) < 1e-12)
      let variance = joint.components.reduce(0) { sum, component in
        let shift = component.fixedMean[c] - mean
        return sum + component.weight * (component.fixedCovariance[c * (p + 1)] + shift * shift)
      }
      #expect(abs(variance.squareRoot() / effect.marginal.standardDeviation - 1) < 1e-10)
    }
    for (k, effect) in fit.logStandardDeviations.enumerated() {
      let mean = joint.logSDMean[k]
      let sd = effect.marginal.standardDeviation
      // The marginal is a smooth density through the points: they agree as far as the rule with
      // points one SD apart is exact.
      #expect(abs(mean - effect.marginal.mean) < 1e-3 * sd)
      let variance = joint.components.reduce(0) { sum, component in
        let shift = component.logSDMean[k] - mean
        let own = component.logSDStandardDeviation[k]
        return sum + component.weight * (own * own + shift * shift)
      }
      #expect(abs(variance.squareRoot() / sd - 1) < 2e-3)
    }
    #expect(abs(joint.components.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
  }
}
