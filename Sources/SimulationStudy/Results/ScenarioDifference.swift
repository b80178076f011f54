/// What has changed between two readings of a scenario.
enum ScenarioDifference {
  /// The canonical content of a scenario, as the store keeps it: one `key=value` a line.
  static func content(of scenario: Scenario) -> String {
    scenario.canonicalContent.map { "\($0.key)=\($0.value)\n" }.joined()
  }

  /// The keys that differ with both values, in words: `data.groups is 7 and was 6`. At most three;
  /// further ones are counted.
  static func wording(old: String, new: String) -> String {
    let (before, after) = (entries(of: old), entries(of: new))
    let (oldValues, newValues) = (values(before), values(after))
    var differences: [String] = []
    for (key, value) in after where oldValues[key] != value {
      differences.append(
        oldValues[key].map { "\(key) is \(brief(value)) and was \(brief($0))" }
          ?? "\(key) is new")
    }
    for (key, _) in before where newValues[key] == nil { differences.append("\(key) is gone") }
    if differences.isEmpty { return "the order of covariates, effects or methods is another" }
    let rest = differences.count - 3
    return differences.prefix(3).joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
  }

  private static func entries(of content: String) -> [(key: String, value: String)] {
    content.split(separator: "\n").map { line in
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  private static func values(_ entries: [(key: String, value: String)]) -> [String: String] {
    Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Columns of data may be long.
  private static func brief(_ value: String) -> String {
    value.count > 40 ? value.prefix(40) + "..." : value
  }
}
