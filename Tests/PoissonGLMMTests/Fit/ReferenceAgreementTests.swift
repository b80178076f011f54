import Testing

@testable import PoissonGLMM

/// Both approximations against the reference answers, which a dense program computed to about 1e-9.
/// The tolerances are what the project promises: 1e-6 for means and the bound, 1e-5 (relative) for
/// SDs, 1e-5 for random effects.
@Suite struct ReferenceAgreementTests {
  @Test(arguments: ReferenceData.names, [Approximation.meanField, .structured])
  func theFitAgreesWithTheReference(name: String, approximation: Approximation) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(approximation: approximation))
    let answer = reference.answer(approximation)
    #expect(fit.optimization.converged)
    expect(fit.fixedEffects.map(\.marginal.mean), near: answer.fixedMean, absolute: 1e-6)
    expect(
      fit.fixedEffects.map(\.marginal.standardDeviation), near: answer.fixedSd, relative: 1e-5)
    expect(fit.logStandardDeviations.map(\.marginal.mean), near: answer.logSdMean, absolute: 1e-6)
    expect(
      fit.logStandardDeviations.map(\.marginal.standardDeviation), near: answer.logSdSd,
      relative: 1e-5)
    expect(fit.randomEffects.means, near: answer.randomEffectsMean, absolute: 1e-5)
    expect(fit.randomEffects.standardDeviations, near: answer.randomEffectsSd, relative: 1e-5)
    let elbo = try #require(answer.elbo)
    #expect((fit.evidenceLowerBound - elbo).magnitude < 1e-6)
  }

  /// 6 to 23 iterations are needed; without acceleration up to 307, on sparse counts.
  @Test(arguments: ReferenceData.names, [Approximation.meanField, .structured])
  func aFitIsAMatterOfFewIterations(name: String, approximation: Approximation) throws {
    let fit = try ReferenceData(name).model().fit(FitOptions(approximation: approximation))
    #expect(fit.optimization.iterations <= 25)
  }
}

/// `integrated` and `corrected` against the reference, which used fine grids over s.
@Suite struct IntegratedReferenceTests {
  @Test(arguments: ReferenceData.names, [Approximation.integrated, .corrected])
  func theFitAgreesWithTheReference(name: String, approximation: Approximation) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(approximation: approximation))
    let answer = reference.answer(approximation)
    #expect(fit.optimization.converged)
    let means = answer.fixedMean + answer.logSdMean + answer.randomEffectsMean
    let sds = answer.fixedSd + answer.logSdSd + answer.randomEffectsSd
    let parameters = (fit.fixedEffects + fit.logStandardDeviations).map(\.marginal)
    let fitMeans = parameters.map(\.mean) + fit.randomEffects.means
    let fitSDs = parameters.map(\.standardDeviation) + fit.randomEffects.standardDeviations
    var worst = (0.0, 0.0)
    for index in means.indices {
      worst.0 = max(worst.0, (fitMeans[index] - means[index]).magnitude / sds[index])
      worst.1 = max(worst.1, (fitSDs[index] / sds[index] - 1).magnitude)
    }
    #expect(worst.0 < 0.002)
    #expect(worst.1 < 0.002)
    if let elbo = answer.elbo { #expect((fit.evidenceLowerBound - elbo).magnitude < 1e-3) }
    if let logEvidence = answer.logEvidence {
      #expect((try #require(fit.logEvidence) - logEvidence).magnitude < 1e-3)
    }
  }

  /// SDs within 2.5 % and means within 0.04 SD: about twice what 40,000 draws are uncertain by
  /// themselves. Interval ends within 0.06 SD and two standard errors of the draws' own 2.5 %
  /// point, sqrt(0.025 * 0.975 / effective draws) / 0.0584 for a normal density. Seen beyond 0.06
  /// are four ends, by the draws' error: of those the exact ones below are as far from NUTS.
  @Test(arguments: ReferenceData.names)
  func correctedAgreesWithNUTS(name: String) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(approximation: .corrected))
    for (posteriors, draws) in [
      (fit.fixedEffects, reference.answers.nuts.fixed),
      (fit.logStandardDeviations, reference.answers.nuts.logSd),
    ] {
      let effectiveDraws = try #require(draws.essMin)
      let endTolerance = 0.06 + 2 * (0.025 * 0.975 / effectiveDraws).squareRoot() / 0.0584
      expectAgreement(posteriors, draws, mean: 0.04, sd: 0.025, ends: endTolerance)
    }
  }

  /// The same against importance sampling. Seen: means and ends within 0.021 SD (a log SD of sparse
  /// counts), those of fixed effects within 0.013, and SDs within 0.5 %. Normal components would
  /// leave ends 0.10 SD off.
  @Test(arguments: ReferenceData.names)
  func correctedAgreesWithTheExactPosterior(name: String) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(approximation: .corrected))
    expectAgreement(fit.fixedEffects, reference.exact.fixed, mean: 0.01, sd: 0.01, ends: 0.02)
    expectAgreement(
      fit.logStandardDeviations, reference.exact.logSd, mean: 0.03, sd: 0.01, ends: 0.03)
  }

  private func expectAgreement(
    _ posteriors: [ParameterPosterior], _ expected: ReferenceData.Summary, mean: Double, sd: Double,
    ends: Double
  ) {
    #expect(posteriors.count == expected.mean.count)
    for (index, posterior) in posteriors.enumerated() {
      let marginal = posterior.marginal
      let unit = expected.sd[index]
      let interval = marginal.interval(alpha: 0.05)
      let what = Comment(rawValue: posterior.name)
      #expect((marginal.standardDeviation / unit - 1).magnitude < sd, what)
      #expect((marginal.mean - expected.mean[index]).magnitude < mean * unit, what)
      #expect((interval.lower - expected.q025[index]).magnitude < ends * unit, what)
      #expect((interval.upper - expected.q975[index]).magnitude < ends * unit, what)
    }
  }
}

/// Every value within `absolute` + `relative` times the expected one.
func expect(
  _ values: [Double], near expected: [Double], absolute: Double = 0, relative: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, sourceLocation: sourceLocation)
  for (index, (value, target)) in zip(values, expected).enumerated() {
    #expect(
      (value - target).magnitude <= absolute + relative * target.magnitude,
      "element \(index): \(value), expected \(target)", sourceLocation: sourceLocation)
  }
}
