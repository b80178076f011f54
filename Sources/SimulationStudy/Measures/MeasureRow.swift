/// One performance measure of one parameter under one method: a row of `measures.csv`.
public struct MeasureRow: Sendable, Equatable {
  public let scenario: String
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
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

  public init(
    scenario: String, method: String, parameter: String, measure: PerformanceMeasure,
    estimate: Double?, monteCarloStandardError: Double?, truth: Double?, attempted: Int,
    failed: Int, used: Int
  ) {
    self.scenario = scenario
    self.method = method
    self.parameter = parameter
    self.measure = measure
    self.estimate = estimate
    self.monteCarloStandardError = monteCarloStandardError
    self.truth = truth
    self.attempted = attempted
    self.failed = failed
    self.used = used
  }
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
