import Yams

/// The factorial grid of `vary`: every combination of the values of its keys, the last key's values
/// changing fastest.
///
///     vary: {data.groups: [10, 20], data.group_size: {even: 8, skewed: {lognormal: ...}}}
///     where: {data.groups: 20}
///
/// A key is a path of names with dots between them; an element of a list is addressed by its
/// `name`. Where the file has no such key, it is added. Values stand in a list, or in a mapping
/// that gives each a label. With `where`, only the cells that it speaks of are scenarios.
struct ScenarioGrid {
  /// One of the values of a key.
  struct Level {
    let value: YAMLValue
    /// What cells and tables call it: its own name in the file, or its value in letters that names
    /// may have.
    let label: String
    /// Whether the file names it.
    let isNamed: Bool

    /// Whether a value that is written elsewhere in the file means this one.
    func isMeant(by other: YAMLValue) -> Bool {
      value.isSame(as: other) || (isNamed && (try? other.text()) == label)
    }
  }

  /// A key that is varied.
  struct Factor {
    /// As it is written, for example `data.groups`.
    let path: String
    let key: YAMLValue
    let levels: [Level]

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
    let settings: [Setting]
  }

  /// A factor with the one value it has in a cell.
  struct Setting {
    let factor: Factor
    let level: Level
  }

  static let maximumCells = 10_000
  /// Keys that say which scenario it is, and what is asked of it.
  private static let constantKeys = [
    "name", "description", "study", "vary", "streams", "where", "gates",
  ]

  let factors: [Factor]
  private let root: YAMLValue
  /// Which cells are scenarios; all if nil.
  private let place: YAMLValue?

  /// - Parameters:
  ///   - value: the mapping behind `vary`.
  ///   - place: what stands behind `where`.
  ///   - root: the document.
  init(_ value: YAMLValue, where place: YAMLValue?, root: YAMLValue) throws(ScenarioError) {
    self.root = root
    self.place = place
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
      let levels = try Self.levels(entry.value)
      cells = min(Self.maximumCells + 1, cells * levels.count)
      factors.append(Factor(path: entry.name, key: entry.key, levels: levels))
    }
    guard !factors.isEmpty else { throw value.error("expected at least one key to vary.") }
    guard cells <= Self.maximumCells else {
      throw value.error("a grid has at most \(Self.maximumCells) cells; this would have more.")
    }
    self.factors = factors
  }

  /// The values behind a key: a list, or a mapping of labels to values.
  private static func levels(_ value: YAMLValue) throws(ScenarioError) -> [Level] {
    var levels: [Level] = []
    if case .mapping = value.node {
      for entry in try value.entries() {
        guard !entry.name.isEmpty, YAMLValue.nameLetters(entry.name) == entry.name else {
          throw entry.key.error(
            "a label has letters (a-z), digits, '-', '_' or '.'; found \(entry.key.found).")
        }
        levels.append(Level(value: entry.value, label: entry.name, isNamed: true))
      }
    } else {
      levels = try value.list("a list of values, or a mapping of labels to values").map {
        Level(value: $0, label: $0.label, isNamed: false)
      }
    }
    guard !levels.isEmpty else { throw value.error("expected at least one value.") }
    var seen: Set<YAMLValue.Meaning> = []
    for level in levels where !seen.insert(level.value.meaning).inserted {
      throw level.value.error("this value is there already.")
    }
    return levels
  }

  private static func overlap(_ first: String, _ second: String) -> Bool {
    (first + ".").hasPrefix(second + ".") || (second + ".").hasPrefix(first + ".")
  }

  /// Every cell that is a scenario, each with a name of its own: the scenario's, then `_KEY-VALUE`
  /// for each key.
  func cells(of name: YAMLValue) throws(ScenarioError) -> [Cell] {
    let base = try ScenarioParser.scenarioName(name)
    var cells: [Cell] = []
    var names: Set<String> = []
    let count = factors.reduce(1) { $0 * $1.levels.count }
    let places = try place.map { place throws(ScenarioError) in try self.places(place) }
    for index in 0..<count {
      let settings = settings(at: index)
      if let places, !places.contains(where: { $0.holds(for: settings) }) { continue }
      let cellName = settings.reduce(base) { $0 + "_\($1.factor.label)-\($1.level.label)" }
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
    if let place, cells.isEmpty { throw place.error("no cell of the grid is left.") }
    return cells
  }

  /// One mapping of varied keys to values, or a list of such: what holds for any of them.
  private func places(_ value: YAMLValue) throws(ScenarioError) -> [GridPlace] {
    guard case .sequence = value.node else { return [try GridPlace(value, among: factors)] }
    return try value.list().map { element throws(ScenarioError) in
      try GridPlace(element, among: factors)
    }
  }

  private func settings(at index: Int) -> [Setting] {
    var rest = index
    var settings: [Setting] = []
    for factor in factors.reversed() {
      settings.append(Setting(factor: factor, level: factor.levels[rest % factor.levels.count]))
      rest /= factor.levels.count
    }
    return settings.reversed()
  }

  private func document(
    _ name: String, _ settings: [Setting]
  ) throws(ScenarioError) -> YAMLValue {
    var node = root.node
    if let mapping = node.mapping {
      let ownKeys = ["vary", "streams", "where"]
      let pairs = mapping.filter { !ownKeys.contains($0.key.string ?? "") }.map { key, value in
        key.string == "name"
          ? (key, Node.scalar(.init(name, .implicit, .plain, value.mark))) : (key, value)
      }
      node = .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    }
    for setting in settings {
      node = try NodeSubstitution(factor: setting.factor, value: setting.level.value.node)
        .applied(to: node)
    }
    return YAMLValue(node: node, file: root.file, path: "")
  }
}

/// Some cells of a grid: `{data.groups: 20}` or, for several values, `{data.groups: [20, 50]}`. A
/// value may be named by its label.
struct GridPlace {
  /// By the path of each factor that is spoken of, the labels of the values that belong here.
  private let labels: [String: Set<String>]

  init(_ value: YAMLValue, among factors: [ScenarioGrid.Factor]) throws(ScenarioError) {
    var labels: [String: Set<String>] = [:]
    for entry in try value.entries("a mapping of varied keys to values") {
      guard let factor = factors.first(where: { $0.path == entry.name }) else {
        throw entry.key.error(
          "\(entry.key.found) is not varied; "
            + NearestName.advice(for: entry.name, among: factors.map(\.path)))
      }
      // A value may itself be a list: then the whole of it is the one that is meant.
      var wanted = [entry.value]
      if !factor.levels.contains(where: { $0.isMeant(by: entry.value) }),
        let several = try? entry.value.list()
      {
        wanted = several
      }
      guard !wanted.isEmpty else { throw entry.value.error("expected at least one value.") }
      for value in wanted {
        guard let level = factor.levels.first(where: { $0.isMeant(by: value) }) else {
          throw value.error(
            "'\(factor.path)' never has this value; expected "
              + NearestName.list(factor.levels.map(\.label)) + ".")
        }
        labels[factor.path, default: []].insert(level.label)
      }
    }
    self.labels = labels
  }

  /// Whether a cell with these settings is among them.
  func holds(for settings: [ScenarioGrid.Setting]) -> Bool {
    settings.allSatisfy { labels[$0.factor.path]?.contains($0.level.label) ?? true }
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
