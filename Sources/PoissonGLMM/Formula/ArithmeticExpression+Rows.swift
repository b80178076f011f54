extension ArithmeticExpression {
  /// The value for each row.
  /// - Parameter standardizations: those of the rows of the fit, for new rows.
  /// - Throws: `ModelError` for the first row with a value that is not finite.
  func values(
    in rows: CompleteRows, standardizations: [Standardization]? = nil
  ) throws(ModelError) -> (values: [Double], standardizations: [Standardization]) {
    var given: [[Double]] = []
    for input in inputs { given.append(try values(of: input, in: rows)) }
    let result = evaluate(given, rows: rows.count, standardizations: standardizations)
    if result.standardizations.contains(where: { !($0.scale.magnitude > 0) }) {
      throw ModelError(
        "\(text) cannot be scaled: its values are the same in every row used.")
    }
    if let row = result.values.firstIndex(where: { !$0.isFinite }) {
      var shown: [String] = []
      for (input, values) in zip(inputs, given) {
        if case .column(let name) = input {
          shown.append("\(name) = \(Grouping.label(ofNumber: values[row]))")
        }
      }
      throw ModelError(
        "\(rows.location(ofRow: row)): \(text) is not a finite number, with "
          + shown.joined(separator: ", "))
    }
    return result
  }

  private func values(of input: Input, in rows: CompleteRows) throws(ModelError) -> [Double] {
    switch input {
    case .column(let name): return try rows.numbers(name, for: text)
    case .label(let column, let labels):
      let factor = rows.factor(column)
      let spelled = Set(labels.compactMap { Factor.spelling(of: $0, among: factor.levels) })
      let isAmong = factor.levels.map { spelled.contains($0) ? 1.0 : 0.0 }
      return factor.levelOfRow.map { isAmong[$0] }
    }
  }

  /// Requires that the labels that columns are compared with occur in `rows`, those of the fit.
  /// - Throws: `ModelError` for the first that does not.
  func requireLabels(in rows: CompleteRows) throws(ModelError) {
    for case .label(let column, let labels) in inputs {
      let levels = rows.factor(column).levels
      for label in labels where Factor.spelling(of: label, among: levels) == nil {
        throw ModelError("\(text): " + unknownLevel(label, of: column, levels: levels))
      }
    }
  }
}
