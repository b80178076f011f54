import ArgumentParser
import PoissonGLMM

/// A model with what its predictions come from: fitted now, or read from a file.
struct PredictSource {
  let frame: ModelFrame
  let model: PoissonMixedModel
  /// What a user should know before trusting the fit.
  let warnings: [String]
  let predictor: Predictor

  /// Fits the model.
  /// - Parameter options: with the random effects kept.
  init(
    _ frame: ModelFrame, _ model: PoissonMixedModel, options: FitOptions
  ) throws(FitError) {
    let fit = try model.fit(options)
    (self.frame, self.model, warnings) = (frame, model, fit.warnings)
    predictor = try Predictor(model, fit: fit)
  }

  init(_ saved: SavedFit) throws(FitError) {
    (frame, model, warnings) = (saved.frame, saved.model, saved.warnings)
    predictor = try Predictor(saved)
  }
}
