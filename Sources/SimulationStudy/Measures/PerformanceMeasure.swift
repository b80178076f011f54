/// What is measured of a method over the replicates of a scenario. Raw values are those of
/// `measures.csv` and of the gates in a scenario file.
///
/// Definitions and Monte Carlo standard errors follow Morris, White & Crowther (2019), "Using
/// simulation studies to evaluate statistical methods", Statistics in Medicine 38, table 6.
public enum PerformanceMeasure: String, Sendable, CaseIterable, Codable {
  /// Mean of the estimates; listed where the truth is not known.
  case estimate
  case bias
  case empiricalStandardError = "empirical_se"
  case meanSquaredError = "mse"
  case modelStandardError = "model_se"
  /// In percent of the empirical standard error.
  case relativeErrorOfModelStandardError = "relative_error_model_se"
  /// In percent, against the scenario's first method.
  case relativePrecision = "relative_precision"
  case coverage
  case biasEliminatedCoverage = "bias_eliminated_coverage"
  /// Share of replicates with p <= alpha: power, or the type I error where the truth is zero.
  case rejectionRate = "rejection_rate"
  case intervalWidth = "interval_width"
  /// p value of `ChiSquaredUniformityTest` on the posterior probabilities of the true values; of a
  /// calibration.
  case calibrationChiSquaredP = "calibration_chi_squared_p"
  /// p value of `ECDFUniformityTest` on the same.
  case calibrationECDFP = "calibration_ecdf_p"

  /// Whether the measure is defined only where the parameter's true value is known.
  public var needsTruth: Bool {
    switch self {
    case .bias, .meanSquaredError, .coverage: true
    default: false
    }
  }

  /// Whether the measure is defined only where each replicate has drawn its parameters from their
  /// priors.
  public var needsCalibration: Bool {
    switch self {
    case .calibrationChiSquaredP, .calibrationECDFP: true
    default: false
    }
  }

  /// Whether the measure is the share of replicates in which something happens.
  var isProportion: Bool {
    switch self {
    case .coverage, .biasEliminatedCoverage, .rejectionRate: true
    default: false
    }
  }
}
