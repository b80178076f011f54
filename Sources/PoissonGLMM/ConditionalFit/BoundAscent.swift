/// What a maximizer of the evidence bound supplies to `BoundAscent`: a proposal, its evaluation,
/// and the commitment to it. The loop itself, its tolerances and its fallbacks are the same for all
/// solvers.
///
/// A solver holds a current point, a proposed step from it, and a trial: the point that was
/// evaluated last.
protocol BoundSolver: AnyObject {
  /// The bound at the current point.
  var level: BoundLevel { get }
  /// The bound at the trial.
  var trialLevel: BoundLevel { get }

  /// Proposes a step from the current point.
  /// - Parameter share: how much of a full step to take.
  /// - Returns: the square length of the full step, in posterior SDs.
  func proposeStep(share: Double) -> Double

  /// Whether the combination with earlier steps differs from the proposed step.
  var isAccelerated: Bool { get }

  /// Moves the trial to where the proposed step, combined with earlier ones, leads, and evaluates
  /// it.
  func evaluateCombination()

  /// Moves the trial to where the proposed step alone leads, and evaluates it.
  func evaluateStep()

  /// Replaces a proposed step that failed by a plainer one, along which the bound rises if the step
  /// is short enough.
  /// - Returns: the square length of the full step; nil if the proposed step already is of that
  ///   kind.
  func proposePlainerStep(share: Double) -> Double?

  /// Halves the proposed step, so that `share` of a full one is left, and evaluates the trial
  /// there.
  func evaluateHalvedStep(share: Double)

  /// Leaves all earlier steps out of later combinations.
  func forgetSteps()

  /// Makes the trial the current point.
  func commit()
}

/// The one loop that maximizes an evidence bound, whichever solver proposes the steps.
///
/// Proposed steps are combined with earlier ones by Anderson acceleration. If the combination would
/// lower the bound, the step alone is tried, then a plainer step, then halved ones: the bound rises
/// along these if they are short enough. Full steps overshoot where the linear predictor's variance
/// is above 2 or so; later steps are then damped from the start.
enum BoundAscent {
  /// A fit ends when the square length of a full step, in posterior SDs, is below this. The
  /// distance that remains is then at most 1e-8 of an SD.
  static let tolerance = 1e-16
  /// The same at given log SDs: 1e-5 of an SD, and 1e-10 in the bound.
  static let conditionalTolerance = 1e-10
  /// The most iterations of a fit at given log SDs. Convergence can be slow where v is 20 and more,
  /// and little depends on such fits.
  static let maximumConditionalIterations = 300
  /// How often a step is halved, or a start that overflows.
  static let maximumHalvings = 30
  /// The smallest share of a full step that later steps start with, so that one very short step,
  /// far from the optimum, does not slow down all that follow.
  private static let minimumShare = 0.25

  /// Moves uphill from the current point until steps are shorter than the square root of
  /// `tolerance`, in posterior SDs, or there is a reason to stop.
  static func maximize(
    _ solver: some BoundSolver, tolerance: Double, maximumIterations: Int
  ) -> ConvergenceMonitor {
    var share = 1.0
    solver.forgetSteps()
    var monitor = ConvergenceMonitor(
      from: solver.level, tolerance: tolerance, maximumIterations: maximumIterations)
    while monitor.stopReason == nil {
      let length = solver.proposeStep(share: share)
      monitor.noteProposal(length: length)
      if monitor.stopReason != nil { break }
      let step = move(solver, length: length, share: &share)
      monitor.note(step.isFound ? solver.level : nil, length: step.length)
    }
    return monitor
  }

