extension Prediction {
  /// What is to be known of predictions, one sentence each.
  package static func warnings(_ predictions: [Prediction]) -> [String] {
    var warnings: [String] = []
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
}

/// `1 row`, `2 rows`.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
