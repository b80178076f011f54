/// What a picture of a parameter's calibration under one method shows: how far the empirical
/// distribution function of the posterior probabilities u_i = P(parameter <= its true value |
/// data_i) is from that of the uniform distribution, which they have where the posterior is right.
public struct CalibrationCurve: Sendable, Equatable {
  public let scenario: String
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
  /// The points z, ascending within 0 to 1, both ends among them.
  public let probabilities: [Double]
  /// At each point, the share of the u_i that are at most z, less z.
  public let difference: [Double]
  /// The lower end of the band, at the same points and likewise less z.
  public let lower: [Double]
  public let upper: [Double]
  /// The number of the u_i.
  public let used: Int
  /// The probability with which the whole curve of a posterior that is right stays in the band, its
  /// ends included.
  public let simultaneousLevel: Double

  public init(
    scenario: String, method: String, parameter: String, probabilities: [Double],
    difference: [Double], lower: [Double], upper: [Double], used: Int, simultaneousLevel: Double
  ) {
    self.scenario = scenario
    self.method = method
    self.parameter = parameter
    self.probabilities = probabilities
    self.difference = difference
    self.lower = lower
    self.upper = upper
    self.used = used
    self.simultaneousLevel = simultaneousLevel
  }
}