  /// Moves to a point where the bound is not lower.
  /// - Parameters:
  ///   - length: the square length of the full step that was proposed, in posterior SDs.
  ///   - share: the share of the full step that was proposed; halving reduces it.
  /// - Returns: the square length of the full step that was taken, and whether there was one.
  private static func move(
    _ solver: some BoundSolver, length: Double, share: inout Double
  ) -> (length: Double, isFound: Bool) {
    solver.evaluateCombination()
    if commitsUnlessLower(solver) { return (length, true) }
    solver.forgetSteps()
    if solver.isAccelerated {
      solver.evaluateStep()
      if commitsUnlessLower(solver) { return (length, true) }
      solver.forgetSteps()
    }
    var length = length
    if let plainLength = solver.proposePlainerStep(share: share) {
      length = plainLength
      solver.evaluateStep()
      if commitsUnlessLower(solver) { return (length, true) }
    }
    for _ in 0..<maximumHalvings {
      share *= 0.5
      solver.evaluateHalvedStep(share: share)
      if commitsUnlessLower(solver) {
        share = max(share, minimumShare)
        return (length, true)
      }
    }
    return (length, false)
  }

  /// Commits to the trial unless it lowers the bound by more than rounding error.
  private static func commitsUnlessLower(_ solver: some BoundSolver) -> Bool {
    let (trial, current) = (solver.trialLevel, solver.level)
    let slack = max(trial.roundingError, current.roundingError)
    // An overflow makes both the bound and its error infinite.
    guard trial.bound.isFinite, trial.bound >= current.bound - slack else { return false }
    solver.commit()
    return true
  }
}

/// Keeps the record of an ascent to the maximum of the bound, and says when it ends and why.
struct ConvergenceMonitor {
  private let tolerance: Double
  private let maximumIterations: Int
  private var bounds: [Double]
  private var largestRoundingError: Double
  private var stagnation = 0
  /// The square length of the shortest step, in posterior SDs.
  private(set) var shortest = Double.infinity
  private(set) var stopReason: StopReason?

  /// Steps of less than this square length, in posterior SDs, that do not improve the bound end a
  /// fit at the limit of double precision.
  private static let nearlyConverged = 1e-8
  /// The fit is at that limit after so many steps in a row that neither raise the bound nor get
  /// shorter.
  private static let maximumStagnation = 10

  /// - Parameter tolerance: the square length of a step, in posterior SDs, at which the ascent
  ///   ends.
  init(from level: BoundLevel, tolerance: Double, maximumIterations: Int) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    bounds = []
    // Reserved here, so that iterations allocate no memory unless there are very many.
    bounds.reserveCapacity(min(max(maximumIterations, 0), 10_000) + 1)
    bounds.append(level.bound)
    largestRoundingError = level.roundingError
    if maximumIterations < 1 { stopReason = .iterationLimit }
  }

  /// Records the square length of a proposed step. A step below the tolerance ends the ascent and
  /// is not taken.
  mutating func noteProposal(length: Double) {
    guard length < tolerance else { return }
    shortest = min(shortest, length)
    stopReason = .converged
  }

  /// Records a step of square length `length` to a point with the bound `level`, which is nil if no
  /// point along the step was accepted.
  mutating func note(_ level: BoundLevel?, length: Double) {
    guard let level, let previous = bounds.last else {
      stopReason = min(length, shortest) < Self.nearlyConverged ? .precisionLimit : .stalled
      return
    }
    bounds.append(level.bound)
    largestRoundingError = max(largestRoundingError, level.roundingError)
    // At the limit of precision steps no longer get shorter and the bound no longer rises.
    let rises = level.bound > previous + level.roundingError
    stagnation = rises || length < shortest ? 0 : stagnation + 1
    shortest = min(shortest, length)
    if length < tolerance {
      stopReason = .converged
    } else if stagnation == Self.maximumStagnation && shortest < Self.nearlyConverged {
      stopReason = .precisionLimit
    } else if bounds.count > maximumIterations {
      stopReason = .iterationLimit
    }
  }

  /// What a fit reports of the ascent.
  var summary: OptimizationSummary {
    OptimizationSummary(
      bounds: bounds, boundRoundingError: largestRoundingError,
      stopReason: stopReason ?? .iterationLimit, iterations: bounds.count - 1)
  }
}

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
