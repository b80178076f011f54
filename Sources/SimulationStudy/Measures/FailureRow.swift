/// One replicate without a usable result: a row of `failures.csv`.
public struct FailureRow: Sendable, Equatable {
  public let scenario: String
  public let method: String
  public let replicate: Int
  /// Why, in one sentence.
  public let reason: String

  public init(scenario: String, method: String, replicate: Int, reason: String) {
    self.scenario = scenario
    self.method = method
    self.replicate = replicate
    self.reason = reason
  }
}
