import Testing

@testable import PoissonGLMM

/// GSL's BFGS on the mean-field bound, written out on its own, against the fast path.
@Suite struct MeanFieldBFGSTests {
  @Test(arguments: ReferenceData.names)
  func bfgsAgreesWithTheFastPath(name: String) throws {
    let model = try ReferenceData(name).model()
    let fast = try model.fit(FitOptions(approximation: .meanField))
    let slow = try model.fit(
      FitOptions(approximation: .meanField, optimizer: .bfgs, maximumIterations: 5000))
    #expect(slow.optimization.converged)
    // GSL's line search gives up where rounding hides the slope, up to 5e-9 below the optimum. A
    // parameter is then within the square root of twice that, 1e-4, in units of the SD that its
    // correlation with the others leaves it: the structured one.
    #expect((fast.evidenceLowerBound - slow.evidenceLowerBound).magnitude < 5e-9)
    let units = try model.fit(FitOptions(approximation: .structured))
    let tolerance = 1e-4
    for ((a, b), unit) in zip(
      zip(
        fast.fixedEffects + fast.logStandardDeviations,
        slow.fixedEffects + slow.logStandardDeviations),
      units.fixedEffects + units.logStandardDeviations)
    {
      let sd = unit.marginal.standardDeviation
      #expect((a.marginal.mean - b.marginal.mean).magnitude < tolerance * sd)
      let ratio = b.marginal.standardDeviation / a.marginal.standardDeviation
      #expect((ratio - 1).magnitude < tolerance)
    }
    for index in fast.randomEffects.means.indices {
      let sd = units.randomEffects.standardDeviations[index]
      let difference = fast.randomEffects.means[index] - slow.randomEffects.means[index]
      #expect(difference.magnitude < tolerance * sd)
    }
    expect(
      slow.randomEffects.standardDeviations, near: fast.randomEffects.standardDeviations,
      relative: tolerance)
  }

  @Test func bfgsRefusesOtherApproximations() throws {
    let model = try ReferenceData("seed_example_1").model()
    #expect(
      throws: FitError(
        "The optimizer bfgs fits the mean-field approximation only, not structured.")
    ) {
      try model.fit(FitOptions(approximation: .structured, optimizer: .bfgs))
    }
  }

  @Test func anIterationLimitIsReported() throws {
    let model = try ReferenceData("epilepsy").model()
    let fit = try model.fit(
      FitOptions(approximation: .meanField, optimizer: .bfgs, maximumIterations: 3))
    #expect(fit.optimization.stopReason == .iterationLimit)
    #expect(!fit.optimization.converged)
    let newton = try model.fit(FitOptions(approximation: .structured, maximumIterations: 3))
    #expect(newton.optimization.stopReason == .iterationLimit)
    #expect(newton.optimization.iterations == 3)
    // Here the limit is one for each of the maximizations.
    let corrected = try model.fit(FitOptions(approximation: .corrected, maximumIterations: 3))
    #expect(corrected.optimization.stopReason == .iterationLimit)
    #expect(corrected.optimization.iterations > 3)
  }
}
