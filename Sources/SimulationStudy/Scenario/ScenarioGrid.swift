import Yams

/// The factorial grid of `vary`: every combination of the values of its keys, the last key's values
/// changing fastest.
///
///     vary: {data.groups: [10, 20], data.covariates.x1.sd: [1, 2]}
///
/// A key is a path of names with dots between them; an element of a list is addressed by its
/// `name`. Where the file has no such key, it is added.
struct ScenarioGrid {
  /// A key that is varied.
  struct Factor {
    /// As it is written, for example `data.groups`.
    let path: String
    let key: YAMLValue
    let values: [YAMLValue]

    /// What cells are called after: the path without a leading `data.`, in letters that names may
    /// have.
    var label: String {
      YAMLValue.nameLetters(path.hasPrefix("data.") ? String(path.dropFirst(5)) : path)
    }
  }

  /// One combination.
  struct Cell {
    /// The scenario's name.
    let name: String
    /// The document of this cell, as if it had been written without `vary`.
    let root: YAMLValue
    /// The factors, each with the one value it has here.
    let settings: [(factor: Factor, value: YAMLValue)]
  }

  static let maximumCells = 10_000
  /// Keys that say which scenario it is, and what is asked of it.
  private static let constantKeys = ["name", "description", "study", "vary", "gates"]

  let factors: [Factor]
  private let root: YAMLValue

  /// - Parameters:
  ///   - value: the mapping behind `vary`.
  ///   - root: the document.
  init(_ value: YAMLValue, root: YAMLValue) throws(ScenarioError) {
    self.root = root
    var factors: [Factor] = []
    var cells = 1
    for entry in try value.entries("a mapping of keys to lists of values") {
      let parts = entry.name.split(separator: ".", omittingEmptySubsequences: false)
      guard !parts.contains(where: \.isEmpty) else {
        throw entry.key.error(
          "expected a path such as data.groups, found \(entry.key.found).")
      }
      guard let first = parts.first.map(String.init), !Self.constantKeys.contains(first) else {
        throw entry.key.error("'\(entry.name)' cannot be varied.")
      }
      if let other = factors.first(where: { Self.overlap($0.path, entry.name) }) {
        throw entry.key.error("'\(entry.name)' overlaps with '\(other.path)'.")
      }
      let values = try entry.value.list("a list of values")
      guard !values.isEmpty else { throw entry.value.error("expected at least one value.") }
      cells = min(Self.maximumCells + 1, cells * values.count)
      factors.append(Factor(path: entry.name, key: entry.key, values: values))
    }
    guard !factors.isEmpty else { throw value.error("expected at least one key to vary.") }
    guard cells <= Self.maximumCells else {
      throw value.error("a grid has at most \(Self.maximumCells) cells; this would have more.")
    }
    for factor in factors {
      var seen: Set<YAMLValue.Meaning> = []
      for value in factor.values where !seen.insert(value.meaning).inserted {
        throw value.error("this value is in the list already.")
      }
    }
    self.factors = factors
  }

  private static func overlap(_ first: String, _ second: String) -> Bool {
    (first + ".").hasPrefix(second + ".") || (second + ".").hasPrefix(first + ".")
  }

  /// Every cell, each with a name of its own: the scenario's, then `_KEY-VALUE` for each key.
  func cells(of name: YAMLValue) throws(ScenarioError) -> [Cell] {
    let base = try ScenarioParser.scenarioName(name)
    var cells: [Cell] = []
    var names: Set<String> = []
    let count = factors.reduce(1) { $0 * $1.values.count }
    for index in 0..<count {
      let settings = settings(at: index)
      let cellName = settings.reduce(base) { $0 + "_\($1.factor.label)-\($1.value.label)" }
      guard cellName.utf8.count <= ScenarioParser.maximumNameLength else {
        throw name.error(
          "the cell '\(cellName)' has a name of more than "
            + "\(ScenarioParser.maximumNameLength) letters; a shorter name of the scenario would "
            + "help.")
      }
      guard names.insert(cellName).inserted else {
        throw name.error(
          "two cells have the name '\(cellName)', because letters other than a-z, digits and '.' "
            + "are written as '-'.")
      }
      cells.append(
        Cell(name: cellName, root: try document(cellName, settings), settings: settings))
    }
    return cells
  }

  private func settings(at index: Int) -> [(factor: Factor, value: YAMLValue)] {
    var rest = index
    var settings: [(factor: Factor, value: YAMLValue)] = []
    for factor in factors.reversed() {
      settings.append((factor, factor.values[rest % factor.values.count]))
      rest /= factor.values.count
    }
    return settings.reversed()
  }

