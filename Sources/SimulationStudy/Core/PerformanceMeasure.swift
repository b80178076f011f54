/// What is measured of a method over the replicates of a scenario. Raw values are those of
/// `measures.csv` and of the gates in a scenario file.
///
/// Definitions and Monte Carlo standard errors follow Morris, White & Crowther (2019), "Using
/// simulation studies to evaluate statistical methods", Statistics in Medicine 38, table 6.
public enum PerformanceMeasure: String, Sendable, CaseIterable, Codable {
  /// Mean of the estimates; listed where the truth is not known.
  case estimate
  /// Mean of the estimates, less the truth.
  case bias
  /// Standard deviation of the estimates.
  case empiricalStandardError = "empirical_se"
  /// Mean squared distance of the estimates from the truth.
  case meanSquaredError = "mse"
  /// Root of the mean squared standard error that the method reports.
  case modelStandardError = "model_se"
  /// In percent of the empirical standard error.
  case relativeErrorOfModelStandardError = "relative_error_model_se"
  /// In percent, against the scenario's first method.
  case relativePrecision = "relative_precision"
  /// Share of the intervals that cover the truth.
  case coverage
  /// Share of the intervals that cover the mean of the estimates.
  case biasEliminatedCoverage = "bias_eliminated_coverage"
  /// Share of replicates with p <= alpha: power, or the type I error where the truth is zero.
  case rejectionRate = "rejection_rate"
  /// Mean length of the intervals.
  case intervalWidth = "interval_width"
  /// p value of `ChiSquaredUniformityTest` on the posterior probabilities of the true values; of a
  /// calibration.
  case calibrationChiSquaredP = "calibration_chi_squared_p"
  /// p value of `ECDFUniformityTest` on the same.
  case calibrationECDFP = "calibration_ecdf_p"

  /// Whether the measure is defined only where the parameter's true value is known.
  var needsTruth: Bool {
    switch self {
    case .bias, .meanSquaredError, .coverage: true
    default: false
    }
  }

  /// Whether the measure is defined only where each replicate has drawn its parameters from their
  /// priors.
  var needsCalibration: Bool {
    switch self {
    case .calibrationChiSquaredP, .calibrationECDFP: true
    default: false
    }
  }

  /// Whether the measure is the share of replicates in which something happens.
  package var isProportion: Bool {
    switch self {
    case .coverage, .biasEliminatedCoverage, .rejectionRate: true
    default: false
    }
  }
}

/// When a scenario has been replicated enough: once the Monte Carlo standard error of one measure
/// is at most this for every method and parameter that has the measure.
public struct PrecisionTarget: Sendable, Equatable {
  /// The measure that is to be precise.
  public let measure: PerformanceMeasure
  /// Above 0, in the units of the measure.
  public let monteCarloStandardError: Double

  /// At most `monteCarloStandardError`, above 0, for every method and parameter with the measure.
  public init(measure: PerformanceMeasure, monteCarloStandardError: Double) {
    self.measure = measure
    self.monteCarloStandardError = monteCarloStandardError
  }
}

/// A requirement on one number of a study: lower <= measure <= upper.
public struct Gate: Sendable, Equatable, Codable {
  /// The scenario by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
  /// The number that is judged.
  public let measure: PerformanceMeasure
  /// Inclusive; `-infinity` for no lower limit.
  public let lower: Double
  /// Inclusive; `infinity` for no upper limit.
  public let upper: Double

  /// Passes where lower <= measure <= upper.
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

/// Where a number stands against the value it should have.
enum Standing: Sendable, Equatable {
  case below
  case consistent
  case above

  /// How many standard errors away a number must be to be marked. Chance alone goes that far in
  /// one of 370 numbers.
  static let threshold = 3.0
  /// Two-sided normal tail probability of `threshold`.
  static let chance = 0.0027

  init(_ value: Double, against target: Double, standardError: Double) {
    let distance = value - target
    if abs(distance) <= Self.threshold * standardError {
      self = .consistent
    } else {
      self = distance < 0 ? .below : .above
    }
  }

  /// Follows a marked number in tables.
  var mark: String {
    switch self {
    case .below: " ▼"
    case .consistent: ""
    case .above: " ▲"
    }
  }
}
