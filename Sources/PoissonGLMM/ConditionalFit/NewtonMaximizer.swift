import PlatformEssentials

/// Maximizes the evidence bound of the mean-field or the structured approximation.
///
/// Both are Newton's method with inflated rates, by the steps of `NewtonStep`. A damped step makes
/// a share of the full change of m and of S^-1 (only its diagonal in mean-field). Steps look ahead
/// in two ways: the term precisions E exp(-2 s) are extrapolated to where the alternation between
/// (b, u) and s leads, and S^-1 anticipates the step of u. The plainer steps that `BoundAscent`
/// falls back to do not look ahead.
final class NewtonMaximizer: BoundMaximizer, BoundSolver {
  private let evidenceBound: EvidenceBound
  private let data: ModelData
  private let maximumIterations: Int
  private let fixedPrecision: Double

  private let factorization: ArrowFactorization
  private let anderson: AndersonAcceleration
  private let step: NewtonStep
  private let extrapolation: LogSDExtrapolation
  /// The current point with its expectations and its bound; then the same for the trial.
  private var state: GaussianState
  private var expectations: Expectations
  private var current: BoundValue
  private var trial: GaussianState
  private var trialExpectations: Expectations
  private var trialValue: BoundValue
  /// The points that steps lead to, in the slots of the acceleration.
  private let images: [GaussianState]
  /// The q(s) under which a step is taken.
  private var steppingLogSDs: [LogSDPosterior]
  private lazy var response = LinearResponse(
    data, chunks: chunks, factorization: factorization)
  private let chunks: GroupChunks
  private let singularDesign: FitError
  /// The sizes of the random terms' columns if the prior does not expect one of them; nil
  /// otherwise.
  private let unexpectedScales: [Double]?
  /// Whether steps look ahead in q(s), and in S. They do so until such a step fails.
  private var extrapolates = true
  private var anticipates: Bool
  private let canAnticipate: Bool
  /// Whether the ascent is helped among the rows: not unless there are as many fixed effects, with
  /// fewer of which steps seldom need help.
  let canLeap: Bool

  init(_ model: PoissonMixedModel, options: FitOptions) {
    data = model.data
    maximumIterations = options.maximumIterations
    singularDesign = FitError.singularDesign(dependentColumns: model.dependentColumns)
    fixedPrecision = model.priors.fixedEffectPrecision
    unexpectedScales = model.data.unexpectedRandomScales(priors: model.priors)
    let shape = data.shape
    chunks = GroupChunks(
      groupStarts: data.groupStarts, threads: options.threads,
      minimumRows: options.minimumRowsOfChunk
    )
    canAnticipate = shape.termCount == NewtonStep.anticipatedTermCount
    anticipates = canAnticipate
    canLeap =
      options.approximation != .meanField && data.rowCount <= RowSpaceOptimum.mostRows
      && shape.fixedCount >= data.rowCount
    factorization = ArrowFactorization(shape, chunks: chunks)
    evidenceBound = EvidenceBound(
      model, isDiagonal: options.approximation == .meanField, factorization: factorization,
      chunks: chunks)
    let states = GaussianState.several(AndersonAcceleration.slots + 2, shape)
    state = states[0]
    trial = states[1]
    images = Array(states[2...])
    anderson = AndersonAcceleration(
      images: images.map(\.vector), residualCount: NewtonStep.residualCount(shape))
    step = NewtonStep(
      data, fixedPrecision: fixedPrecision, chunks: chunks, factorization: factorization,
      anderson: anderson)
    extrapolation = LogSDExtrapolation(
      data, priorSD: model.priors.logSDSD, factorization: factorization)
    expectations = Expectations(data, chunks: chunks)
    trialExpectations = Expectations(data, chunks: chunks)
    current = BoundValue(termCount: shape.termCount)
    trialValue = BoundValue(termCount: shape.termCount)
    steppingLogSDs = current.logSDs
  }

