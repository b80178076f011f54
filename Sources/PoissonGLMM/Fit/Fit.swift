import PlatformEssentials

extension PoissonMixedModel {
  /// Approximates the posterior of the model's parameters.
  ///
  /// One iteration costs O(n (p + q)^2) time; memory is O(n (p + q) + G q (p + q)). With
  /// `options.standardizes` the columns of the fixed effects are standardized first, and the
  /// estimates brought back; so are those of effects with a prior of their own.
  /// - Throws: `FitError` if no finite starting point exists, no step leads up from there, or no
  ///   finite estimates were found, if there are too many random terms for the approximation, or if
  ///   columns cannot be told apart in double precision.
  public func fit(_ options: FitOptions = FitOptions()) throws(FitError) -> PoissonMixedModelFit {
    do {
      let fit = try unchecked(options)
      try FitLimit.check()
      try requireEstimates(fit)
      return fit
    } catch {
      // What is missing for that reason has no other.
      try FitLimit.check()
      throw explained(error)
    }
  }

  private func unchecked(_ options: FitOptions) throws(FitError) -> PoissonMixedModelFit {
    for weights in options.combinations
    where weights.count != fixedNames.count || !weights.allSatisfy(\.isFinite) {
      throw FitError(
        "A linear combination of \(fixedNames.count) fixed effects needs as many finite weights.")
    }
    if !priors.standardDeviations.isEmpty,
      options.approximation == .structured || options.approximation == .meanField
    {
      throw FitError(
        "\(options.approximation.rawValue) has one prior N(0, sd^2) for the logs of all standard "
          + "deviations: other priors of standard deviations need integrated or corrected.")
    }
    guard priors.coefficients.isEmpty || !options.standardizes else {
      throw FitError(
        "Priors of single effects are those of the columns as they are: they cannot be given for a "
          + "fit that standardizes the columns.")
    }
    let transformation: (any EffectTransformation)? =
      options.standardizes ? Standardization(self) : CoefficientTransformation(self)
    if let transformation {
      let transformed = transformation.transformed(self)
      let approximated = try transformed.approximatePosterior(
        options, effectMatrix: transformation.matrix)
      return PoissonMixedModelFit(
        self, options, approximated.moved(by: transformation.means), transformation: transformation,
        warnings: options.standardizes ? warnings(standardizedAs: transformed) : warnings)
    }
    let approximated = try approximatePosterior(options, effectMatrix: nil)
    return PoissonMixedModelFit(self, options, approximated, warnings: warnings)
  }

  /// Requires that a fit has moved and found finite numbers: those of a starting point are no
  /// estimates.
  private func requireEstimates(_ fit: PoissonMixedModelFit) throws(FitError) {
    let (reason, iterations) = (fit.optimization.stopReason, fit.optimization.iterations)
    guard !fit.isFinite || reason == .stalled && iterations == 0 else { return }
    let finite = fit.isFinite ? "" : "finite "
    throw FitError(
      "The fit has found no \(finite)estimates (\(reason.rawValue) after \(iterations) "
        + "iterations): the data are too far from the priors, or columns too large or too small. "
        + "Rescale them, or the offset.")
  }

  /// The error with its cause where that is the size of the counts rather than the columns.
  private func explained(_ error: FitError) -> FitError {
    let largest = (0..<data.rowCount).reduce(0) { max($0, data.counts.pointer[$1]) }
    guard largest >= Self.largeCount,
      error == .noFiniteStart || error == .singularDesign(dependentColumns: [])
    else { return error }
    return FitError(
      "With a count of \(String(printf: "%.3g", largest)) the model's effects cannot be told apart "
        + "in double precision: a count weighs as much as its size, and so many digits a number "
        + "does not have. Quantities that large are better modelled by their logarithm.")
  }

  /// From here on the weight of a count, beside the 1 of a prior, is near the 1e-9 or so of it that
  /// is left of a double's precision where products of weights are taken.
  private static let largeCount = 1e9

  /// - Parameter effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  private func approximatePosterior(
    _ options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior {
    if factors.isEmpty, family == .poisson {
      return try regression(options, effectMatrix: effectMatrix)
    }
    if let design {
      return try general(design, options, effectMatrix: effectMatrix)
    }
    switch options.approximation {
    case .meanField, .structured:
      let optimum = try boundMaximizer(options).maximize()
      return ApproximatedPosterior(
        posterior: Posterior(optimum.posterior.transformed(by: effectMatrix)),
        evidenceLowerBound: optimum.summary.bounds.last ?? -.infinity, logEvidence: nil,
        optimization: optimum.summary, warnings: [])
    case .integrated, .corrected:
      return try integrated(options, effectMatrix: effectMatrix)
    }
  }
}

extension PoissonMixedModelFit {
  /// - Parameter warnings: those of the model.
  fileprivate init(
    _ model: PoissonMixedModel, _ options: FitOptions, _ approximated: ApproximatedPosterior,
    transformation: (any EffectTransformation)? = nil, warnings: [String]
  ) {
    self.init(
      approximation: options.approximation, posterior: approximated.posterior,
      fixedNames: model.fixedNames, factors: model.factors, family: model.family,
      evidenceLowerBound: approximated.evidenceLowerBound, logEvidence: approximated.logEvidence,
      optimization: approximated.optimization,
      priors: FittedPriors(
        model.priors, factors: model.factors, transformation: transformation),
      warnings: warnings
        + model.sparsenessWarnings(options.approximation, approximated.posterior)
        + approximated.warnings + model.roundingWarnings
        + Self.convergenceWarnings(approximated.optimization))
  }
}
