/// How long one method took on one scenario: a row of `timing.csv`.
///
/// Counted are the fits that came to an end by themselves, converged or not: a fit that stopped at
/// its iteration limit cost its time, one that ended in an error says nothing of the cost of
/// fitting. Seconds are wall-clock time of the fit alone; that of another program is as it measures
/// itself, or else includes the exchange with it. Quantiles are of type 7 (Hyndman & Fan 1996).
public struct TimingRow: Sendable, Equatable {
  public let scenario: String
  public let method: String
  public let fits: Int
  /// nil without fits, as are the other quantiles.
  public let medianSeconds: Double?
  /// 5 % point.
  public let fifthPercentileSeconds: Double?
  /// 95 % point.
  public let ninetyFifthPercentileSeconds: Double?
  /// Summed over the fits, as if one ran after the other.
  public let totalSeconds: Double
  /// Of the fits that counted them.
  public let medianIterations: Double?
  /// fits / total seconds: throughput of one worker; nil where no time was measured.
  public let fitsPerSecond: Double?

  init(scenario: String, method: String, records: [ReplicateRecord]) {
    var seconds: [Double] = []
    var iterations: [Double] = []
    for record in records {
      guard case .fitted(let result) = record.outcome, record.seconds.isFinite else { continue }
      seconds.append(record.seconds)
      if result.iterations > 0 { iterations.append(Double(result.iterations)) }
    }
    let total = seconds.reduce(0, +)
    seconds.sort()
    iterations.sort()
    self.scenario = scenario
    self.method = method
    fits = seconds.count
    medianSeconds = Moments.quantile(ofSorted: seconds, 0.5)
    fifthPercentileSeconds = Moments.quantile(ofSorted: seconds, 0.05)
    ninetyFifthPercentileSeconds = Moments.quantile(ofSorted: seconds, 0.95)
    totalSeconds = total
    medianIterations = Moments.quantile(ofSorted: iterations, 0.5)
    fitsPerSecond = total > 0 ? Double(seconds.count) / total : nil
  }
}
