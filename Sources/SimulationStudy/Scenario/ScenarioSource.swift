/// The text that a scenario was read from. A study keeps it, so that a data set can be drawn again
/// without the file.
public struct ScenarioSource: Sendable, Hashable {
  /// The path as the user gave it; stands in error messages.
  public let file: String
  public let text: String

  public init(file: String, text: String) {
    self.file = file
    self.text = text
  }
}

/// A scenario and where it comes from.
public struct SourcedScenario: Sendable {
  public var scenario: Scenario
  public let source: ScenarioSource

  public init(_ scenario: Scenario, source: ScenarioSource) {
    self.scenario = scenario
    self.source = source
  }
}
