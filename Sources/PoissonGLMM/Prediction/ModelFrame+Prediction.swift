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
  /// of numbers again. What only the offset needs is optional, so that `predictionRows` can say
  /// what to do without it.
  public func columnRequests(on scale: PredictionScale) -> [ColumnRequest] {
    let forRates = Set(columnRequests(withResponse: false, withOffset: false).map(\.name))
    return columnRequests(withResponse: false, withOffset: scale == .count).map { request in
      let use: ColumnUse =
        request.use != .numberOrText
        ? request.use : rows.isNumeric(request.name) ? .number : .label
      return ColumnRequest(
        name: request.name, use: use, isOptional: !forRates.contains(request.name),
        keepsLabels: request.keepsLabels)
    }
  }

  /// Requires the columns that only the offset needs.
  private func requireOffsetColumns(
    in data: DataTable, _ requests: [ColumnRequest]
  ) throws(ModelError) {
    for request in requests where request.isOptional && data.column(named: request.name) == nil {
      throw ModelError(
        "The new rows have no column '\(request.name)', which the offset of the formula needs: add "
          + "it, or predict rates, for an exposure of 1, by --scale rate.")
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
    let requests = columnRequests(on: scale)
    try requireOffsetColumns(in: data, requests)
    let new = try CompleteRows(allOf: data, columns: requests.map(\.name))
    do {
      let terms = try randomColumns(of: new)
      return try PredictionRows(
        model: model, fixed: fixedColumns(of: new),
        levels: model.factors.enumerated().map { index, factor in
          let (levelOfRow, labels) = levels(of: new, factor: index)
          return PredictionLevels(
            factor, levelOfRow: levelOfRow, labels: labels, terms: terms[index])
        },
        offset: scale == .count ? FormulaOffset.values(formula.offsets, rows: new) : nil)
    } catch {
      throw located(error, in: new)
    }
  }

  /// What to know of new rows: groups that the data do not have as they are written, but with the
  /// same number written otherwise.
  package func warnings(of rows: PredictionRows) -> [String] {
    zip(factors, rows.factors).compactMap { factor, levels in
      let new = zip(levels.levelOfRow, levels.labels).lazy.filter { $0.0 == nil }.map(\.1)
      guard new.contains(where: Factor.isNumber) else { return nil }
      let known = SpelledNumbers.byNumber(factor.grouping.labels)
      for label in new where Factor.isNumber(label) {
        if let other = known[Factor.canonical(label)] {
          return "\(quoted(label)) is a new level of '\(factor.name)': the data have "
            + "\(quoted(other)), and labels are compared as they are written."
        }
      }
      return nil
    }
  }
}
