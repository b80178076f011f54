import PoissonGLMM

/// Where predictions come from: a fit that was saved, or one that is still to be made.
enum PredictSource {
  case saved(SavedFit)
  case prepared(PreparedFit)

  var frame: ModelFrame {
    switch self {
    case .saved(let saved): saved.frame
    case .prepared(let prepared): prepared.frame
    }
  }

  var model: PoissonMixedModel {
    switch self {
    case .saved(let saved): saved.model
    case .prepared(let prepared): prepared.model
    }
  }

  /// What is known before a fit.
  var earlyWarnings: [String] { frame.columnWarnings + model.eventWarnings }

  /// The predictor, with what a user should know before trusting the fit.
  func predictor(
    _ settings: FitSettings
  ) throws(FitError) -> (predictor: Predictor, warnings: [String]) {
    switch self {
    case .saved(let saved):
      return (try Predictor(saved), saved.warnings)
    case .prepared(let prepared):
      let fit = try prepared.model.fit(settings.options(keepsRandomEffects: true))
      return (try Predictor(prepared.model, fit: fit), fit.warnings)
    }
  }
}
