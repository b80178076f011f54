/// When a scenario has been replicated enough: once the Monte Carlo standard error of one measure
/// is at most this for every method and parameter that has the measure.
public struct PrecisionTarget: Sendable, Equatable {
  public let measure: PerformanceMeasure
  /// Above 0, in the units of the measure.
  public let monteCarloStandardError: Double

  public init(measure: PerformanceMeasure, monteCarloStandardError: Double) {
    self.measure = measure
    self.monteCarloStandardError = monteCarloStandardError
  }
}
