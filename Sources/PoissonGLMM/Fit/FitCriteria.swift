extension PoissonMixedModel {
  /// The marginal log-likelihood at the posterior means of a fit's parameters, with aic and bic.
  /// - Parameters:
  ///   - fit: a fit of this model.
  ///   - threads: how many to use; the result has the same bits whatever it is.
  /// - Throws: `FitError` if the log-likelihood is not finite, or cannot be computed for such a
  ///   model.
  public func informationCriteria(
    of fit: PoissonMixedModelFit, threads: Int = 1
  ) throws(FitError) -> InformationCriteria {
    try informationCriteria(
      fixedEffects: fit.fixedEffects.map(\.marginal.mean),
      logStandardDeviations: fit.logStandardDeviations.map(\.marginal.mean),
      partialCorrelations: fit.correlations.map(\.atanh.mean),
      familyParameters: fit.familyParameters.map(\.marginal.mean), threads: threads)
  }
}
