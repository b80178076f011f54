import GSLNumerics

/// The approximate posterior distribution of one parameter.
public struct Marginal: Sendable, Equatable {
  public let mean: Double
  public let standardDeviation: Double

  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
