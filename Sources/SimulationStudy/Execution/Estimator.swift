/// What an estimator says of one parameter.
public struct ParameterEstimate: Sendable, Equatable {
  /// A fixed effect by its name, or `log_sd(NAME)` for a random term.
  public let parameter: String
  public let estimate: Double
  /// nil where the method has none.
  public let standardError: Double?
  /// Both ends are there or neither, as a method has intervals or not.
  public let intervalLower: Double?
  public let intervalUpper: Double?
  /// Two-sided p value or posterior tail probability; nil where zero is not a natural null value.
  public let pValue: Double?

  public init(
    parameter: String, estimate: Double, standardError: Double?, intervalLower: Double?,
    intervalUpper: Double?, pValue: Double?
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
  /// Fixed effects in the model's order, then the log SDs. A parameter without an estimate is left out.
  public let parameters: [ParameterEstimate]
  /// The evidence bound, if the estimator has one.
  public let evidenceLowerBound: Double?
  /// 0 where the method does not count them.
  public let iterations: Int
  /// Why the optimization stopped, for example `converged`.
  public let reason: String
  public let converged: Bool
  /// What the fit took, as the method measures it; nil where the caller's clock is as good.
  public let seconds: Double?

  public init(
    parameters: [ParameterEstimate], evidenceLowerBound: Double?, iterations: Int, reason: String,
    converged: Bool, seconds: Double? = nil
  ) {
    self.parameters = parameters
    self.evidenceLowerBound = evidenceLowerBound
    self.iterations = iterations
    self.reason = reason
    self.converged = converged
    self.seconds = seconds
  }
}

/// A method under study: a data set in, estimates out. The only door between a study and a fitter.
public protocol Estimator: Sendable {
  /// The method's name in the scenario and in every report.
  var name: String { get }
  /// - Throws: any error; the study records its description and counts the replicate as failed.
  ///   `CancellationError` alone says nothing of the data: the replicate is not recorded.
  func estimate(_ data: ClusteredCounts) throws -> EstimationResult
}
