/// Why an optimization ended.
public enum StopReason: String, Sendable, Codable {
  /// Steps became shorter than the tolerance.
  case converged
  /// No step improves the bound beyond rounding error, and the gradient is at rounding level.
  case precisionLimit = "precision-limit"
  /// No step improves the bound although the gradient is not at rounding level.
  case stalled
  /// `FitOptions.maximumIterations` was reached.
  case iterationLimit = "iteration-limit"
}

/// How the bound was maximized.
public struct OptimizationSummary: Sendable, Equatable {
  /// The evidence bound at the start and after each iteration. It never decreases by more than
  /// `boundRoundingError`.
  public let bounds: [Double]
  /// The rounding error that an evaluation of the bound may carry: a few 1e-16 of the sum of the
  /// sizes of its terms.
  public let boundRoundingError: Double
  /// Why the optimization ended.
  public let stopReason: StopReason
  /// The number of iterations; under integrated and corrected, of all fits together.
  public let iterations: Int
  /// Whether the fit is at an optimum, as precisely as it was asked to be or as doubles allow.
  public var converged: Bool { stopReason == .converged || stopReason == .precisionLimit }
  /// How the hyperparameters were integrated over; nothing under mean-field and structured.
  package var integration: Set<IntegrationBranch> = []

  /// A summary of an optimization.
  /// - Parameters:
  ///   - bounds: the bound at the start and after each iteration.
  ///   - boundRoundingError: the rounding error that an evaluation of the bound may carry.
  ///   - stopReason: why the optimization ended.
  ///   - iterations: the number of iterations.
  public init(
    bounds: [Double], boundRoundingError: Double, stopReason: StopReason, iterations: Int
  ) {
    self.bounds = bounds
    self.boundRoundingError = boundRoundingError
    self.stopReason = stopReason
    self.iterations = iterations
  }
}