  /// Maximizes the bound over q(b, u) and q(s).
  ///
  /// If columns of random terms have a size that the prior does not expect, the bound can have two
  /// optima, with and without those effects. Both are then tried, and the higher one is taken.
  func maximize() throws(FitError) -> VariationalOptimum {
    evidenceBound.givenLogSDs = nil
    var monitor = try ascendAnew(scales: nil)
    if let unexpectedScales {
      let (first, lower) = (snapshot(), current.level.bound)
      if let other = try? ascendAnew(scales: unexpectedScales), current.level.bound > lower {
        monitor = other
      } else {
        trial.vector.copy(from: first)
        evaluateTrial()
        commit()
      }
    }
    let posterior = evidenceBound.posterior(of: state, logSDs: current.logSDs)
    // In mean-field the factorization only gives directions; in structured it is the covariance.
    if evidenceBound.usesFactorization && isSingular { throw singularDesign }
    return VariationalOptimum(posterior: posterior, summary: monitor.summary)
  }

  private func ascendAnew(scales: [Double]?) throws(FitError) -> ConvergenceMonitor {
    extrapolates = true
    anticipates = canAnticipate
    try start(scales: scales)
    return try BoundAscent.maximize(
      self, tolerance: BoundAscent.tolerance, maximumIterations: maximumIterations)
  }

  /// A copy of the current point, to start from again.
  func snapshot() -> DoubleStorage {
    let copy = DoubleStorage(count: state.vector.count)
    copy.copy(from: state.vector)
    return copy
  }

  /// Maximizes the bound on log p(y | s) at given log SDs, from the point `start` (by default where
  /// the last fit ended).
  /// - Throws: `FitError` if the bound is not finite there.
  func maximize(
    at logSDs: [Double], from start: DoubleStorage?
  ) throws(FitError) -> ConditionalOptimum {
    evidenceBound.givenLogSDs = logSDs
    extrapolates = false
    // When S^-1 anticipates the step, its blocks and its borders belong to different rates. At the
    // end they differ by a step below the tolerance. The Schur complement amplifies that
    // difference, too much for a tolerance as wide as this one.
    anticipates = false
    trial.vector.copy(from: start ?? state.vector)
    let q = data.shape.termCount
    for k in 0..<q {
      let precision = exp(-2 * logSDs[k])
      // Where the prior gets weaker, the fit starts from the S that was: a wider one could make the
      // rates overflow.
      let loss = max(0, trial.termPrecisions.pointer[k] - precision)
      trial.termPrecisions.pointer[k] = precision
      for group in 0..<data.shape.groupCount {
        trial.precision.blocks.pointer[(group * q + k) * q + k] += loss
      }
    }
    evaluateTrial()
    guard trialValue.level.bound.isFinite else {
      throw FitError.boundNotFinite(at: logSDs)
    }
    commit()
    let monitor = try BoundAscent.maximizeConditionally(
      self, maximumIterations: maximumIterations)
    let posterior = evidenceBound.posterior(of: state, logSDs: current.logSDs)
    let squares = expectations.termSquares
    extrapolation.setSquaresSlopes(at: state, expectations: expectations)
    let slopes = extrapolation.squaresSlopes.pointer
    return ConditionalOptimum(
      bound: current.level.bound,
      gradient: squares.indices.map {
        squares[$0] * current.logSDs[$0].termPrecision - Double(data.shape.groupCount)
      },
      curvature: squares.indices.map { k in
        let precision = current.logSDs[k].termPrecision
        return -2 * precision * (squares[k] + slopes[k * squares.count + k])
      },
      posterior: posterior, iterations: monitor.summary.iterations,
      lastStep: monitor.shortest.squareRoot())
  }

  /// The covariances by linear response at the log SDs that the last fit was given; nil if they
  /// could not be found.
  func linearResponse() -> LinearResponse.Covariance? {
    response.covariance(at: state)
  }