  private func document(
    _ name: String, _ settings: [(factor: Factor, value: YAMLValue)]
  ) throws(ScenarioError) -> YAMLValue {
    var node = root.node
    if let mapping = node.mapping {
      let pairs = mapping.filter { $0.key.string != "vary" }.map { key, value in
        key.string == "name"
          ? (key, Node.scalar(.init(name, .implicit, .plain, value.mark))) : (key, value)
      }
      node = .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    }
    for (factor, value) in settings {
      node = try NodeSubstitution(factor: factor, value: value.node).applied(to: node)
    }
    return YAMLValue(node: node, file: root.file, path: "")
  }
}

/// Puts a value where a path leads.
private struct NodeSubstitution {
  let factor: ScenarioGrid.Factor
  let value: Node

  func applied(to root: Node) throws(ScenarioError) -> Node {
    try replaced(root, at: factor.path.split(separator: ".").map(String.init)[...], below: "")
  }

  /// `node` with the value at the end of the path `rest`, which is not empty; `path` led here.
  private func replaced(
    _ node: Node, at rest: ArraySlice<String>, below path: String
  ) throws(ScenarioError) -> Node {
    switch node {
    case .mapping(let mapping):
      var pairs = mapping.map { ($0.key, $0.value) }
      // Names of columns may have dots in them: the longest key that is there is the one.
      for length in stride(from: rest.count, through: 1, by: -1) {
        let key = rest.prefix(length).joined(separator: ".")
        guard let position = pairs.firstIndex(where: { $0.0.string == key }) else { continue }
        pairs[position].1 = try continued(pairs[position].1, rest.dropFirst(length), path, key)
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
      }
      let key = rest.first ?? ""
      let empty = Node.mapping(Node.Mapping([], .implicit, .any, factor.key.node.mark))
      pairs.append(
        (
          Node.scalar(.init(key, .implicit, .plain, factor.key.node.mark)),
          try continued(empty, rest.dropFirst(), path, key)
        ))
      return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    case .sequence(let sequence):
      var elements = Array(sequence)
      for length in stride(from: rest.count, through: 1, by: -1) {
        let name = rest.prefix(length).joined(separator: ".")
        guard let position = elements.firstIndex(where: { Self.name(of: $0) == name }) else {
          continue
        }
        elements[position] = try continued(elements[position], rest.dropFirst(length), path, name)
        return .sequence(Node.Sequence(elements, sequence.tag, sequence.style, sequence.mark))
      }
      let names = elements.compactMap(Self.name)
      throw factor.key.error(
        "'\(path)' has nothing named '\(rest.first ?? "")'; "
          + NearestName.advice(for: rest.first ?? "", among: names))
    case .scalar, .alias:
      throw factor.key.error(
        "'\(path)' is a single value, which has no '\(rest.joined(separator: "."))'.")
    }
  }

  private func continued(
    _ node: Node, _ rest: ArraySlice<String>, _ path: String, _ key: String
  ) throws(ScenarioError) -> Node {
    if rest.isEmpty { return value }
    return try replaced(node, at: rest, below: path.isEmpty ? key : "\(path).\(key)")
  }

  private static func name(of node: Node) -> String? {
    node.mapping?.first { $0.key.string == "name" }?.value.string
  }
}

extension YAMLValue {
  /// A value to compare by: equal for equal numbers, however they are written, and for equal text
  /// and structure.
  enum Meaning: Hashable {
    case number(Double)
    case other(Node)
  }

  var meaning: Meaning { (try? number()).map(Meaning.number) ?? .other(node) }

  func isSame(as other: YAMLValue) -> Bool { meaning == other.meaning }

  /// The text with '-' for letters that names cannot have.
  static func nameLetters(_ text: String) -> String {
    String(
      text.map { character in
        let isPlain =
          character.isASCII
          && (character.isLetter || character.isNumber || "._".contains(character))
        return isPlain ? character : "-"
      })
  }

  /// The value in letters that names may have: `0.5`, `student_t-3`, `3-7-10`, `none` for what is
  /// empty.
  var label: String {
    switch node {
    case .scalar(let scalar):
      return scalar.string.isEmpty ? "none" : Self.nameLetters(scalar.string)
    case .sequence(let sequence):
      let parts = sequence.map { YAMLValue(node: $0, file: file, path: path).label }
      return parts.isEmpty ? "none" : parts.joined(separator: "-")
    case .mapping(let mapping):
      let parts = mapping.flatMap { key, value in
        [key, value].map { YAMLValue(node: $0, file: file, path: path).label }
      }
      return parts.isEmpty ? "none" : parts.joined(separator: "-")
    case .alias: return "none"
    }
  }
}
