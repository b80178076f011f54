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

  /// Moves the trial to where the proposed step, combined with earlier ones, leads, and evaluates
  /// it.
  /// - Returns: whether the combination differs from the proposed step.
  func evaluateCombination() -> Bool

  /// Moves the trial to where the proposed step alone leads, and evaluates it.
  func evaluateStep()

  /// Replaces a proposed step that failed by a plainer one, along which the bound rises if the step
  /// is short enough.
  /// - Returns: the square length of the full step; nil if the proposed step already is of that
  ///   kind.
  func proposePlainerStep(share: Double) -> Double?

  /// Halves the proposed step, and evaluates the trial there.
  /// - Parameter share: how much of a full step is left by that.
  func evaluateHalvedStep(share: Double)

  /// Leaves all earlier steps out of later combinations.
  func forgetSteps()

  /// Makes the trial the current point.
  func commit()

  /// Whether the search for the optimum is helped by leaps.
  var canLeap: Bool { get }

  /// Moves the trial to where the bound is largest under the current prior, by another method, and
  /// evaluates it.
  /// - Returns: false where there is no such method.
  func evaluateLeap() -> Bool
}

extension BoundSolver {
  var canLeap: Bool { false }
  func evaluateLeap() -> Bool { false }
}

/// A value of the evidence bound, with the rounding error that it may carry.
struct BoundLevel {
  var bound = -Double.infinity
  var roundingError = 0.0
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
  private static let conditionalTolerance = 1e-10
  /// The most iterations of a fit at given log SDs. Convergence can be slow where v is 20 and more,
  /// and little depends on such fits.
  private static let maximumConditionalIterations = 300
  /// The smallest ratio of a pivot of S^-1 to its diagonal with which a fit may end: below,
  /// rounding error is more than some 1e-3 of a variance.
  static let minimumRelativePivot = 1e-13
  /// How often a step is halved, or a start that overflows.
  static let maximumHalvings = 30
  /// The steps between leaps, in which the prior follows.
  private static let stepsBetweenLeaps = 5
  /// The smallest share of a full step that later steps start with, so that one very short step,
  /// far from the optimum, does not slow down all that follow.
  private static let minimumShare = 0.25

  /// Moves uphill from the current point until steps are shorter than the square root of
  /// `tolerance`, in posterior SDs, or there is a reason to stop.
  /// - Throws: `FitError` where the `FitLimit` is reached.
  static func maximize(
    _ solver: some BoundSolver, tolerance: Double, maximumIterations: Int
  ) throws(FitError) -> ConvergenceMonitor {
    var (share, leaps) = (1.0, solver.canLeap)
    solver.forgetSteps()
    var monitor = ConvergenceMonitor(
      from: solver.level, tolerance: tolerance, maximumIterations: maximumIterations)
    while monitor.stopReason == nil {
      try FitLimit.check()
      if leaps, monitor.steps % stepsBetweenLeaps == stepsBetweenLeaps - 1 {
        // A leap that fails would fail again, and is dear.
        leaps = solver.evaluateLeap() && tryCommit(solver)
        if leaps {
          solver.forgetSteps()
          share = 1
        }
      }
      let length = solver.proposeStep(share: share)
      monitor.noteProposal(length: length)
      if monitor.stopReason != nil { break }
      let step = move(solver, length: length, share: &share)
      monitor.note(step.isFound ? solver.level : nil, length: step.length)
    }
    return monitor
  }

  /// The same at given log SDs.
  static func maximizeConditionally(
    _ solver: some BoundSolver, maximumIterations: Int
  ) throws(FitError) -> ConvergenceMonitor {
    try maximize(
      solver, tolerance: conditionalTolerance,
      maximumIterations: min(maximumIterations, maximumConditionalIterations))
  }

  /// Moves to a point where the bound is not lower.
  /// - Parameters:
  ///   - length: the square length of the full step that was proposed, in posterior SDs.
  ///   - share: the share of the full step that was proposed; halving reduces it.
  /// - Returns: the square length of the full step that was taken, and whether there was one.
  private static func move(
    _ solver: some BoundSolver, length: Double, share: inout Double
  ) -> (length: Double, isFound: Bool) {
    let isAccelerated = solver.evaluateCombination()
    if tryCommit(solver) { return (length, true) }
    solver.forgetSteps()
    if isAccelerated {
      solver.evaluateStep()
      if tryCommit(solver) { return (length, true) }
      solver.forgetSteps()
    }
    var length = length
    if let plainLength = solver.proposePlainerStep(share: share) {
      length = plainLength
      solver.evaluateStep()
      if tryCommit(solver) { return (length, true) }
    }
    for _ in 0..<maximumHalvings {
      share *= 0.5
      solver.evaluateHalvedStep(share: share)
      if tryCommit(solver) {
        share = max(share, minimumShare)
        return (length, true)
      }
    }
    return (length, false)
  }

  /// Commits to the trial unless it lowers the bound by more than rounding error.
  private static func tryCommit(_ solver: some BoundSolver) -> Bool {
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
  /// shorter by a thousandth.
  private static let maximumStagnation = 10
  private static let shorter = 0.999

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
    stagnation = rises || length < Self.shorter * shortest ? 0 : stagnation + 1
    shortest = min(shortest, length)
    if length < tolerance {
      stopReason = .converged
    } else if stagnation == Self.maximumStagnation && shortest < Self.nearlyConverged {
      stopReason = .precisionLimit
    } else if bounds.count > maximumIterations {
      stopReason = .iterationLimit
    }
  }

  /// How many have been taken.
  var steps: Int { bounds.count - 1 }

  /// What a fit reports of the ascent.
  var summary: OptimizationSummary {
    OptimizationSummary(
      bounds: bounds, boundRoundingError: largestRoundingError,
      stopReason: stopReason ?? .iterationLimit, iterations: bounds.count - 1)
  }
}
