/// Why an optimization ended.
public enum StopReason: String, Sendable, Codable {
  case converged
  /// No step improves the bound beyond rounding error, and the gradient is at rounding level.
  case precisionLimit = "precision-limit"
  /// No step improves the bound although the gradient is not at rounding level.
  case stalled
  case iterationLimit = "iteration-limit"
}

/// How the bound was maximized.
public struct OptimizationSummary: Sendable, Equatable {
  /// The evidence bound at the start and after each iteration. It never decreases by more than the rounding error of
  /// its own evaluation, some 1e-15 of the sum of |y_i eta_i|.
  public let bounds: [Double]
  public let stopReason: StopReason
  public var iterations: Int { bounds.count - 1 }
  public var converged: Bool { stopReason == .converged || stopReason == .precisionLimit }

  public init(bounds: [Double], stopReason: StopReason) {
    self.bounds = bounds
    self.stopReason = stopReason
  }
}
