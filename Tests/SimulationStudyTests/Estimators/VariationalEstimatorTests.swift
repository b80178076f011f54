import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

@Suite struct VariationalEstimatorTests {
  private func data(exposure: [Double]? = nil, fixed: [String] = ["Intercept", "x"])
    -> ClusteredCounts
  {
    ClusteredCounts(
      counts: [2, 3, 5, 1, 2, 4], groupOfRow: [0, 0, 0, 1, 1, 1],
      covariates: [.init(name: "x", values: [1, 2, 3, 1, 2, 3])], exposure: exposure,
      fixedNames: fixed, randomNames: ["Intercept"])
  }

  /// Reference values of an independent dense program (numpy, scipy) for the first documented
  /// example, known to 1e-9 (means) and 1e-5 relative (standard deviations); 1.959963984540054 and
  /// the tail probability of mean / SD = -0.2893104 are from scipy 1.16.
  @Test func aResultIsThePosterior() throws {
    let estimator = VariationalEstimator(
      MethodSpecification(name: "s", approximation: .structured))
    let result = try estimator.estimate(data())
    #expect(result.parameters.map(\.parameter) == ["Intercept", "x", "log_sd(Intercept)"])
    #expect(result.converged)
    #expect(abs((result.evidenceLowerBound ?? 0) - -14.196266897160486) < 1e-6)
    let (intercept, logSD) = (result.parameters[0], result.parameters[2])
    #expect(abs(intercept.estimate - -0.2223034268364337) < 1e-6)
    #expect(abs((intercept.standardError ?? 0) / 0.7683895904543434 - 1) < 1e-5)
    let margin = 1.959963984540054 * (intercept.standardError ?? 0)
    #expect(abs((intercept.intervalLower ?? 0) - (intercept.estimate - margin)) < 1e-14)
    #expect(abs((intercept.intervalUpper ?? 0) - (intercept.estimate + margin)) < 1e-14)
    // d p / d z = 0.77, and z is known to 1e-5.
    #expect(abs((intercept.pValue ?? 0) - 0.772344) < 2e-5)
    #expect(abs(logSD.estimate - -0.5307009366036088) < 1e-6)
    #expect(logSD.pValue == nil)
  }

  @Test func alphaSetsTheWidthOfTheInterval() throws {
    let method = MethodSpecification(name: "s", approximation: .structured)
    let wide = try VariationalEstimator(method, alpha: 0.1).estimate(data()).parameters[1]
    // The upper 5 % point of the normal distribution, from tables.
    let margin = 1.6448536269514722 * (wide.standardError ?? 0)
    #expect(abs((wide.intervalUpper ?? 0) - wide.estimate - margin) < 1e-14)
  }

  /// Ten times the exposure is the same as log 10 less in the intercept, if its prior is flat.
  @Test func exposureIsAnOffset() throws {
    let estimator = VariationalEstimator(
      MethodSpecification(name: "s", approximation: .structured), priors: Priors(fixedEffectSD: 1e4)
    )
    let one = try estimator.estimate(data()).parameters
    let ten = try estimator.estimate(data(exposure: Array(repeating: 10, count: 6))).parameters
    // The prior's pull on the intercept is of the order of (0.8 / 1e4)^2 log 10.
    #expect(abs(one[0].estimate - ten[0].estimate - log(10)) < 1e-6)
    #expect(abs(one[1].estimate - ten[1].estimate) < 1e-6)
  }

  @Test func priorsReachTheFit() throws {
    let method = MethodSpecification(name: "s", approximation: .structured)
    let tight = try VariationalEstimator(method, priors: Priors(fixedEffectSD: 0.01))
      .estimate(data())
    #expect(abs(tight.parameters[1].estimate) < 0.01)
  }

  @Test func theIterationLimitIsReportedAndNotThrown() throws {
    let estimator = VariationalEstimator(
      MethodSpecification(name: "s", approximation: .structured, maximumIterations: 1))
    let result = try estimator.estimate(data())
    #expect(!result.converged)
    #expect(result.reason == "iteration-limit")
  }

  @Test func aColumnThatIsNotThereIsAnError() {
    let estimator = VariationalEstimator(
      MethodSpecification(name: "s", approximation: .structured))
    #expect(throws: EstimationError("the data have no column 'z'.")) {
      try estimator.estimate(data(fixed: ["z"]))
    }
  }
}
