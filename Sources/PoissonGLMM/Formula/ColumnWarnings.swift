/// What to know of the columns before the time for a fit is spent.
enum ColumnWarnings {
  /// Columns that a formula takes for something else than they were probably meant to be, one
  /// sentence each, with the remedy.
  /// - Parameter groupsByRow: whether `row` is no column.
  static func all(_ formula: Formula, rows: CompleteRows, groupsByRow: Bool) -> [String] {
    let groupings = formula.groupingColumns.filter { !(groupsByRow && $0 == Formula.rowName) }
    return TextPredictor.all(in: formula, rows: rows).compactMap(\.warning)
      + doubleBars(formula, rows: rows)
      + groupings.compactMap { name in
        SpelledNumbers.firstPair(rows.labels(name)).map { first, second in
          "\(quoted(first)) and \(quoted(second)) are two levels of '\(name)': labels are text, as "
            + "they are written."
        }
      }
  }

  /// Factors left of a double bar, whose levels stay correlated.
  private static func doubleBars(_ formula: Formula, rows: CompleteRows) -> [String] {
    guard formula.text.contains("||") else { return [] }
    return formula.randomFactors.flatMap { factor in
      factor.sets.compactMap { set in
        guard !set.hasIntercept, set.terms.count == 1, set.terms[0].count == 1 else { return nil }
        let variable = set.variables[set.terms[0][0]]
        switch variable {
        case .column(let name) where !rows.isNumeric(name): break
        case .factor: break
        default: return nil
        }
        let (name, group) = (variable.name, factor.name)
        return "The effects of the levels of '\(name)' stay correlated in (\(name) || \(group)), "
          + "as in lme4: || separates terms, and '\(name)' is one; "
          + "(1 | \(group)) + (1 | \(name):\(group)) has independent ones with one standard "
          + "deviation."
      }
    }
  }
}

/// Labels that are numbers, by the number that they spell.
enum SpelledNumbers {
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
