import Foundation

/// Maximizes the evidence bound of the mean-field or the structured approximation.
///
/// Both are Newton's method with an inflated rate, by the steps of `NewtonStep`; a step of length
/// rho goes that share of the way, in m and in S^-1 (its diagonal alone in mean-field). Steps look
/// ahead: the prior precisions E exp(-2 s) under which one is taken are extrapolated to where the
/// alternation between (b, u) and s is heading, and S^-1 anticipates the step of u. The plainer
/// steps that `BoundAscent` falls back to do not look ahead.
final class NewtonMaximizer: BoundMaximizer, BoundSolver {
  private let evidenceBound: EvidenceBound
  private let data: ModelData
  private let maximumIterations: Int
  private let fixedPrecision: Double

  private let factorization: ArrowFactorization
  private let anderson: AndersonAcceleration
  private let step: NewtonStep
  private let extrapolation: LogSDExtrapolation
  /// The current point and the expectations there; the same of the point under trial.
  private var state: GaussianState
  private var expectations: Expectations
  private var current: BoundValue
  private var trial: GaussianState
  private var trialExpectations: Expectations
  private var trialValue: BoundValue
  /// Where steps lead, in the slots of the acceleration.
  private let images: [GaussianState]
  /// The q(s) under which a step is taken.
  private var steppingLogSDs: [LogSDPosterior]
  private lazy var response = LinearResponse(
    data, chunks: chunks, factorization: factorization)
  private let chunks: GroupChunks
  private let singularDesign: FitError
  /// Sizes of the random terms' columns, if there are any that the prior does not expect.
  private let unexpectedScales: [Double]?
  /// Whether steps look ahead along q(s), and along S, as they do until one of them fails.
  private var extrapolates = true
  private var anticipates: Bool
  private let canAnticipate: Bool
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

  /// Runs to the optimum, or to the reason why not.
  ///
  /// Where columns of random terms are of a size that the prior does not expect, the bound can have
  /// two optima, with and without those effects. Both are tried then, and the higher one is taken.
  func maximize() throws(FitError) -> VariationalOptimum {
    evidenceBound.conditionalLogSDs = nil
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
    return BoundAscent.maximize(
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
    evidenceBound.conditionalLogSDs = logSDs
    extrapolates = false
    // Blocks that anticipate and borders that do not belong to different rates. What is left of the
    // difference at the end, a step below the tolerance, weighs more in the Schur complement: too
    // much where the tolerance is this wide.
    anticipates = false
    trial.vector.copy(from: start ?? state.vector)
    let q = data.shape.termCount
    for k in 0..<q {
      let weight = exp(-2 * logSDs[k])
      // Where the prior gets weaker, S stays as it was for a start: it could be so wide that the
      // rates overflow.
      let loss = max(0, trial.termPrecisions.pointer[k] - weight)
      trial.termPrecisions.pointer[k] = weight
      for group in 0..<data.shape.groupCount {
        trial.precision.blocks.pointer[(group * q + k) * q + k] += loss
      }
    }
    evaluateTrial()
    guard trialValue.level.bound.isFinite else {
      throw FitError("The evidence bound is not finite at log standard deviations \(logSDs).")
    }
    commit()
    let monitor = BoundAscent.maximize(
      self, tolerance: BoundAscent.conditionalTolerance,
      maximumIterations: min(maximumIterations, BoundAscent.maximumConditionalIterations))
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
        let weight = current.logSDs[k].termPrecision
        return -2 * weight * (squares[k] + slopes[k * squares.count + k])
      },
      posterior: posterior, iterations: monitor.summary.iterations,
      lastStep: monitor.shortest.squareRoot())
  }

  /// The covariances by linear response at the log SDs that the last fit was given; nil if they
  /// could not be found.
  func linearResponse() -> LinearResponse.Covariance? {
    response.covariance(at: state)
  }

  /// A weighted least-squares fit to the log counts, with unit variance for every random term, or
  /// for what a random term adds to the linear predictor: an SD of 1 / scale.
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

  /// Whether rounding error is more than some 1e-3 of a variance.
  private var isSingular: Bool { !(factorization.smallestRelativePivot > 1e-13) }

  /// Where the step from the current point leads; what a pass found there is in it from the start.
  private var image: GaussianState { images[anderson.position] }
  private var trialImage: GaussianState { images[anderson.nextPosition] }

  /// Fills what belongs to the point under trial.
  private func evaluateTrial(prepare: @Sendable (Range<Int>) -> Void = { _ in }) {
    evidenceBound.evaluate(
      trial, into: &trialValue, expectations: trialExpectations, gram: trialImage.precision,
      prepare: prepare)
  }

  // MARK: BoundSolver

  var level: BoundLevel { current.level }
  var trialLevel: BoundLevel { trialValue.level }
  var isAccelerated: Bool { step.isAccelerated }

  func proposeStep(share: Double) -> Double {
    for k in steppingLogSDs.indices { steppingLogSDs[k] = current.logSDs[k] }
    if extrapolates {
      extrapolation.advance(&steppingLogSDs, from: state, expectations: expectations)
    }
    return step.complete(
      image, from: state, expectations, logSDs: steppingLogSDs, optima: current.logSDs,
      share: share, anticipates: anticipates)
  }

  func evaluateCombination() {
    let (trial, anderson) = (trial, anderson)
    trial.forEachSharedRange { anderson.combine(into: trial.vector, in: $0) }
    evaluateTrial { groups in
      trial.forEachRange(of: groups) { anderson.combine(into: trial.vector, in: $0) }
    }
  }

  func evaluateStep() {
    trial.vector.copy(from: image.vector)
    evaluateTrial()
  }

  /// A step that does not look ahead. Acceleration needs one and the same map at every step: what
  /// has failed once is left out from here on.
  func proposePlainerStep(share: Double) -> Double? {
    guard extrapolates || anticipates else { return nil }
    if anticipates {
      // Such a step has overwritten the blocks of `image`.
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

  /// The two change places, so that nothing is copied.
  func commit() {
    swap(&current, &trialValue)
    swap(&state, &trial)
    swap(&expectations, &trialExpectations)
    anderson.advance()
  }
}
