/// One performance measure of one parameter under one method: a row of `measures.csv`.
public struct MeasureRow: Sendable, Equatable {
  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
  /// What `estimate` is.
  public let measure: PerformanceMeasure
  /// nil where the used replicates do not give a finite number, or are fewer than 2.
  public let estimate: Double?
  /// Monte Carlo standard error of `estimate`.
  public let monteCarloStandardError: Double?
  /// The parameter's true value, if known; nil in a calibration, where each replicate has its own.
  public let truth: Double?
  /// Replicates the method was run on.
  public let attempted: Int
  /// Replicates without a usable result: an error, no convergence, or numbers that are not finite.
  public let failed: Int
  /// Replicates that enter `estimate`.
  public let used: Int
}

extension MeasureRow {
  /// Replicates with a usable result, whether or not that has what is measured.
  var usable: Int { attempted - failed }

  /// What a row speaks of; unique within a study.
  struct Key: Hashable {
    let scenario: String
    let method: String
    let parameter: String
    let measure: PerformanceMeasure
  }

  var key: Key {
    Key(scenario: scenario, method: method, parameter: parameter, measure: measure)
  }
}

/// How long one method took on one scenario: a row of `timing.csv`.
///
/// Counted are the fits that came to an end by themselves, converged or not: a fit that stopped at
/// its iteration limit cost its time, one that ended in an error says nothing of the cost of
/// fitting. Seconds are wall-clock time of the fit alone; that of another program is as it measures
/// itself, or else includes the exchange with it. Quantiles are of type 7 (Hyndman & Fan 1996).
public struct TimingRow: Sendable, Equatable {
  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// Fits that are counted.
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

/// One replicate without a usable result: a row of `failures.csv`.
public struct FailureRow: Sendable, Equatable {
  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// 0, 1, 2, ...
  public let replicate: Int
  /// Why, in one sentence.
  public let reason: String
}
