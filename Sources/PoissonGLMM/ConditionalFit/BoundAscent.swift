/// What a maximizer of the evidence bound supplies to `BoundAscent`: a proposal, its evaluation,
/// and the commitment to it. The loop itself, its tolerances and its fallbacks are the same for all.
///
/// There is a current point, a proposed step from it, and a trial: the point that was evaluated
/// last.
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

  /// Makes the trial where the proposed step, combined with earlier ones, leads.
  func evaluateCombination()

  /// Makes the trial where the proposed step alone leads.
  func evaluateStep()

  /// Proposes a step that goes uphill if it is short enough, for one that did not.
  /// - Returns: the square length of the full step; nil if the proposed step is of that kind.
  func proposePlainerStep(share: Double) -> Double?

  /// Halves the proposed step, which leaves `share` of a full one, and makes the trial where it
  /// leads.
  func evaluateHalvedStep(share: Double)

  /// Lets no earlier step take part in combinations to come.
  func forgetSteps()

  /// Makes the trial the current point.
  func commit()
}

/// The one loop that maximizes an evidence bound, whichever solver proposes the steps.
///
/// Proposed steps are combined with earlier ones by Anderson acceleration. A point that would lower
/// the bound is given up for the step alone, then for a plainer step, then for halved ones: the
/// bound rises along these for short enough steps. Where full steps overshoot, as they do where the
/// linear predictor's variance is above 2 or so, later steps are damped from the start.
enum BoundAscent {
  /// A fit ends where the square length of a full step, in posterior SDs, is below this. What is
  /// left then is of the same size at most: 1e-8 of an SD.
  static let tolerance = 1e-16
  /// The same at given log SDs: 1e-5 of an SD, and 1e-10 in the bound.
  static let conditionalTolerance = 1e-10
  /// The iterations that a fit at given log SDs may take: where v is 20 and more convergence can be
  /// slow, and little depends on it.
  static let maximumConditionalIterations = 300
  /// How often a step is halved, or a start that overflows.
  static let maximumHalvings = 30
  /// One very short step, far from the optimum, is not to slow down all that follow.
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
  ///   - share: how much of it was.
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

  /// Steps shorter than this that do not improve the bound end a fit at the limit of double
  /// precision.
  private static let nearlyConverged = 1e-8
  /// So many steps in a row that neither raise the bound nor get shorter are at that limit.
  private static let maximumStagnation = 10

  /// - Parameter tolerance: the square length of a step, in posterior SDs, at which the ascent ends.
  init(from level: BoundLevel, tolerance: Double, maximumIterations: Int) {
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    bounds = []
    // No iteration of an ascent that is not very long allocates memory.
    bounds.reserveCapacity(min(max(maximumIterations, 0), 10_000) + 1)
    bounds.append(level.bound)
    largestRoundingError = level.roundingError
    if maximumIterations < 1 { stopReason = .iterationLimit }
  }

  /// Takes note of the square length of a proposed step, which ends the ascent if it need not be
  /// taken.
  mutating func noteProposal(length: Double) {
    guard length < tolerance else { return }
    shortest = min(shortest, length)
    stopReason = .converged
  }

  /// Takes note of a step of square length `length` to a point with the bound `level`; nil if no
  /// point along it was better.
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
