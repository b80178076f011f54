/// The quantity that is predicted.
public enum PredictionScale: String, Sendable, CaseIterable {
  /// Counts, with the offset of each row.
  case count
  /// Rates: counts where the offset is 0, at an exposure of 1.
  case rate
}

extension ModelFrame {
  /// The columns that new rows must have, with what they are used for: those of the formula but for
  /// the response, for rates the offset, and the grouping factors where groups are not the rows'
  /// own. A column of numbers in the fitted data has to be one
  /// of numbers again. What only the offset needs is optional, so that `predictionRows` can say
  /// what to do without it.
  public func columnRequests(
    on scale: PredictionScale, groups: PredictionGroups = .own
  ) -> [ColumnRequest] {
    func requests(withOffset: Bool) -> [ColumnRequest] {
      columnRequests(
        withResponse: false, withOffset: withOffset, withGroups: groups.needsLevels)
    }
    let forRates = Set(requests(withOffset: false).map(\.name))
    return requests(withOffset: scale == .count).map { request in
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
  ///   - groups: the groups to predict in; only for the rows' own are their names needed.
  /// - Throws: `ModelError` with the place of the first thing for which there is no prediction: a
  ///   column that is not there, a missing value, a level of a factor that the fitted data do not
  ///   have, a value that is not finite. A group that they do not have is no error.
  public func predictionRows(
    of data: DataTable, model: PoissonMixedModel, scale: PredictionScale = .count,
    groups: PredictionGroups = .own
  ) throws(ModelError) -> PredictionRows {
    let requests = columnRequests(on: scale, groups: groups)
    try requireOffsetColumns(in: data, requests)
    let new = try CompleteRows(allOf: data, columns: requests.map(\.name))
    do {
      let terms = try randomColumns(of: new)
      var rows = try PredictionRows(
        model: model, fixed: fixedColumns(of: new),
        levels: model.factors.enumerated().map { index, factor in
          guard groups.needsLevels else {
            return PredictionLevels(unnamed: factor, rows: new.count, terms: terms[index])
          }
          let (levelOfRow, labels) = levels(of: new, factor: index)
          return PredictionLevels(
            factor, levelOfRow: levelOfRow, labels: labels, terms: terms[index])
        },
        offset: scale == .count ? FormulaOffset.values(formula.offsets, rows: new) : nil)
      rows.groups = groups
      return rows
    } catch {
      throw located(error, in: new)
    }
  }

  /// Requires that the model has seen the groups of all rows, and so knows their effects.
  /// - Parameter data: where the rows are from.
  /// - Throws: `ModelError` with the place of the first one that it has not.
  package func requireSeenLevels(
    of rows: PredictionRows, in data: DataTable
  ) throws(ModelError) {
    for (index, levels) in rows.factors.enumerated() {
      guard let row = levels.levelOfRow.firstIndex(where: { $0 == nil }) else { continue }
      let place = data.location(ofRow: row)
      guard !isByRow(factor: index) else {
        throw ModelError(
          "\(place): the model has an effect for every row of the fitted data, '\(levels.name)', "
            + "and a new row has none that is known.")
      }
      throw ModelError(
        "\(place): '\(levels.name)' is \(quoted(levels.labels[row])), none of the "
          + "\(factors[index].grouping.count) that the model was fitted to, so that its effect is "
          + "not known.")
    }
  }

  /// What to know of new rows: groups that the data do not have as they are written, but with the
  /// same number written otherwise.
  package func warnings(of rows: PredictionRows) -> [String] {
    guard rows.groups.needsLevels else { return [] }
    return factors.indices.compactMap { index in
      guard !isByRow(factor: index) else { return nil }
      let (factor, levels) = (factors[index], rows.factors[index])
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
