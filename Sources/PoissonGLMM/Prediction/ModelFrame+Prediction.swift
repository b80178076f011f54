/// The quantity that is predicted.
public enum PredictionScale: String, Sendable, CaseIterable {
  /// Counts, with the offset of each row.
  case count
  /// Rates: counts where the offset is 0, at an exposure of 1.
  case rate
}

extension ModelFrame {
  /// The columns that new rows must have, with what they are used for: those of the formula but for
  /// the response and, for rates, the offset. A column of numbers in the fitted data has to be one
  /// of numbers again.
  public func columnRequests(on scale: PredictionScale) -> [ColumnRequest] {
    columnRequests(withResponse: false, withOffset: scale == .count).map { request in
      guard request.use == .numberOrText else { return request }
      return ColumnRequest(
        name: request.name, use: rows.isNumeric(request.name) ? .number : .label,
        keepsLabels: request.keepsLabels)
    }
  }

  /// New rows in the columns of this frame's model: factors with its levels, groups by its labels.
  /// - Parameters:
  ///   - data: the new rows.
  ///   - model: the model of this frame.
  ///   - scale: what is to be predicted; for rates the offset is not needed.
  /// - Throws: `ModelError` with the place of the first thing for which there is no prediction: a
  ///   column that is not there, a missing value, a level of a factor that the fitted data do not
  ///   have, a value that is not finite. A group that they do not have is no error.
  public func predictionRows(
    of data: DataTable, model: PoissonMixedModel, scale: PredictionScale = .count
  ) throws(ModelError) -> PredictionRows {
    let new = try CompleteRows(allOf: data, columns: columnRequests(on: scale).map(\.name))
    do {
      let terms = try randomColumns(of: new)
      return try PredictionRows(
        model: model, fixed: fixedColumns(of: new),
        levels: model.factors.enumerated().map { index, factor in
          let (levelOfRow, labels) = levels(of: new, factor: index)
          return PredictionLevels(
            factor, levelOfRow: levelOfRow, labels: labels, terms: terms[index])
        },
        offset: scale == .count ? Self.offset(formula.offsets, rows: new) : nil)
    } catch {
      throw located(error, in: new)
    }
  }
}
