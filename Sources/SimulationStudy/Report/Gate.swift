/// A requirement on one number of a study: lower <= measure <= upper.
public struct Gate: Sendable, Equatable, Codable {
  public let scenario: String
  public let method: String
  public let parameter: String
  public let measure: PerformanceMeasure
  /// Inclusive; `-infinity` for no lower limit.
  public let lower: Double
  /// Inclusive; `infinity` for no upper limit.
  public let upper: Double

  public init(
    scenario: String, method: String, parameter: String, measure: PerformanceMeasure,
    lower: Double, upper: Double
  ) {
    self.scenario = scenario
    self.method = method
    self.parameter = parameter
    self.measure = measure
    self.lower = lower
    self.upper = upper
  }
}
