/// What to know of the columns before the time for a fit is spent.
extension ModelFrame {
  /// Columns that the model takes for something else than they were probably meant to be, one
  /// sentence each, with the remedy. They are among the warnings of the model, too.
  public var columnWarnings: [String] {
    TextPredictor.all(in: formula, rows: rows).compactMap(\.warning)
      + formula.groupingColumns.compactMap { name in
        guard !(groupsByRow && name == Formula.rowName) else { return nil }
        return SpelledNumbers.firstPair(rows.labels(name)).map { first, second in
          "\(quoted(first)) and \(quoted(second)) are two levels of '\(name)': labels are text, as "
            + "they are written."
        }
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

/// Labels that are numbers, by the number that they spell.
private enum SpelledNumbers {
  /// The first two labels that spell the same number.
  static func firstPair(_ labels: [String]) -> (String, String)? {
    // Whole numbers as they are usually written differ only where the numbers do, and nothing is to
    // be done where all are.
    guard labels.contains(where: mayBeUnusual) else { return nil }
    var first: [String: String] = [:]
    for label in labels where Factor.isNumber(label) {
      if let other = first.updateValue(label, forKey: Factor.canonical(label)) {
        return (other, label)
      }
    }
    return nil
  }

  /// For each number that a label spells, the first such label.
  static func byNumber(_ labels: [String]) -> [String: String] {
    Dictionary(
      labels.lazy.filter(Factor.isNumber).map { (Factor.canonical($0), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Whether a label begins as a number does and is not just its digits.
  private static func mayBeUnusual(_ label: String) -> Bool {
    func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard let start = label.utf8.first, isDigit(start) || "+-.".utf8.contains(start) else {
      return false
    }
    return start == UInt8(ascii: "0") && label.utf8.count > 1 || !label.utf8.allSatisfy(isDigit)
  }
}
