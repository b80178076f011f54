/// The linear predictor of a model with several grouping factors or correlated terms.
enum GeneralPredictor {
  /// - Parameter components: those of a fit's posterior that have random effects.
  static func source(
    _ design: DesignData, components: [Posterior.Component]
  ) throws(FitError) -> any LinearPredictorSource {
    throw FitError(
      "There are no predictions from a model with several grouping factors or correlated terms.")
  }
}
