import Testing

@testable import PoissonGLMM

/// GSL's BFGS on the mean-field bound, written out on its own, against the fast path.
@Suite struct MeanFieldBFGSTests {
  @Test(arguments: ReferenceData.names)
  func bfgsAgreesWithTheFastPath(name: String) throws {
    let model = try ReferenceData(name).model()
    let fast = try model.fit(FitOptions(approximation: .meanField))
    let slow = try MeanFieldBFGS(model, maximumIterations: 5000).maximize()
    #expect([.converged, .precisionLimit].contains(slow.stopReason))
    // GSL's line search gives up where rounding hides the slope, up to 5e-9 below the optimum. A
    // parameter is then within the square root of twice that, 1e-4, in units of the SD that its
    // correlation with the others leaves it: the structured one.
    #expect((fast.evidenceLowerBound - slow.bound).magnitude < 5e-9)
    let units = try model.fit(FitOptions(approximation: .structured))
    let tolerance = 1e-4
    let (means, sds) = (slow.fixedMean + slow.logSDMean, slow.fixedSD + slow.logSDSD)
    for (index, (own, unit)) in zip(
      fast.fixedEffects + fast.logStandardDeviations,
      units.fixedEffects + units.logStandardDeviations
    ).enumerated() {
      let sd = unit.marginal.standardDeviation
      #expect((own.marginal.mean - means[index]).magnitude < tolerance * sd)
      let ratio = sds[index] / own.marginal.standardDeviation
      #expect((ratio - 1).magnitude < tolerance)
    }
    for index in fast.randomEffects.means.indices {
      let sd = units.randomEffects.standardDeviations[index]
      let difference = fast.randomEffects.means[index] - slow.randomMean[index]
      #expect(difference.magnitude < tolerance * sd)
    }
    expect(slow.randomSD, near: fast.randomEffects.standardDeviations, relative: tolerance)
  }

  @Test func anIterationLimitIsReported() throws {
    let model = try ReferenceData("epilepsy").model()
    #expect(try MeanFieldBFGS(model, maximumIterations: 3).maximize().stopReason == .iterationLimit)
  }
}
