/// Keeps the record of a climb to the maximum of the bound, and says when it ends and why.
struct Climb {
  private let tolerance: Double
  private let maximumIterations: Int
  private var bounds: [Double]
  private var largestRoundingError: Double
  private var stagnation = 0
  /// The square length of the shortest step, in posterior SDs.
  private(set) var shortest = Double.infinity
  private(set) var stopReason: StopReason?

  /// Steps shorter than this that do not improve the bound end a fit at the limit of double
  /// precision.
  private static let nearlyConverged = 1e-8

  /// - Parameter tolerance: the square length of a step, in posterior SDs, at which the climb ends.
  init(from value: EvidenceBound.Value, tolerance: Double, maximumIterations: Int) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    bounds = []
    // No iteration of a climb that is not very long allocates memory.
    bounds.reserveCapacity(min(max(maximumIterations, 0), 10_000) + 1)
    bounds.append(value.bound)
    largestRoundingError = value.roundingError
    if maximumIterations < 1 { stopReason = .iterationLimit }
  }

  /// Whether a step of this square length need not be taken.
  mutating func ends(beforeStepOf length: Double) -> Bool {
    if length < tolerance {
      shortest = min(shortest, length)
      stopReason = .converged
    }
    return stopReason != nil
  }

  /// Takes note of a step of square length `length` to a point with bound `value`; nil if no point
  /// along it was better.
  mutating func record(_ value: EvidenceBound.Value?, length: Double) {
    guard let value, let previous = bounds.last else {
      stopReason = min(length, shortest) < Self.nearlyConverged ? .precisionLimit : .stalled
      return
    }
    bounds.append(value.bound)
    largestRoundingError = max(largestRoundingError, value.roundingError)
    // At the limit of precision steps no longer get shorter and the bound no longer rises.
    let rises = value.bound > previous + value.roundingError
    stagnation = rises || length < shortest ? 0 : stagnation + 1
    shortest = min(shortest, length)
    if length < tolerance {
      stopReason = .converged
    } else if stagnation == 10 && shortest < Self.nearlyConverged {
      stopReason = .precisionLimit
    } else if bounds.count > maximumIterations {
      stopReason = .iterationLimit
    }
  }

  var summary: OptimizationSummary {
    OptimizationSummary(
      bounds: bounds, boundRoundingError: largestRoundingError,
      stopReason: stopReason ?? .iterationLimit, iterations: bounds.count - 1)
  }
}
