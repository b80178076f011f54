/// A performance measure estimated from simulated replicates.
public struct MonteCarloEstimate: Sendable, Equatable {
  /// nil where `used` replicates do not give a finite number.
  public let value: Double?
  /// How far `value` may be from what infinitely many replicates would give, one standard error.
  public let monteCarloStandardError: Double?
  /// Number of replicates that enter.
  public let used: Int

  /// Numbers that are not finite (no replicate, a division by zero, overflow) become nil, and a
  /// standard error without a value too.
  init(_ value: Double?, monteCarloStandardError: Double?, used: Int) {
    self.value = Self.finite(value)
    self.monteCarloStandardError = self.value == nil ? nil : Self.finite(monteCarloStandardError)
    self.used = used
  }

  /// The measure has no number.
  static func unavailable(used: Int) -> MonteCarloEstimate {
    MonteCarloEstimate(nil, monteCarloStandardError: nil, used: used)
  }

  private static func finite(_ number: Double?) -> Double? {
    guard let number, number.isFinite else { return nil }
    return number
  }
}
