/// What has changed between two readings of a scenario.
enum ScenarioDifference {
  /// The canonical content of a scenario, as the store keeps it: one `key=value` a line.
  static func content(of scenario: Scenario) -> String {
    scenario.canonicalContent.map { "\($0.key)=\($0.value)\n" }.joined()
  }

  /// What a scenario has where its content does not name the key.
  private static let defaults = [
    "data.covariates_fixed": "false", "data.departures.zero_inflation": "0",
    "data.departures.informative_group_size": "0",
  ]

  /// The keys that differ with both values, in words: `data.groups is 7 and was 6`. At most three;
  /// further ones are counted.
  /// - Parameter areOfOneTime: neither was before the other:
  ///   `data.groups is 7 in the one and 6 in the other`.
  static func wording(old: String, new: String, areOfOneTime: Bool = false) -> String {
    func changed(_ key: String, _ old: String, _ new: String) -> String {
      areOfOneTime
        ? "\(key) is \(brief(new)) in the one and \(brief(old)) in the other"
        : "\(key) is \(brief(new)) and was \(brief(old))"
    }
    let (before, after) = (entries(of: old), entries(of: new))
    let (oldValues, newValues) = (values(before), values(after))
    var differences: [String] = []
    for (key, value) in after where oldValues[key] != value {
      differences.append(
        (oldValues[key] ?? defaults[key]).map { changed(key, $0, value) }
          ?? (areOfOneTime ? "\(key) is in the one only" : "\(key) is new"))
    }
    for (key, value) in before where newValues[key] == nil {
      differences.append(
        defaults[key].map { changed(key, value, $0) }
          ?? (areOfOneTime ? "\(key) is in the other only" : "\(key) is gone"))
    }
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
