extension PoissonMixedModel {
  /// A fit without any event, in which the parameters have their exact distributions, by sampling;
  /// nil if there are events, or the sample says too little.
  /// - Parameters:
  ///   - plain: the fit by Gaussians, whose components stay for predictions.
  ///   - effectMatrix: M, p x p, where the fixed effects that are reported are M b.
  func withoutEvents(
    _ plain: ApproximatedPosterior, _ options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior? {
    guard options.approximation == .corrected, !data.hasEvents,
      let sample = try EventlessSample(self), sample.effectiveCount > EventlessSample.enough
    else { return nil }
    let p = fixedNames.count
    func marginal(_ weights: [Double]) -> Marginal {
      sample.marginal(ofCombination: effectMatrix.map { $0.transposed * weights } ?? weights)
    }
    var densities: [Int: Marginal] = [:]
    for c in 0..<p { densities[c] = marginal((0..<p).map { $0 == c ? 1 : 0 }) }
    let combinations = options.combinations.map {
      Posterior.CombinationDensity(weights: $0, density: marginal($0))
    }
    let own = plain.posterior
    return ApproximatedPosterior(
      posterior: Posterior(
        components: own.components, logSDs: sample.logSDs, correlations: own.correlations,
        partialCorrelations: own.partialCorrelations, randomMean: sample.randomMean,
        randomVariance: sample.randomVariance
      ).replacing(fixed: densities, combinations: combinations),
      evidenceLowerBound: min(plain.evidenceLowerBound, sample.logEvidence),
      logEvidence: sample.logEvidence, optimization: plain.optimization,
      warnings: plain.warnings + [
        "Without any event the posterior is far from a normal one. It was sampled, and the "
          + "intervals of effects and standard deviations allow for that; those of predictions do "
          + "not."
      ])
  }
}
