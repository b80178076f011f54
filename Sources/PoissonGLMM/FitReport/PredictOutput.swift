/// What `predict` prints.
package enum PredictOutput {
  /// One line a row, numbers unrounded: two columns for each grouping factor if the groups are the
  /// rows' own.
  package static func csv(_ predictions: [Prediction], rows: PredictionRows) -> String {
    let factors = rows.groups.needsLevels ? rows.factors : []
    let columns = factors.flatMap { factor in
      let suffix = rows.factors.count > 1 ? "(\(factor.name))" : ""
      return ["group\(suffix)", "new_group\(suffix)"]
    }
    var text = CSVLine.text(
      ["row"] + columns + ["mean", "median", "lower", "upper", "count_lower", "count_upper"])
    for (row, prediction) in predictions.enumerated() {
      let levels = factors.flatMap { factor in
        [factor.labels[row], factor.levelOfRow[row] == nil ? "1" : "0"]
      }
      let numbers = [prediction.mean, prediction.median, prediction.lower, prediction.upper]
      text += CSVLine.text(
        ["\(row + 1)"] + levels + numbers.map { $0.map { finite($0, \.description) } ?? "" }
          + [prediction.countLower, prediction.countUpper].map { finite($0, wholeNumber) })
    }
    return text
  }

  /// Empty where a number is beyond the range of doubles.
  private static func finite(_ value: Double, _ text: (Double) -> String) -> String {
    value.isFinite ? text(value) : ""
  }

  package static func warnings(_ predictions: [Prediction], droppedRows: Int) -> [String] {
    var warnings: [String] = []
    if droppedRows > 0 {
      warnings.append(
        "\(counted(droppedRows, "row")) of the data with a missing value left out of the fit.")
    }
    let beyond = predictions.count { prediction in
      ![
        prediction.mean ?? 0, prediction.median, prediction.lower, prediction.upper,
        prediction.countLower, prediction.countUpper,
      ].allSatisfy(\.isFinite)
    }
    if beyond > 0 {
      warnings.append(
        "What is predicted for \(counted(beyond, "row")) is beyond the range of numbers, or not "
          + "known, and left empty."
      )
    }
    let withoutMean = predictions.count { $0.mean == nil }
    if withoutMean > 0 {
      warnings.append(
        "The mean of \(counted(withoutMean, "row")) of new groups is left empty: it would rest on "
          + "the prior of the standard deviations between groups.")
    }
    return warnings
  }

  /// Without a decimal point, as far as a double counts.
  private static func wholeNumber(_ value: Double) -> String {
    Int64(exactly: value).map(\.description) ?? value.description
  }
}
