import Yams

/// A YAML node that knows its file and its path, so that every complaint says where and about what.
struct YAMLValue {
  let node: Node
  let file: String
  /// For example `data.covariates[2].sd`; empty for the document itself.
  let path: String

  /// An error at this value: `file:line:column: path: problem`.
  func error(_ problem: String) -> ScenarioError {
    ScenarioError(
      path.isEmpty ? problem : "\(path): \(problem)", file: file, line: node.mark?.line,
      column: node.mark?.column)
  }

  /// What the value is, for the second half of `expected ..., found ...`.
  var found: String {
    switch node {
    case .scalar(let scalar):
      if isEmpty { return "nothing" }
      let text = scalar.string
      // Escaped, so that a line break or a control character cannot tear the message.
      return "'" + (text.count > 40 ? String(text.prefix(40)) + "..." : text).escaped + "'"
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .alias: return "an alias"
    }
  }

  /// True for a value that is not there: `key:` or `key: ~`.
  private var isEmpty: Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return ["", "~", "null"].contains(scalar.string)
  }

  // MARK: Scalars

  /// Text, quoted or not.
  func text() throws(ScenarioError) -> String {
    guard case .scalar(let scalar) = node, !isEmpty else {
      throw error("expected text, found \(found).")
    }
    return scalar.string
  }

  /// A finite decimal number that is not quoted.
  func number() throws(ScenarioError) -> Double {
    guard case .scalar(let scalar) = node, scalar.style == .plain, !isEmpty,
      // Swift would also take hexadecimal, `inf` and `nan`.
      scalar.string.utf8.allSatisfy({ Self.decimalCharacters.contains($0) }),
      let value = Double(scalar.string)
    else { throw error("expected a number, found \(found).") }
    guard value.isFinite else { throw error("the number \(scalar.string) is too large.") }
    return value
  }

  private static let decimalCharacters = Set("0123456789+-.eE".utf8)

  /// A number that meets a condition, which `expected` puts into words.
  func number(
    _ expected: String, where isAllowed: (Double) -> Bool
  ) throws(ScenarioError) -> Double {
    let value = try number()
    guard isAllowed(value) else { throw error("expected \(expected), found \(found).") }
    return value
  }

  /// A whole number within a range.
  func integer<Integer: FixedWidthInteger>(
    in range: ClosedRange<Integer>
  ) throws(ScenarioError) -> Integer {
    guard case .scalar(let scalar) = node, scalar.style == .plain,
      let value = Integer(scalar.string), range.contains(value)
    else {
      throw error(
        "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(found).")
    }
    return value
  }

  /// `true` or `false`.
  func boolean() throws(ScenarioError) -> Bool {
    if case .scalar(let scalar) = node, scalar.style == .plain {
      if scalar.string == "true" { return true }
      if scalar.string == "false" { return false }
    }
    throw error("expected true or false, found \(found).")
  }

  /// One of a set of words.
  func word<Word: RawRepresentable & CaseIterable>(
    _ type: Word.Type, what: String
  ) throws(ScenarioError) -> Word where Word.RawValue == String {
    let text = try text()
    if let word = Word(rawValue: text) { return word }
    let known = Word.allCases.map(\.rawValue)
    throw error(
      "unknown \(what) \(found); " + NearestName.advice(for: text, among: known))
  }

  // MARK: Collections

  /// The elements of a list.
  func list(_ expected: String = "a list") throws(ScenarioError) -> [YAMLValue] {
    guard case .sequence(let sequence) = node else {
      throw error("expected \(expected), found \(found).")
    }
    return sequence.enumerated().map { index, element in
      YAMLValue(node: element, file: file, path: "\(path)[\(index + 1)]")
    }
  }

  /// Two numbers `[a, b]` with a < b, or a <= b where that makes sense.
  func interval(allowingEqualEnds: Bool) throws(ScenarioError) -> (lower: Double, upper: Double) {
    let expected = allowingEqualEnds ? "[lower, upper]" : "[lower, upper] with lower < upper"
    let ends = try list(expected)
    guard ends.count == 2 else {
      throw error("expected \(expected), found a list of \(ends.count).")
    }
    let (lower, upper) = (try ends[0].number(), try ends[1].number())
    guard allowingEqualEnds ? lower <= upper : lower < upper else {
      throw error("expected \(expected), found [\(lower), \(upper)].")
    }
    return (lower, upper)
  }

  /// The entries of a mapping whose keys are free names.
  func entries(_ expected: String = "a mapping") throws(ScenarioError) -> [YAMLEntry] {
    guard case .mapping(let mapping) = node else {
      throw error("expected \(expected), found \(found).")
    }
    var entries: [YAMLEntry] = []
    for (keyNode, valueNode) in mapping {
      let key = YAMLValue(node: keyNode, file: file, path: path)
      let name = try key.text()
      let valuePath = path.isEmpty ? name : "\(path).\(name)"
      entries.append(
        YAMLEntry(
          name: name, key: key, value: YAMLValue(node: valueNode, file: file, path: valuePath)))
    }
    return entries
  }

  /// A mapping with known keys only.
  func mapping(
    keys known: [String], unsupported: [String] = []
  ) throws(ScenarioError) -> YAMLMapping {
    let entries = try entries("a mapping with \(NearestName.list(known))")
    for entry in entries where !known.contains(entry.name) {
      if unsupported.contains(entry.name) {
        throw entry.key.error("'\(entry.name)' is not supported yet by this version.")
      }
      throw entry.key.error(
        "unknown key \(entry.key.found); " + NearestName.advice(for: entry.name, among: known))
    }
    return YAMLMapping(value: self, entries: entries)
  }
}

/// A key of a mapping with its value.
struct YAMLEntry {
  let name: String
  let key: YAMLValue
  let value: YAMLValue
}

/// A mapping all of whose keys are known.
struct YAMLMapping {
  let value: YAMLValue
  let entries: [YAMLEntry]

  /// The value of a key, or nil if it is absent.
  subscript(name: String) -> YAMLValue? { entries.first { $0.name == name }?.value }

  /// The value of a key that must be there.
  func required(_ name: String) throws(ScenarioError) -> YAMLValue {
    guard let found = self[name] else { throw value.error("the key '\(name)' is missing.") }
    return found
  }

  /// An error at a key that does not go with the rest.
  func refuse(_ names: [String], because reason: String) throws(ScenarioError) {
    for entry in entries where names.contains(entry.name) {
      throw entry.key.error("'\(entry.name)' \(reason)")
    }
  }
}

extension String {
  /// The text with control characters and line breaks written as escapes.
  fileprivate var escaped: String {
    unicodeScalars.map {
      $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0)
    }
    .joined()
  }
}
