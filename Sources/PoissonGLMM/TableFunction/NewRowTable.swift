/// New rows after every check: columns of finite numbers of one length, as many as the model has.
struct ValidatedNewRows: Equatable {
  let count: Int
  let fixedColumns: [[Double]]
  /// Nil where no group is known.
  let groups: [Double]?
  /// As many as the arguments have; empty for a random intercept alone.
  let randomColumns: [[Double]]

  /// Checks new rows in the order and with the texts of the arguments.
  /// - Parameter arguments: those of the model that is to predict.
  init(
    checking rows: GLMMPoissonNewRows, for arguments: ValidatedArguments
  ) throws(GLMMPoissonError) {
    let x = try NumericRows(rows.x, name: "new_x")
    let groupRows =
      rows.groups == .null ? nil : try NumericRows(rows.groups, name: "new_groups")
    let xRandom =
      rows.xRandom == .null ? nil : try NumericRows(rows.xRandom, name: "new_x_random")
    count = x.count
    for (other, name) in [(groupRows, "new_groups"), (xRandom, "new_x_random")] {
      if let other, other.count != x.count {
        throw .invalidInput("new_x and \(name) must have the same number of rows.")
      }
    }
    guard (xRandom == nil) == (arguments.randomColumns == nil) else {
      throw .invalidInput(
        xRandom == nil
          ? "new_x_random is required with x_random."
          : "new_x_random is only for where there is x_random.")
    }
    fixedColumns = try Self.columns(
      of: x, name: "new_x", expected: arguments.fixedColumns.count)
    groups = try groupRows?.onlyColumn(name: "new_groups")
    randomColumns =
      try xRandom.map { rows throws(GLMMPoissonError) in
        try Self.columns(
          of: rows, name: "new_x_random", expected: arguments.randomColumns?.count ?? 0)
      } ?? []
  }

  private static func columns(
    of rows: NumericRows, name: String, expected: Int
  ) throws(GLMMPoissonError) -> [[Double]] {
    let columns = try rows.columns(name: name)
    guard columns.count == expected else {
      throw .invalidInput("\(name) row 0 has \(columns.count) columns, expected \(expected).")
    }
    try rows.requireModerateSize(name: name)
    return columns
  }
}

extension FittedArguments {
  /// What the model expects in new rows, a row each under a row of titles: the group, and 1 where
  /// it is none of the data's; posterior mean and median of the expected count and the ends of its
  /// interval; the ends of the interval of a new count. What is beyond the range of numbers, or not
  /// known, is empty.
  /// - Returns: the table and what is to be known of it beside the warnings of the fit.
  func predictions(
    of rows: ValidatedNewRows
  ) throws(GLMMPoissonError) -> (table: [[TableCell]], warnings: [String]) {
    let predictions: [Prediction]
    do {
      predictions = try Predictor(model, fit: fit)
        .predict(predictionRows(rows), alpha: arguments.alpha)
      // Rows beyond a limit have been left out.
      try FitLimit.check()
    } catch {
      throw .modelError("\(error)")
    }
    var table: [[TableCell]] = [
      ["group", "new_group", "mean", "median", "lower", "upper", "count_lower", "count_upper"]
    ]
    for (row, prediction) in predictions.enumerated() {
      let numbers = [
        prediction.mean ?? .nan, prediction.median, prediction.lower, prediction.upper,
        prediction.countLower, prediction.countUpper,
      ]
      table.append(
        [rows.groups.map { .number($0[row]) } ?? .empty, .number(prediction.isNewGroup ? 1 : 0)]
          + numbers.map { $0.isFinite ? .number($0) : .empty })
    }
    return (table, Prediction.warnings(predictions))
  }

  private func predictionRows(_ rows: ValidatedNewRows) throws(ModelError) -> PredictionRows {
    let intercept = DesignColumn.intercept(rows: rows.count)
    let fixed =
      (arguments.fitIntercept ? [intercept] : []) + ValidatedArguments.numbered(rows.fixedColumns)
    let random = [intercept] + ValidatedArguments.numbered(rows.randomColumns)
    guard let groups = rows.groups else {
      return try PredictionRows(
        model: model, fixed: fixed, random: random,
        groupOfRow: Array(repeating: nil, count: rows.count),
        groupLabels: Array(repeating: "", count: rows.count), offset: nil)
    }
    return try PredictionRows(
      model: model, fixed: fixed, random: random,
      groupLabels: groups.map(Grouping.label(ofNumber:)))
  }
}
