/// Predictions of new rows with what is to be known of them.
package struct PredictionReport {
  package let rows: PredictionRows
  package let predictions: [Prediction]
  /// What a user should know, beside the warnings of the fit itself.
  package let warnings: [String]

  /// The new rows of a model's frame, before anything is predicted.
  /// - Throws: `CSVError` or `ModelError` for the first thing that is amiss.
  package static func rows(
    _ frame: ModelFrame, _ model: PoissonMixedModel, of data: FitData, format: CSVFormat,
    scale: PredictionScale
  ) throws -> PredictionRows {
    try frame.predictionRows(
      of: data.table(frame.columnRequests(on: scale), format: format), model: model, scale: scale)
  }

  /// Predicts rows of the frame's model.
  package init(
    _ predictor: Predictor, frame: ModelFrame, rows: PredictionRows, alpha: Double, threads: Int
  ) {
    self.rows = rows
    predictions = predictor.predict(rows, alpha: alpha, threads: threads)
    warnings =
      frame.warnings(of: rows)
      + PredictOutput.warnings(predictions, droppedRows: frame.droppedRows)
  }

  /// One line a row, numbers unrounded.
  package var csv: String { PredictOutput.csv(predictions, rows: rows) }
}
