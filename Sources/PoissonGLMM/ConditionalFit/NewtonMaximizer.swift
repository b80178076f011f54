import Foundation

/// Maximizes the evidence bound of the mean-field or the structured approximation.
///
/// Both are Newton's method with an inflated rate, by the steps of `NewtonStep`; a step of length
/// rho goes that share of the way, in m and in S^-1 (its diagonal alone in mean-field). Steps look
/// ahead: the prior precisions E exp(-2 s) under which one is taken are extrapolated to where the
/// alternation between (b, u) and s is heading, and S^-1 anticipates the step of u. They are
/// combined by Anderson acceleration. A point that would lower the bound is given up for the full
/// step, then for the full step that does not look ahead, then for halved ones: the bound rises
/// along these for short enough steps. Where full steps overshoot, as they do where the linear
/// predictor's variance is above 2 or so, later steps are damped from the start.
final class NewtonMaximizer: BoundMaximizer {
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
  private var current: EvidenceBound.Value
  private var trial: GaussianState
  private var trialExpectations: Expectations
  private var trialValue: EvidenceBound.Value
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
  /// The share of a full step that steps take: less than 1 once full steps have overshot.
  private var damping = 1.0

  /// A fit ends where the square length of a full step, in posterior SDs, is below this. What is
  /// left then is of the same size at most: 1e-8 of an SD.
  private static let tolerance = 1e-16
  /// The same where the log SDs are held: 1e-5 of an SD, and 1e-10 in the bound.
  private static let heldTolerance = 1e-10
  /// The iterations that one such fit may take: where v is 20 and more convergence can be slow, and
  /// little depends on it.
  private static let heldIterations = 300
  private static let halvings = 30
  /// One very short step, far from the optimum, is not to slow down all that follow.
  private static let leastDamping = 0.25

