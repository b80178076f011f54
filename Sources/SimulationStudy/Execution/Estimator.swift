/// What an estimator says of one parameter.
public struct ParameterEstimate: Sendable, Equatable {
  /// A fixed effect by its name, or `log_sd(NAME)` for a random term.
  public let parameter: String
  public let estimate: Double
  public let standardError: Double
  public let intervalLower: Double
  public let intervalUpper: Double
  /// Two-sided p value or posterior tail probability; nil where zero is not a natural null value.
  public let pValue: Double?

  public init(
    parameter: String, estimate: Double, standardError: Double, intervalLower: Double,
    intervalUpper: Double, pValue: Double?
  ) {
    self.parameter = parameter
    self.estimate = estimate
    self.standardError = standardError
    self.intervalLower = intervalLower
    self.intervalUpper = intervalUpper
    self.pValue = pValue
  }
}

/// What an estimator gives for one data set.
public struct EstimationResult: Sendable, Equatable {
  /// Fixed effects in the model's order, then the log SDs.
  public let parameters: [ParameterEstimate]
  /// The evidence bound, if the estimator has one.
  public let evidenceLowerBound: Double?
  public let iterations: Int
  /// Why the optimization stopped, for example `converged`.
  public let reason: String
  public let converged: Bool

  public init(
    parameters: [ParameterEstimate], evidenceLowerBound: Double?, iterations: Int, reason: String,
    converged: Bool
  ) {
    self.parameters = parameters
    self.evidenceLowerBound = evidenceLowerBound
    self.iterations = iterations
    self.reason = reason
    self.converged = converged
  }
}

/// A method under study: a data set in, estimates out. The only door between a study and a fitter.
public protocol Estimator: Sendable {
  /// The method's name in the scenario and in every report.
  var name: String { get }
  /// - Throws: any error; the study records its description and counts the replicate as failed.
  func estimate(_ data: ClusteredCounts) throws -> EstimationResult
}