  /// Starts from a weighted least-squares fit to the log counts. Random terms have unit prior
  /// variance there or, with scales, an SD of 1 / scale, so that what a term adds to the linear
  /// predictor has unit variance.
  private func start(scales: [Double]?) throws(FitError) {
    expectations.startFromLogCounts(gram: trial.precision)
    for k in 0..<data.shape.termCount {
      trial.termPrecisions.pointer[k] = scales.map { $0[k] * $0[k] } ?? 1
    }
    factorization.factor(
      trial.precision, termPrecisions: trial.termPrecisions, fixedPrecision: fixedPrecision)
    trial.randomMean.copy(from: expectations.randomResidual)
    trial.fixedMean.copy(from: expectations.fixedResidual)
    factorization.solve(randomSide: trial.randomMean, fixedSide: trial.fixedMean)
    // A start that overflows is drawn towards the prior mean.
    for _ in 0..<BoundAscent.maximumHalvings {
      evaluateTrial()
      if trialValue.level.bound.isFinite {
        commit()
        return
      }
      trial.randomMean.scale(by: 0.5)
      trial.fixedMean.scale(by: 0.5)
    }
    if isSingular { throw singularDesign }
    throw FitError.noFiniteStart
  }

  /// Whether the rounding error of a variance may be more than about 1e-3 of it.
  private var isSingular: Bool {
    !(factorization.smallestRelativePivot > BoundAscent.minimumRelativePivot)
  }

  /// The point that the step from the current point leads to. Its precision holds A' diag(e) A at
  /// the current point from the moment that this point was evaluated.
  private var image: GaussianState { images[anderson.position] }
  private var trialImage: GaussianState { images[anderson.nextPosition] }

  /// Evaluates the bound and the expectations at the trial.
  private func evaluateTrial(prepare: @Sendable (Range<Int>) -> Void = { _ in }) {
    evidenceBound.evaluate(
      trial, into: &trialValue, expectations: trialExpectations, gram: trialImage.precision,
      prepare: prepare)
  }

  // MARK: BoundSolver

  var level: BoundLevel { current.level }
  var trialLevel: BoundLevel { trialValue.level }

  func proposeStep(share: Double) -> Double {
    for k in steppingLogSDs.indices { steppingLogSDs[k] = current.logSDs[k] }
    if extrapolates {
      extrapolation.advance(&steppingLogSDs, from: state, expectations: expectations)
    }
    return step.complete(
      image, from: state, expectations, logSDs: steppingLogSDs, optima: current.logSDs,
      share: share, anticipates: anticipates)
  }

  func evaluateCombination() -> Bool {
    let (trial, anderson) = (trial, anderson)
    trial.forEachSharedRange { anderson.combine(into: trial.vector, in: $0) }
    evaluateTrial { groups in
      trial.forEachRange(of: groups) { anderson.combine(into: trial.vector, in: $0) }
    }
    return step.isAccelerated
  }

  func evaluateStep() {
    trial.vector.copy(from: image.vector)
    evaluateTrial()
  }

  /// A step that does not look ahead. Acceleration needs the same map at every step, so steps do
  /// not look ahead from here on.
  func proposePlainerStep(share: Double) -> Double? {
    guard extrapolates || anticipates else { return nil }
    if anticipates {
      // The failed step has overwritten the blocks of `image`, so they are computed again.
      evidenceBound.evaluate(
        state, into: &trialValue, expectations: expectations, gram: image.precision)
    }
    extrapolates = false
    anticipates = false
    return proposeStep(share: share)
  }

  func evaluateHalvedStep(share: Double) {
    image.vector.interpolate(from: state.vector, to: image.vector, fraction: 0.5)
    evaluateStep()
  }

  func forgetSteps() { anderson.reset() }

  func evaluateLeap() -> Bool {
    let precisions = state.termPrecisions.array
    guard
      let optimum = RowSpaceOptimum(
        data, fixedPrecision: fixedPrecision, termPrecisions: precisions)
    else { return false }
    trial.termPrecisions.copy(from: state.termPrecisions)
    optimum.fill(trial)
    evaluateTrial()
    return true
  }

  /// Exchanges the current point and the trial, so that nothing is copied.
  func commit() {
    swap(&current, &trialValue)
    swap(&state, &trial)
    swap(&expectations, &trialExpectations)
    anderson.advance()
  }
}