  init(_ model: PoissonMixedModel, options: FitOptions) {
    data = model.data
    maximumIterations = options.maximumIterations
    singularDesign = FitError.singularDesign(dependentColumns: model.dependentColumns)
    fixedPrecision = model.priors.fixedEffectPrecision
    unexpectedScales = model.data.unexpectedRandomScales(priors: model.priors)
    let shape = data.shape
    chunks = GroupChunks(
      groupStarts: data.groupStarts, threads: options.threads, fewestRows: options.fewestRowsOfChunk
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
    current = EvidenceBound.Value(termCount: shape.termCount)
    trialValue = EvidenceBound.Value(termCount: shape.termCount)
    steppingLogSDs = current.logSDs
  }

  /// Runs to the optimum, or to the reason why not.
  ///
  /// Where columns of random terms are of a size that the prior does not expect, the bound can have
  /// two optima, with and without those effects. Both are tried then, and the higher one is taken.
  func maximize() throws(FitError) -> VariationalOptimum {
    try start(scales: nil)
    var climb = climb(tolerance: Self.tolerance, maximumIterations: maximumIterations)
    if let unexpectedScales {
      let (first, lower) = (snapshot(), current.bound)
      let other = try? climbAnew(scales: unexpectedScales)
      if let other, current.bound > lower {
        climb = other
      } else {
        trial.vector.copy(from: first)
        evaluateTrial()
        accept()
      }
    }
    let posterior = evidenceBound.posterior(of: state, logSDs: current.logSDs)
    // In mean-field the factorization only gives directions; in structured it is the covariance.
    if evidenceBound.usesFactorization && isSingular { throw singularDesign }
    return VariationalOptimum(posterior: posterior, summary: climb.summary)
  }

  private func climbAnew(scales: [Double]) throws(FitError) -> Climb {
    extrapolates = true
    anticipates = canAnticipate
    try start(scales: scales)
    return climb(tolerance: Self.tolerance, maximumIterations: maximumIterations)
  }

  /// Moves uphill from the current point until steps are shorter than the square root of
  /// `tolerance`.
  private func climb(tolerance: Double, maximumIterations: Int) -> Climb {
    damping = 1
    anderson.reset()
    var climb = Climb(
      from: current, tolerance: tolerance, maximumIterations: maximumIterations)
    while climb.stopReason == nil {
      let length = setImage()
      if climb.ends(beforeStepOf: length) { break }
      let (ownLength, moved) = move(length)
      climb.record(moved ? current : nil, length: ownLength)
    }
    return climb
  }

  /// A copy of the current point, to start from again.
  func snapshot() -> DoubleStorage {
    let copy = DoubleStorage(count: state.vector.count)
    copy.copy(from: state.vector)
    return copy
  }

  /// Maximizes the bound on log p(y | s) at held log SDs, from the point `start` (by default where
  /// the last fit ended).
  /// - Throws: `FitError` if the bound is not finite there.
  func maximize(
    holding logSDs: [Double], from start: DoubleStorage?
  ) throws(FitError) -> ConditionalOptimum {
    evidenceBound.heldLogSDs = logSDs
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
    guard trialValue.bound.isFinite else {
      throw FitError("The evidence bound is not finite at log standard deviations \(logSDs).")
    }
    accept()
    let climb = climb(
      tolerance: Self.heldTolerance,
      maximumIterations: min(maximumIterations, Self.heldIterations))
    let posterior = evidenceBound.posterior(of: state, logSDs: current.logSDs)
    let squares = expectations.termSquares
    extrapolation.setResponse(at: state, expectations: expectations)
    let response = extrapolation.response.pointer
    return ConditionalOptimum(
      bound: current.bound,
      gradient: squares.indices.map {
        squares[$0] * current.logSDs[$0].weight - Double(data.shape.groupCount)
      },
      curvature: squares.indices.map { k in
        let weight = current.logSDs[k].weight
        return -2 * weight * (squares[k] + response[k * squares.count + k])
      },
      posterior: posterior, iterations: climb.summary.iterations,
      lastStep: climb.shortest.squareRoot())
  }

  /// The covariances by linear response at the held log SDs of the last fit; nil if they could not
  /// be found.
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
    for _ in 0..<Self.halvings {
      evaluateTrial()
      if trialValue.bound.isFinite {
        accept()
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

  /// Completes `image`; returns the square length of the full step that leads to it, in posterior
  /// SDs.
  private func setImage() -> Double {
    for k in steppingLogSDs.indices { steppingLogSDs[k] = current.logSDs[k] }
    if extrapolates {
      extrapolation.advance(&steppingLogSDs, from: state, expectations: expectations)
    }
    return step.complete(
      image, from: state, expectations, logSDs: steppingLogSDs, optima: current.logSDs,
      share: damping, anticipates: anticipates)
  }

  /// Moves to a point where the bound is not lower.
  /// - Parameter fullLength: the square length of the full step that leads to `image`, in posterior
  ///   SDs.
  /// - Returns: that of the full step taken instead, if another was, and whether there was such a
  ///   point.
  private func move(_ fullLength: Double) -> (length: Double, moved: Bool) {
    if tryCombination() { return (fullLength, true) }
    anderson.reset()
    if step.isAccelerated && tryImage() { return (fullLength, true) }
    var length = fullLength
    // Acceleration needs one and the same map at every step: what has failed once is left out from
    // here on.
    if extrapolates || anticipates {
      if anticipates {
        // Such a step has overwritten the blocks of `image`.
        evidenceBound.evaluate(
          state, into: &trialValue, expectations: expectations, gram: image.precision)
      }
      extrapolates = false
      anticipates = false
      length = setImage()
      if tryImage() { return (length, true) }
    }
    for _ in 0..<Self.halvings {
      damping *= 0.5
      image.vector.interpolate(from: state.vector, to: image.vector, fraction: 0.5)
      if tryImage() {
        damping = max(damping, Self.leastDamping)
        return (length, true)
      }
    }
    return (length, false)
  }

  /// Tries the combination of the last steps.
  private func tryCombination() -> Bool {
    let (trial, anderson) = (trial, anderson)
    trial.forEachSharedRange { anderson.combine(into: trial.vector, in: $0) }
    evaluateTrial { groups in
      trial.forEachRange(of: groups) { anderson.combine(into: trial.vector, in: $0) }
    }
    return acceptsTrial()
  }

  /// Tries where the last step alone leads.
  private func tryImage() -> Bool {
    trial.vector.copy(from: image.vector)
    evaluateTrial()
    return acceptsTrial()
  }

  /// Fills what belongs to the point under trial.
  private func evaluateTrial(prepare: @Sendable (Range<Int>) -> Void = { _ in }) {
    evidenceBound.evaluate(
      trial, into: &trialValue, expectations: trialExpectations, gram: trialImage.precision,
      prepare: prepare)
  }

  /// Accepts the trial unless it lowers the bound by more than rounding error.
  private func acceptsTrial() -> Bool {
    let slack = max(trialValue.roundingError, current.roundingError)
    // An overflow makes both the bound and its error infinite.
    guard trialValue.bound.isFinite, trialValue.bound >= current.bound - slack else {
      return false
    }
    accept()
    return true
  }

  /// Makes the trial the current point; the two change places, so that nothing is copied.
  private func accept() {
    swap(&current, &trialValue)
    swap(&state, &trial)
    swap(&expectations, &trialExpectations)
    anderson.advance()
  }
}
