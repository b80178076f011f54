/// From the root of a scenario's YAML to a `Scenario`; every complaint says file, line and column.
/// Here are the names and numbers that its parts share.
enum ScenarioParser {
  // MARK: Names

  /// Bytes of the name of a scenario or method.
  static let maximumNameLength = 100

  /// Names of scenarios and methods stand in file names, tables and commands.
  static func scenarioName(_ value: YAMLValue) throws(ScenarioError) -> String {
    let text = try value.text()
    let allowed = text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    guard allowed, let first = text.utf8.first, isLetterOrDigit(first),
      text.utf8.count <= maximumNameLength
    else {
      throw value.error(
        "a name is up to \(maximumNameLength) letters (a-z), digits, '-', '_' or '.', and begins "
          + "with a letter or digit; found \(value.found).")
    }
    return text
  }

  /// Text with every run of spaces and line breaks as one space.
  static func oneLine(_ value: YAMLValue) throws(ScenarioError) -> String {
    try value.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// Names that a covariate cannot have, because `simulate` writes columns of these names or the
  /// model has a term of this name.
  static let reservedNames = ["y", "group", "exposure", DataGeneratingMechanism.interceptName]

  /// Names of columns stand in formulas and CSV headers.
  static func columnName(
    _ value: YAMLValue, reserved: [String] = reservedNames
  ) throws(ScenarioError) -> String {
    let text = try value.text()
    let allowed = text.utf8.allSatisfy { isLetterOrDigit($0) || "_.".utf8.contains($0) }
    guard allowed, let first = text.utf8.first, isLetterOrDigit(first),
      !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), text.utf8.count <= 100
    else {
      throw value.error(
        "a column name is up to 100 letters (a-z), digits, '_' or '.', and begins with a letter; "
          + "found \(value.found).")
    }
    guard !reserved.contains(text) else {
      throw value.error("the name '\(text)' is taken; choose another.")
    }
    return text
  }

  /// Names of columns, or of `Intercept`.
  /// - Parameter allowsProducts: whether products of columns and their powers are terms too.
  static func terms(
    _ value: YAMLValue, covariates: [String], allowsProducts: Bool = false
  ) throws(ScenarioError) -> [String] {
    let known = [DataGeneratingMechanism.interceptName] + covariates
    var terms: [String] = []
    for element in try value.list("a list of names") {
      let name = try element.text()
      if allowsProducts {
        try TermParser(columns: covariates, noun: "column", earlier: terms).check(element, name)
      } else if !known.contains(name) {
        throw element.error(
          "there is no column \(element.found); " + NearestName.advice(for: name, among: known))
      }
      guard !terms.contains(name) else { throw element.error("'\(name)' appears twice.") }
      terms.append(name)
    }
    guard !terms.isEmpty else { throw value.error("expected at least one name.") }
    return terms
  }

  // MARK: Numbers

  static func positive(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a number above 0") { $0 > 0 }
  }

  /// A correlation coefficient.
  static func coefficient(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a correlation between -1 and 1, both excluded") { $0 > -1 && $0 < 1 }
  }
}
