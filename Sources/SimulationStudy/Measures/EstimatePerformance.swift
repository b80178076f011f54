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
  public init(_ value: Double?, monteCarloStandardError: Double?, used: Int) {
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

/// Measures of the point estimates t_1 ... t_n of one parameter, each with its Monte Carlo
/// standard error: Morris, White & Crowther (2019), table 6. Without at least 2 estimates they
/// have no number.
public enum EstimatePerformance {
  /// mean(t_i), MCSE empSE / sqrt(n). One estimate gives a value without a standard error.
  public static func meanEstimate(_ estimates: [Double]) -> MonteCarloEstimate {
    let count = estimates.count
    guard count >= 1 else { return .unavailable(used: 0) }
    return MonteCarloEstimate(
      Moments.mean(estimates),
      monteCarloStandardError: standardErrorOfMean(estimates), used: count)
  }

  /// mean(t_i) - truth, MCSE empSE / sqrt(n).
  public static func bias(_ estimates: [Double], truth: Double) -> MonteCarloEstimate {
    let count = estimates.count
    guard count >= 2 else { return .unavailable(used: count) }
    return MonteCarloEstimate(
      Moments.mean(estimates) - truth,
      monteCarloStandardError: standardErrorOfMean(estimates), used: count)
  }

  /// empSE = sd(t_i) with divisor n - 1, MCSE empSE / sqrt(2 (n - 1)).
  public static func empiricalStandardError(_ estimates: [Double]) -> MonteCarloEstimate {
    let count = estimates.count
    guard count >= 2 else { return .unavailable(used: count) }
    let empirical = Moments.standardDeviation(estimates)
    return MonteCarloEstimate(
      empirical, monteCarloStandardError: empirical / (2 * Double(count - 1)).squareRoot(),
      used: count)
  }

  /// MSE = mean((t_i - truth)^2), MCSE sqrt(sum((t_i - truth)^2 - MSE)^2 / (n (n - 1))).
  public static func meanSquaredError(_ estimates: [Double], truth: Double) -> MonteCarloEstimate {
    let count = estimates.count
    guard count >= 2 else { return .unavailable(used: count) }
    let squares = estimates.map { ($0 - truth) * ($0 - truth) }
    return MonteCarloEstimate(
      Moments.mean(squares), monteCarloStandardError: standardErrorOfMean(squares), used: count)
  }

  /// 100 ((empSE_A / empSE_B)^2 - 1): by how many percent B is more precise than A, where both
  /// were used on the same replicates. MCSE 200 (empSE_A / empSE_B)^2 sqrt((1 - r^2) / (n - 1))
  /// with r the correlation of the two columns.
  /// - Parameters:
  ///   - estimates: B's, one a replicate.
  ///   - reference: A's on the same replicates, in the same order.
  public static func relativePrecision(
    _ estimates: [Double], against reference: [Double]
  ) -> MonteCarloEstimate {
    let count = min(estimates.count, reference.count)
    guard count >= 2, estimates.count == reference.count else { return .unavailable(used: count) }
    let ratio = Moments.variance(reference) / Moments.variance(estimates)
    let unexplained =
      (1 - Moments.squaredCorrelation(estimates, reference)) / Double(count - 1)
    return MonteCarloEstimate(
      100 * (ratio - 1), monteCarloStandardError: 200 * ratio * unexplained.squareRoot(),
      used: count)
  }

  /// sd / sqrt(n); NaN for fewer than 2 values.
  static func standardErrorOfMean(_ values: [Double]) -> Double {
    Moments.standardDeviation(values) / Double(values.count).squareRoot()
  }
}
