extension PoissonMixedModel {
  /// Approximates the posterior of the model's parameters.
  ///
  /// One iteration costs O(n (p + q)^2) time; memory is O(n (p + q) + G q (p + q)). With
  /// `options.standardizes` the columns of the fixed effects are standardized first, and the
  /// estimates brought back.
  /// - Throws: `FitError` if no finite starting point exists or no finite estimates were found, if
  ///   there are too many random terms for the approximation, or if columns cannot be told apart in
  ///   double precision.
  public func fit(_ options: FitOptions = FitOptions()) throws(FitError) -> PoissonMixedModelFit {
    guard options.standardizes else { return try fitAsIs(options) }
    let standardization = Standardization(self)
    var own = options
    own.standardizes = false
    own.keepsMixture = true
    let matrix = standardization.matrix
    return try PoissonMixedModel(self, standardizedBy: standardization)
      .fitAsIs(own, effectMatrix: matrix)
      .transformed(by: matrix, keepsMixture: options.keepsMixture)
  }

  private func fitAsIs(
    _ options: FitOptions, effectMatrix: [Double]? = nil
  ) throws(FitError) -> PoissonMixedModelFit {
    let fit = try unchecked(options, effectMatrix: effectMatrix)
    guard fit.isFinite else {
      throw FitError(
        "The fit has found no finite estimates (\(fit.optimization.stopReason.rawValue) after "
          + "\(fit.optimization.iterations) iterations): the data are too far from the priors, or "
          + "columns "
          + "too large or too small. Rescale them, or the offset.")
    }
    return fit
  }

  private func unchecked(
    _ options: FitOptions, effectMatrix: [Double]?
  ) throws(FitError) -> PoissonMixedModelFit {
    let isIntegrated = [.integrated, .corrected].contains(options.approximation)
    if isIntegrated {
      return try IntegratedFit(self, options: options, effectMatrix: effectMatrix).result()
    }
    let optimum = try boundMaximizer(options).maximize()
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
      logStandardDeviations: randomNames.indices.map { k in
        ParameterPosterior(
          name: randomNames[k],
          marginal: Marginal(
            mean: optimum.logSDMean[k],
            standardDeviation: optimum.logSDVariance[k].squareRoot()))
      },
      randomEffects: RandomEffectPosteriors(
        groupLabels: groupLabels, termNames: randomNames, means: optimum.randomMean,
        standardDeviations: optimum.randomVariance.map { $0.squareRoot() }),
      evidenceLowerBound: optimum.summary.bounds.last ?? -.infinity, logEvidence: nil,
      optimization: optimum.summary, warnings: [],
      mixture: options.keepsMixture
        ? PosteriorMixture(
          components: [
            PosteriorMixture.Component(
              weight: 1, logSDs: optimum.logSDMean, logSDVariances: optimum.logSDVariance,
              fixedMean: optimum.fixedMean, fixedCovariance: optimum.fixedCovariance,
              randomMean: optimum.randomMean, randomVariance: optimum.randomVariance)
          ], approximation: options.approximation)
        : nil)
  }
}
