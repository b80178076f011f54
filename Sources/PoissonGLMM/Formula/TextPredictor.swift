/// A column of text that has effects, one for each of its levels but the first: sometimes it was
/// meant to be something else.
struct TextPredictor {
  let name: String
  let levels: [String]
  let rowCount: Int

  /// The columns of text among the effects of a formula, each once. A `factor(f)` is meant to be
  /// one.
  static func all(in formula: Formula, rows: CompleteRows) -> [TextPredictor] {
    var seen: Set<String> = []
    let sets = [formula.fixed] + formula.randomFactors.flatMap(\.sets)
    return sets.flatMap { set in Set(set.terms.joined()).sorted().map { set.variables[$0] } }
      .compactMap { variable in
        guard case .column(let name) = variable, !rows.isNumeric(name), seen.insert(name).inserted
        else { return nil }
        return TextPredictor(name: name, levels: rows.labels(name), rowCount: rows.count)
      }
  }

  /// - Throws: `ModelError` for a column of so many levels that there is no model, if that is for a
  ///   reason that can be told.
  static func requireFewLevels(_ formula: Formula, rows: CompleteRows) throws(ModelError) {
    for predictor in all(in: formula, rows: rows)
    where predictor.levels.count > DesignCoding.maximumColumns {
      if let reason = predictor.misreading { throw ModelError(reason) }
    }
  }

  /// What a user should know of the column before there is a fit; nil if it looks like a factor.
  var warning: String? {
    if let misreading { return misreading }
    // Two levels are a treatment and its control, however few the rows.
    guard levels.count * 2 > rowCount, levels.count > 2 else { return nil }
    return
      "Column '\(name)' is text with \(levels.count) different values in \(rowCount) rows, and "
      + "each but the first has an effect of its own; if it names groups, (1 | \(name)) takes them "
      + "as such."
  }

  /// What the values look like, if that is not the names of levels.
  var misreading: String? {
    guard !levels.isEmpty else { return nil }
    let effects = "a factor with \(levels.count) levels"
    let example = quoted(levels[0])
    for mark in DecimalMark.allCases {
      guard levels.allSatisfy({ SpelledValue.isNumber($0, with: mark) }) else { continue }
      if mark == .point {
        return "Column '\(name)' is text, and so \(effects), because decimals stand behind a point "
          + "(\(example)) and --decimal , was given."
      }
      let text = "Column '\(name)' is text, and so \(effects), because its numbers have a comma "
      return levels.allSatisfy { SpelledValue.hasThousands($0, between: .comma) }
        ? text + "between thousands (\(example)): take it out; if it is a decimal comma, "
          + "--decimal , reads it."
        : text + "(\(example)); --decimal , reads them as numbers."
    }
    for mark in DecimalMark.allCases
    where levels.allSatisfy({ SpelledValue.hasThousands($0, between: mark) }) {
      return "Column '\(name)' is text, and so \(effects), because its numbers have "
        + "\(mark.name)s between thousands (\(example)); take them out."
    }
    if levels.allSatisfy(Self.isDecoratedNumber) {
      return "Column '\(name)' is text, and so \(effects), because its numbers have something "
        + "around them (\(example)); write the numbers alone."
    }
    if levels.allSatisfy(SpelledDate.isDate) {
      return "Column '\(name)' holds dates (\(example)), which are text here, and so "
        + "\(effects); for a trend add a column with the number of days, for seasons one with the "
        + "month."
    }
    return nil
  }

  /// A number with a percent sign, a currency, or marks and spaces between thousands.
  private static func isDecoratedNumber(_ word: String) -> Bool {
    let bare = word.filter { !$0.isWhitespace && !$0.isCurrencySymbol && !"%'’,".contains($0) }
    return bare != word
      && Array(bare.utf8).withUnsafeBufferPointer { DecimalNumber.parse($0).isFinite }
  }
}

/// Dates as people and programs write them.
enum SpelledDate {
  /// Whether `word` is a day or a month of a year, with or without the time of day:
  /// `2023-01-31`, `31.1.2023`, `1/31/23`, `31 Jan 2023`, `2023-01`, `2023-01-31T12:00:00Z`.
  static func isDate(_ word: String) -> Bool {
    guard word.count <= 40, word.first?.isASCII == true else { return false }
    var parts = word.split { "-/. ,".contains($0) }
    // The time, and whatever zone stands behind it; what is before its T is of the date.
    if let time = parts.firstIndex(where: { $0.contains(":") }) {
      let day = parts[time].split(separator: "T")
      parts = parts[..<time] + (day.count == 2 ? [day[0]] : [])
    }
    guard (2...3).contains(parts.count) else { return false }
    let months = parts.filter(isMonthName)
    let numbers = parts.compactMap { $0.allSatisfy(\.isASCII) ? Int($0) : nil }
    guard months.count <= 1, numbers.count + months.count == parts.count else { return false }
    let years = parts.filter { $0.count == 4 && Int($0).map((1000...2999).contains) == true }
    let small = numbers.filter { (1...31).contains($0) }
    if parts.count == 2 {
      // A year and its month: two small numbers may be anything.
      return years.count == 1 && (months.count == 1 || small.contains { $0 <= 12 })
    }
    if years.count == 1 {
      return small.count == 2 - months.count && (months.count == 1 || small.contains { $0 <= 12 })
    }
    // A year of two digits stands last.
    return years.isEmpty && parts[2].count == 2 && Int(parts[2]) != nil
      && (months.count == 1 ? !small.isEmpty : isDayAndMonth(parts[0], parts[1]))
  }

  private static func isDayAndMonth(_ first: Substring, _ second: Substring) -> Bool {
    guard let first = Int(first), let second = Int(second) else { return false }
    return first >= 1 && second >= 1 && min(first, second) <= 12 && max(first, second) <= 31
  }

  private static func isMonthName(_ part: Substring) -> Bool {
    let name = part.lowercased()
    return name.count >= 3
      && [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december", "sept",
      ].contains { $0 == name || (name.count == 3 && $0.hasPrefix(name)) }
  }
}
