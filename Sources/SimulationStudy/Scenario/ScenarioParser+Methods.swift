import PoissonGLMM

/// The list `methods`.
extension ScenarioParser {
  private static let variationalKeys = ["approximation", "maximum_iterations"]
  private static let limitKeys = ["time_limit", "start_limit"]

  static func methods(_ value: YAMLValue) throws(ScenarioError) -> [MethodSpecification] {
    var methods: [MethodSpecification] = []
    for element in try value.list("a list of methods") {
      let map = try element.mapping(
        keys: ["name"] + variationalKeys + ["command"] + limitKeys)
      let nameValue = try map.required("name")
      let name = try scenarioName(nameValue)
      guard !methods.contains(where: { $0.name == name }) else {
        throw nameValue.error("there is already a method named '\(name)'.")
      }
      if let command = map["command"] {
        try map.refuse(variationalKeys, because: "does not go with a command.")
        methods.append(
          MethodSpecification(name: name, .command(try externalCommand(command, in: map))))
      } else {
        try map.refuse(limitKeys, because: "goes with a command only.")
        methods.append(MethodSpecification(name: name, .variational(try settings(in: map))))
      }
    }
    guard !methods.isEmpty else { throw value.error("expected at least one method.") }
    return methods
  }

  private static func settings(in map: YAMLMapping) throws(ScenarioError) -> VariationalSettings {
    let approximation =
      try map["approximation"].map { value throws(ScenarioError) in
        try value.word(Approximation.self, what: "approximation")
      } ?? FitOptions().approximation
    let iterations =
      try map["maximum_iterations"].map { value throws(ScenarioError) in
        try value.integer(in: 1...1_000_000)
      } ?? FitOptions().maximumIterations
    return VariationalSettings(approximation: approximation, maximumIterations: iterations)
  }

  private static func externalCommand(
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
