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
    formula.columnRequests(withResponse: false, withOffset: scale == .count).map { request in
      guard request.use == .numberOrText else { return request }
      return ColumnRequest(
        name: request.name, use: rows.isNumeric(request.name) ? .number : .label)
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
    let levels = DesignCoding.levels(
      of: [formula.fixed] + formula.random.map(\.effects), rows: rows)
    let (groupOfRow, labels) = groups(of: new)
    do {
      return try PredictionRows(
        model: model,
        fixed: DesignCoding.columns(of: formula.fixed, rows: new, levels: levels),
        random: Self.randomColumns(formula.random, rows: new, levels: levels),
        groupOfRow: groupOfRow, groupLabels: labels,
        offset: scale == .count ? Self.offset(formula.offsets, rows: new) : nil)
    } catch {
      throw located(error, in: new)
    }
  }

  /// For each new row the index of its group among this frame's, if it is one of them, and the name
  /// of its group.
  private func groups(of new: CompleteRows) -> (groupOfRow: [Int?], labels: [String]) {
    let old = formula.groupingColumns.map(rows.grouping)
    let parts = formula.groupingColumns.map(new.grouping)
    // Where all labels are numbers, spellings of one number are one label.
    let areNumbers = old.map { part in part.labels.allSatisfy(Factor.isNumber) }
    func keys(_ parts: [Grouping]) -> [[String]] {
      zip(parts, areNumbers).map { part, areNumbers in
        areNumbers ? part.labels.map(Factor.canonical) : part.labels
      }
    }
    let (oldKeys, newKeys) = (keys(old), keys(parts))
    var indices: [[String]: Int] = [:]
    var next = 0
    for (row, group) in grouping.groupOfRow.enumerated() where group == next {
      indices[zip(old, oldKeys).map { $1[$0.groupOfRow[row]] }] = group
      next += 1
    }
    let groupOfRow = (0..<new.count).map { row in
      indices[zip(parts, newKeys).map { $1[$0.groupOfRow[row]] }]
    }
    let labels = (0..<new.count).map { row in
      groupOfRow[row].map { grouping.labels[$0] }
        ?? parts.map { $0.labels[$0.groupOfRow[row]] }.joined(separator: ":")
    }
    return (groupOfRow, labels)
  }
}
