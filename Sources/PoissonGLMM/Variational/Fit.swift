extension PoissonMixedModel {
  /// Approximates the posterior of the model's parameters.
  ///
  /// One iteration costs O(n (p + q)^2) time; memory is O(n (p + q) + G q (p + q)).
  /// - Throws: `FitError` if no finite starting point exists.
  public func fit(_ options: FitOptions = FitOptions()) throws(FitError) -> PoissonMixedModelFit {
    let optimum = try NewtonMaximizer(self, options: options).maximize()
    let p = fixedNames.count
    return PoissonMixedModelFit(
      approximation: options.approximation,
      fixedEffects: fixedNames.indices.map { c in
        ParameterPosterior(
          name: fixedNames[c],
          marginal: Marginal(
            mean: optimum.fixedMean[c],
            standardDeviation: optimum.fixedCovariance[c * p + c].squareRoot()))
      },
      logStandardDeviations: componentNames.indices.map { k in
        ParameterPosterior(
          name: componentNames[k],
          marginal: Marginal(
            mean: optimum.logSDs[k].mean,
            standardDeviation: optimum.logSDs[k].variance.squareRoot()))
      },
      randomEffects: RandomEffectPosteriors(
        groupLabels: groupLabels, termNames: randomNames, means: optimum.randomMean,
        standardDeviations: optimum.randomVariance.map { $0.squareRoot() }),
      evidenceLowerBound: optimum.bound, optimization: optimum.summary)
  }
}
