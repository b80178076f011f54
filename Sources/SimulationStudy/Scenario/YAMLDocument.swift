import Yams

/// From the bytes of a scenario file to the root of its YAML.
enum YAMLDocument {
  /// A scenario is read whole; a file larger than this was not meant as one.
  static let maximumBytes = 4_194_304
  /// Aliases multiply what a small file expands to; so few cannot do harm.
  static let maximumAliases = 20

  static func root(bytes: [UInt8], file: String) throws(ScenarioError) -> YAMLValue {
    guard bytes.count <= maximumBytes else {
      throw ScenarioError(
        "the file is larger than \(maximumBytes / 1_048_576) MiB, which no scenario needs.",
        file: file)
    }
    let text = try decode(bytes, file: file)
    guard aliasCount(in: text) <= maximumAliases else {
      throw ScenarioError(
        "the file uses more than \(maximumAliases) aliases (*name); write the values out.",
        file: file)
    }
    // No resolver rules: words such as `no` stay text, numbers are read where numbers are due.
    let node: Node?
    do {
      node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw translate(error, file: file)
    } catch {
      throw ScenarioError("not YAML: \(error).", file: file)
    }
    guard let node else { throw ScenarioError("the file is empty.", file: file) }
    return YAMLValue(node: node, file: file, path: "")
  }

  private static func decode(_ bytes: [UInt8], file: String) throws(ScenarioError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) {
      // A byte order mark is no part of the text.
      return text.unicodeScalars.first == "\u{FEFF}"
        ? String(text.unicodeScalars.dropFirst()) : text
    }
    // A line feed is never part of a longer UTF-8 sequence, so the lines can be judged one by one.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    throw ScenarioError(
      "the text is not UTF-8.", file: file, line: bad.map { $0 - lines.startIndex + 1 })
  }

  /// An upper bound on the number of aliases: every `*` that a name follows.
  private static func aliasCount(in text: String) -> Int {
    var count = 0
    var previous: UInt8 = 0
    for byte in text.utf8 {
      let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n")
      if previous == UInt8(ascii: "*"), !isSpace { count += 1 }
      previous = byte
    }
    return count
  }

  private static func translate(_ error: YamlError, file: String) -> ScenarioError {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let during = context.map { "\($0.text), " } ?? ""
      return ScenarioError(
        "not YAML: \(during)\(problem).", file: file, line: mark.line, column: mark.column)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      return ScenarioError(
        "the key \(names) appears more than once in the same mapping.", file: file,
        line: context.mark.line, column: context.mark.column)
    case .reader(let problem, let offset, _, let text):
      let before = offset.map { text.prefix($0) }
      let line = before.map { 1 + $0.count { $0.isNewline } }
      return ScenarioError("not YAML: \(problem).", file: file, line: line)
    default:
      return ScenarioError("not YAML: \(error).", file: file)
    }
  }
}
