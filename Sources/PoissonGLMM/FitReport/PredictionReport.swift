/// Predictions of new rows with what is to be known of them.
package struct PredictionReport {
  package let rows: PredictionRows
  package let scale: PredictionScale
  /// Whether the model has random effects.
  package let hasGroups: Bool
  /// Intervals hold a probability of 1 - alpha.
  package let alpha: Double
  package let predictions: [Prediction]
  /// What a user should know, beside the warnings of the fit itself.
  package let warnings: [String]

  /// The new rows of a model's frame, before anything is predicted.
  /// - Throws: `CSVError` or `ModelError` for the first thing that is amiss.
  package static func rows(
    _ frame: ModelFrame, _ model: PoissonMixedModel, of data: FitData, format: CSVFormat,
    scale: PredictionScale, groups: PredictionGroups
  ) throws -> PredictionRows {
    try frame.predictionRows(
      of: data.table(frame.columnRequests(on: scale, groups: groups), format: format),
      model: model, scale: scale, groups: groups)
  }

  /// Predicts rows of the frame's model.
  /// - Throws: `FitError` if a limit of time is reached.
  package init(
    _ predictor: Predictor, frame: ModelFrame, rows: PredictionRows, scale: PredictionScale,
    alpha: Double, threads: Int
  ) throws(FitError) {
    self.rows = rows
    self.scale = scale
    hasGroups = !frame.factors.isEmpty
    self.alpha = alpha
    predictions = predictor.predict(rows, alpha: alpha, threads: threads)
    try FitLimit.check()
    warnings =
      frame.warnings(of: rows)
      + PredictOutput.warnings(predictions, droppedRows: frame.droppedRows)
  }

  /// One line a row, numbers unrounded.
  package var csv: String { PredictOutput.csv(predictions, rows: rows) }
}
