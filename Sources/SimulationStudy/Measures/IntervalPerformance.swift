/// Measures of the standard errors, intervals and p values that come with the estimates, each with
/// its Monte Carlo standard error: Morris, White & Crowther (2019), table 6. Without at least 2
/// replicates they have no number.
public enum IntervalPerformance {
  /// modSE = sqrt(mean(e_i^2)), MCSE sqrt(Var(e_i^2) / (4 n modSE^2)).
  public static func modelStandardError(_ standardErrors: [Double]) -> MonteCarloEstimate {
    let count = standardErrors.count
    guard count >= 2 else { return .unavailable(used: count) }
    let variances = standardErrors.map { $0 * $0 }
    let model = Moments.mean(variances).squareRoot()
    let error = (Moments.variance(variances) / (4 * Double(count) * model * model)).squareRoot()
    return MonteCarloEstimate(model, monteCarloStandardError: error, used: count)
  }

  /// 100 (modSE / empSE - 1), MCSE
  /// 100 (modSE / empSE) sqrt(Var(e_i^2) / (4 n modSE^4) + 1 / (2 (n - 1))).
  /// - Parameters:
  ///   - standardErrors: one a replicate.
  ///   - estimates: of the same replicates.
  public static func relativeErrorOfModelStandardError(
    _ standardErrors: [Double], estimates: [Double]
  ) -> MonteCarloEstimate {
    let count = min(standardErrors.count, estimates.count)
    guard count >= 2, standardErrors.count == estimates.count else {
      return .unavailable(used: count)
    }
    let variances = standardErrors.map { $0 * $0 }
    let squaredModel = Moments.mean(variances)
    let ratio = squaredModel.squareRoot() / Moments.standardDeviation(estimates)
    let uncertainty =
      Moments.variance(variances) / (4 * Double(count) * squaredModel * squaredModel)
      + 1 / (2 * Double(count - 1))
    return MonteCarloEstimate(
      100 * (ratio - 1), monteCarloStandardError: 100 * ratio * uncertainty.squareRoot(),
      used: count)
  }

  /// Share of the closed intervals [lower_i, upper_i] that hold `value`, MCSE sqrt(c (1 - c) / n).
  /// With the truth this is coverage; with the mean of the estimates, bias-eliminated coverage.
  public static func coverage(
    lower: [Double], upper: [Double], of value: Double
  ) -> MonteCarloEstimate {
    proportion(zip(lower, upper).map { $0 <= value && value <= $1 })
  }

  /// Share of replicates with p_i <= alpha, MCSE sqrt(r (1 - r) / n).
  public static func rejectionRate(_ pValues: [Double], alpha: Double) -> MonteCarloEstimate {
    proportion(pValues.map { $0 <= alpha })
  }

  /// mean(upper_i - lower_i), MCSE sd / sqrt(n).
  public static func intervalWidth(lower: [Double], upper: [Double]) -> MonteCarloEstimate {
    let widths = zip(lower, upper).map { $1 - $0 }
    guard widths.count >= 2 else { return .unavailable(used: widths.count) }
    return MonteCarloEstimate(
      Moments.mean(widths),
      monteCarloStandardError: EstimatePerformance.standardErrorOfMean(widths),
      used: widths.count)
  }

  private static func proportion(_ outcomes: [Bool]) -> MonteCarloEstimate {
    let count = outcomes.count
    guard count >= 2 else { return .unavailable(used: count) }
    let share = Double(outcomes.count { $0 }) / Double(count)
    return MonteCarloEstimate(
      share, monteCarloStandardError: (share * (1 - share) / Double(count)).squareRoot(),
      used: count)
  }
}
