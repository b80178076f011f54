/// Other programs: their commands and limits.
extension ScenarioParser {
  static let limitKeys = ["time_limit", "start_limit"]

  /// A command, with the limits that stand beside it.
  static func externalCommand(
    _ value: YAMLValue, in map: YAMLMapping
  ) throws(ScenarioError) -> ExternalCommand {
    let text = try value.text()
    // A line break would end the command for the shell, and a NUL for the operating system.
    let isOneLine = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard isOneLine, text.contains(where: { !$0.isWhitespace }) else {
      throw value.error("expected a command in one line, found \(value.found).")
    }
    return ExternalCommand(
      text, timeLimit: try limit("time_limit", in: map) ?? ExternalCommand.defaultTimeLimit,
      startLimit: try limit("start_limit", in: map) ?? ExternalCommand.defaultStartLimit)
  }

  private static func limit(_ key: String, in map: YAMLMapping) throws(ScenarioError) -> Double? {
    let limits = ExternalCommand.timeLimits
    return try map[key].map { value throws(ScenarioError) in
      try value.number("seconds from \(limits.lowerBound) to \(Int(limits.upperBound))") {
        limits.contains($0)
      }
    }
  }
}
