/// What one method did on one replicate of one scenario.
public struct ReplicateRecord: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    case fitted(EstimationResult)
    /// One sentence that says why there are no estimates.
    case failed(String)
  }

  public let scenario: String
  public let method: String
  /// 0, 1, 2, ...
  public let replicate: Int
  public let outcome: Outcome
  /// Wall-clock seconds of the fit alone, as far as the method can tell it apart.
  public let seconds: Double

  public init(
    scenario: String, method: String, replicate: Int, outcome: Outcome, seconds: Double
  ) {
    self.scenario = scenario
    self.method = method
    self.replicate = replicate
    self.outcome = outcome
    self.seconds = seconds
  }
}
