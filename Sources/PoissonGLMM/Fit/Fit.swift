extension PoissonMixedModel {
  /// Approximates the posterior of the model's parameters.
  ///
  /// One iteration costs O(n (p + q)^2) time; memory is O(n (p + q) + G q (p + q)). With
  /// `options.standardizes` the columns of the fixed effects are standardized first, and the
  /// estimates brought back.
  /// - Throws: `FitError` if no finite starting point exists or no finite estimates were found, if
  ///   there are too many random terms for the approximation, if columns cannot be told apart in
  ///   double precision, or if `.bfgs` is asked to fit another approximation than mean-field.
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
    if isIntegrated && options.optimizer == .newton {
      return try IntegratedFit(self, options: options, effectMatrix: effectMatrix).result()
    }
    let optimum = try maximizeBound(options)
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

  private func maximizeBound(_ options: FitOptions) throws(FitError) -> VariationalOptimum {
    switch (options.optimizer, options.approximation) {
    case (.newton, _):
      return try boundMaximizer(options).maximize()
    case (.bfgs, .meanField):
      return try MeanFieldBFGS(self, options: options).maximize()
    case (.bfgs, let approximation):
      throw FitError(
        "The optimizer bfgs fits the mean-field approximation only, not \(approximation.rawValue).")
    }
  }
}

extension PoissonMixedModelFit {
  /// The fit in the fixed effects M b.
  func transformed(by matrix: [Double], keepsMixture: Bool) -> PoissonMixedModelFit {
    guard let mixture = mixture?.transformed(by: matrix) else { return self }
    return PoissonMixedModelFit(
      approximation: approximation,
      fixedEffects: zip(fixedEffects, mixture.fixedMarginals()).map {
        ParameterPosterior(name: $0.name, marginal: $1)
      },
      logStandardDeviations: logStandardDeviations, randomEffects: randomEffects,
      evidenceLowerBound: evidenceLowerBound, logEvidence: logEvidence,
      optimization: optimization, warnings: warnings, mixture: keepsMixture ? mixture : nil)
  }
}

extension IntegratedFit {
  /// What a fit reports.
  func result() -> PoissonMixedModelFit {
    let (means, variances) = randomMoments()
    let mixture = posteriorMixture
    return PoissonMixedModelFit(
      approximation: approximation,
      fixedEffects: zip(model.fixedNames, mixture.fixedMarginals()).map {
        ParameterPosterior(name: $0, marginal: $1)
      },
      logStandardDeviations: zip(model.componentNames, logSDs).map {
        ParameterPosterior(name: $0, marginal: $1)
      },
      randomEffects: RandomEffectPosteriors(
        groupLabels: model.groupLabels, termNames: model.randomNames, means: means,
        standardDeviations: variances.map { $0.squareRoot() }),
      evidenceLowerBound: bound, logEvidence: logEvidence,
      optimization: OptimizationSummary(
        bounds: structured.summary.bounds + [bound],
        boundRoundingError: structured.summary.boundRoundingError, stopReason: stopReason,
        iterations: iterations), warnings: warnings,
      mixture: keepsMixture ? mixture : nil)
  }
}
