import Foundation

/// Maximizes the evidence bound of the mean-field or the structured approximation.
///
/// Both are Newton's method with an inflated rate: with P = A' diag(e) A + prior precisions, a full step is
///
///     m <- m + P^-1 grad_m      S^-1 <- P        (its diagonal alone in mean-field)
///
/// and a step of length rho goes that share of the way, in m and in S^-1. The prior precisions E exp(-2 s) under which a
/// step is taken are extrapolated to where the alternation between (b, u) and s is heading, and the steps are combined by
/// Anderson acceleration. A point that would lower the bound is given up for the full step, then for the full step
/// without extrapolation, then for halved ones: the bound rises along these for short enough steps. Where full steps
/// overshoot, as they do where the linear predictor's variance is above 2 or so, later steps are damped from the start.
final class NewtonMaximizer: BoundMaximizer {
  private let evidenceBound: EvidenceBound
  private let data: ModelData
  private let maximumIterations: Int
  private let fixedPrecision: Double

  private let factorization: ArrowFactorization
  private let anderson: AndersonAcceleration
  /// The current point, with its expectations and where a full step from it leads.
  private var state: GaussianState
  private var image: GaussianState
  private var expectations: Expectations
  private var current = EvidenceBound.Value()
  /// The same of the point under trial.
  private var trial: GaussianState
  private var trialImage: GaussianState
  private var trialExpectations: Expectations
  private lazy var response = LinearResponse(
    data, chunks: chunks, factorization: factorization)
  private let chunks: GroupChunks
  private let singularDesign: FitError
  /// Sizes of the random terms' columns, if there are any that the prior does not expect.
  private let unexpectedScales: [Double]?
  private let step: GaussianState.Mean
  /// Two sums of every chunk of groups.
  private let stepSums: DoubleStorage
  /// Whether steps look ahead along q(s), as they do until one of them fails.
  private var extrapolates = true
  /// The share of a full step that steps take: less than 1 once full steps have overshot.
  private var damping = 1.0

  /// A fit ends when the square length of a full step, in posterior SDs, is below this. What is left then is of the same
  /// size at most: 1e-8 of an SD.
  private static let tolerance = 1e-16
  /// The same where the log SDs are held: 1e-5 of an SD, and 1e-10 in the bound.
  private static let heldTolerance = 1e-10
  /// The iterations that one such fit may take: where v is 20 and more convergence can be slow, and little depends on it.
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
    chunks = GroupChunks(groupStarts: data.groupStarts, threads: options.threads)
    factorization = ArrowFactorization(shape, chunks: chunks)
    evidenceBound = EvidenceBound(
      model, isDiagonal: options.approximation == .meanField, factorization: factorization)
    anderson = AndersonAcceleration(
      residualCount: 2 * (shape.randomEffectCount + shape.fixedCount) + shape.termCount,
      threads: options.threads)
    stepSums = DoubleStorage(count: 2 * chunks.count)
    state = GaussianState(shape)
    image = GaussianState(shape)
    trial = GaussianState(shape)
    trialImage = GaussianState(shape)
    expectations = Expectations(data, chunks: chunks)
    trialExpectations = Expectations(data, chunks: chunks)
    step = GaussianState.Mean(shape)
  }

  /// Runs to the optimum, or to the reason why not.
  ///
  /// Where columns of random terms are of a size that the prior does not expect, the bound can have two optima, with and
  /// without those effects. Both are tried then, and the higher one is taken.
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
        accept(evaluateTrial(isFactored: false))
      }
    }
    let optimum = evidenceBound.optimum(
      state, logSDs: current.logSDs, summary: climb.summary)
    // In mean-field the factorization only gives directions; in structured it is the covariance.
    if evidenceBound.usesFactorization && isSingular { throw singularDesign }
    return optimum
  }

  private func climbAnew(scales: [Double]) throws(FitError) -> Climb {
    extrapolates = true
    anderson.reset()
    try start(scales: scales)
    return climb(tolerance: Self.tolerance, maximumIterations: maximumIterations)
  }

  /// Moves uphill from the current point until steps are shorter than the square root of `tolerance`.
  private func climb(tolerance: Double, maximumIterations: Int) -> Climb {
    damping = 1
    var climb = Climb(
      from: current, tolerance: tolerance, maximumIterations: maximumIterations)
    while climb.stopReason == nil {
      let logSDs = current.logSDs
      let length = setImage(
        weightsOf: extrapolates ? logSDExtrapolation.next(after: logSDs) : logSDs)
      if evidenceBound.heldLogSDs != nil, climb.ends(beforeStepOf: length) { break }
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

  /// Maximizes the bound on log p(y | s) at held log SDs, from the point `start` (by default where the last fit ended).
  /// - Throws: `FitError` if the bound is not finite there.
  func maximize(
    holding logSDs: [Double], from start: DoubleStorage?
  ) throws(FitError) -> HeldOptimum {
    evidenceBound.heldLogSDs = logSDs
    extrapolates = false
    anderson.reset()
    trial.vector.copy(from: start ?? state.vector)
    let q = data.shape.termCount
    for k in 0..<q {
      let weight = exp(-2 * logSDs[data.componentOfTerm[k]])
      // Where the prior gets weaker, S stays as it was for a start: it could be so wide that the rates overflow.
      let loss = max(0, trial.termPrecisions.pointer[k] - weight)
      trial.termPrecisions.pointer[k] = weight
      for group in 0..<data.shape.groupCount {
        trial.precision.blocks.pointer[(group * q + k) * q + k] += loss
      }
    }
    let value = evaluateTrial(isFactored: false)
    guard value.bound.isFinite else {
      throw FitError("The evidence bound is not finite at log standard deviations \(logSDs).")
    }
    accept(value)
    let climb = climb(
      tolerance: Self.heldTolerance,
      maximumIterations: min(maximumIterations, Self.heldIterations))
    let optimum = evidenceBound.optimum(state, logSDs: current.logSDs, summary: climb.summary)
    let squares = expectations.componentSquares
    let response = logSDExtrapolation.componentResponse()
    return HeldOptimum(
      bound: current.bound,
      gradient: squares.indices.map {
        squares[$0] * current.logSDs[$0].weight - data.effectsOfComponent[$0]
      },
      curvature: squares.indices.map { k in
        let weight = current.logSDs[k].weight
        return -2 * weight * (squares[k] + response[k * squares.count + k])
      },
      fixedMean: optimum.fixedMean, fixedCovariance: optimum.fixedCovariance,
      randomMean: optimum.randomMean, randomVariance: optimum.randomVariance,
      iterations: climb.summary.iterations, lastStep: climb.shortest.squareRoot())
  }

  /// The covariances by linear response at the held log SDs of the last fit; nil if they could not be found.
  func linearResponse() -> LinearResponse.Covariance? {
    response.covariance(at: state)
  }

  /// A weighted least-squares fit to the log counts, with unit variance for every random term, or for what a random term
  /// adds to the linear predictor: an SD of 1 / scale.
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
      let value = evaluateTrial(isFactored: true)
      if value.bound.isFinite {
        accept(value)
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

  /// Moves to a point where the bound is not lower.
  /// - Parameter fullLength: the square length of the full step that leads to `image`, in posterior SDs.
  /// - Returns: that of the full step taken instead, if another was, and whether there was such a point.
  private func move(_ fullLength: Double) -> (length: Double, moved: Bool) {
    var length = fullLength
    if damping < 1 {
      trial.vector.interpolate(from: state.vector, to: image.vector, fraction: damping)
      image.vector.copy(from: trial.vector)
    }
    measureResidual()
    let isAccelerated = anderson.combine(image: image.vector, into: trial.vector)
    if tryTrial(isFactored: !isAccelerated && damping == 1) { return (length, true) }
    anderson.reset()
    if isAccelerated {
      trial.vector.copy(from: image.vector)
      if tryTrial(isFactored: false) { return (length, true) }
    }
    // Acceleration needs one and the same map at every step: what has failed once is left out from here on.
    if extrapolates {
      extrapolates = false
      length = setImage(weightsOf: current.logSDs)
      trial.vector.copy(from: image.vector)
      if tryTrial(isFactored: false) { return (length, true) }
    }
    for _ in 0..<Self.halvings {
      damping *= 0.5
      trial.vector.interpolate(from: state.vector, to: image.vector, fraction: 0.5)
      image.vector.copy(from: trial.vector)
      if tryTrial(isFactored: false) {
        damping = max(damping, Self.leastDamping)
        return (length, true)
      }
    }
    return (length, false)
  }

  /// Fills the residual that acceleration is to shrink: of the means and of the diagonal of the precision, each in units
  /// of its own posterior spread.
  private func measureResidual() {
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (residual, weights, state, image) = (anderson.residual, anderson.weights, state, image)
    chunks.run { _, _, groups in
      for group in groups {
        for k in 0..<q {
          let index = group &* q &+ k
          let old = state.precision.blocks.pointer[index &* q &+ k]
          let new = image.precision.blocks.pointer[index &* q &+ k]
          let precision = new + image.termPrecisions.pointer[k]
          residual.pointer[2 &* index] =
            image.randomMean.pointer[index] - state.randomMean.pointer[index]
          weights.pointer[2 &* index] = precision
          residual.pointer[2 &* index &+ 1] = new - old
          weights.pointer[2 &* index &+ 1] = 0.5 / (precision * precision)
        }
      }
    }
    var next = 2 * shape.randomEffectCount
    func add(_ old: Double, _ new: Double, _ weight: Double) {
      residual.pointer[next] = new - old
      weights.pointer[next] = weight
      next += 1
    }
    for c in 0..<p {
      let old = state.precision.corner.pointer[c * (p + 1)]
      let new = image.precision.corner.pointer[c * (p + 1)]
      let precision = new + fixedPrecision
      add(state.fixedMean.pointer[c], image.fixedMean.pointer[c], precision)
      add(old, new, 0.5 / (precision * precision))
    }
    for k in 0..<q {
      let new = image.termPrecisions.pointer[k]
      add(state.termPrecisions.pointer[k], new, 0.5 * Double(shape.groupCount) / (new * new))
    }
  }

  private var logSDExtrapolation: LogSDExtrapolation {
    LogSDExtrapolation(
      data: data, priorSD: evidenceBound.priors.logSDSD, state: state, expectations: expectations,
      factorization: factorization)
  }

  /// Completes `image`, which holds A' diag(e) A, to the end point of a full step under the given q(s).
  /// - Returns: the step's square length in posterior SDs: that of the means in the metric P, plus those of the log
  ///   SDs and of the log precisions.
  private func setImage(weightsOf logSDs: [LogSDPosterior]) -> Double {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    for k in 0..<q {
      image.termPrecisions.pointer[k] = logSDs[data.componentOfTerm[k]].weight
    }
    factorization.factor(
      image.precision, termPrecisions: image.termPrecisions, fixedPrecision: fixedPrecision)
    setGradient(step)
    factorization.solve(randomSide: step.random, fixedSide: step.fixed)

    var (decrement, spread) = moveRandomImage()
    for c in 0..<p {
      decrement += step.fixed.pointer[c] * fixedGradient(c)
      image.fixedMean.pointer[c] = state.fixedMean.pointer[c] + step.fixed.pointer[c]
      let precision = image.precision.corner.pointer[c * (p + 1)]
      let change = precision - state.precision.corner.pointer[c * (p + 1)]
      let relative = change / (precision + fixedPrecision)
      spread += 0.5 * relative * relative
    }
    for k in 0..<q {
      let logSD = current.logSDs[data.componentOfTerm[k]]
      guard logSD.variance > 0 else { continue }
      // A change d of log w is a change d / 2 of s.
      let change =
        0.5 * log(image.termPrecisions.pointer[k] / state.termPrecisions.pointer[k])
      spread += change * change / logSD.variance
    }
    return decrement.magnitude + spread
  }

  /// The part of `setImage` that belongs to the random effects.
  private func moveRandomImage() -> (decrement: Double, spread: Double) {
    let q = data.shape.termCount
    let (stepSums, step, state, image) = (stepSums, step, state, image)
    let residual = expectations.randomResidual
    chunks.run { _, chunk, groups in
      var (decrement, spread) = (0.0, 0.0)
      let weights = image.termPrecisions.pointer
      for group in groups {
        for k in 0..<q {
          let index = group &* q &+ k
          let mean = state.randomMean.pointer[index]
          let change = step.random.pointer[index]
          decrement += change * (residual.pointer[index] - weights[k] * mean)
          image.randomMean.pointer[index] = mean + change
          let precision = image.precision.blocks.pointer[index &* q &+ k]
          let growth = precision - state.precision.blocks.pointer[index &* q &+ k]
          let relative = growth / (precision + weights[k])
          spread += 0.5 * relative * relative
        }
      }
      stepSums.pointer[2 * chunk] = decrement
      stepSums.pointer[2 * chunk + 1] = spread
    }
    var sums = (decrement: 0.0, spread: 0.0)
    for chunk in 0..<chunks.count {
      sums.decrement += stepSums.pointer[2 * chunk]
      sums.spread += stepSums.pointer[2 * chunk + 1]
    }
    return sums
  }

  private func fixedGradient(_ c: Int) -> Double {
    expectations.fixedResidual.pointer[c] - fixedPrecision * state.fixedMean.pointer[c]
  }

  /// The gradient of the bound with respect to the mean.
  private func setGradient(_ gradient: GaussianState.Mean) {
    let q = data.shape.termCount
    let (residual, state, image) = (expectations.randomResidual, state, image)
    chunks.run { _, _, groups in
      for group in groups {
        for k in 0..<q {
          let index = group &* q &+ k
          gradient.random.pointer[index] =
            residual.pointer[index]
            - image.termPrecisions.pointer[k] * state.randomMean.pointer[index]
        }
      }
    }
    for c in 0..<gradient.fixed.count { gradient.fixed.pointer[c] = fixedGradient(c) }
  }

  /// Accepts the trial unless it lowers the bound by more than rounding error.
  private func tryTrial(isFactored: Bool) -> Bool {
    let value = evaluateTrial(isFactored: isFactored)
    let slack = max(value.roundingError, current.roundingError)
    // An overflow makes both the bound and its error infinite.
    guard value.bound.isFinite, value.bound >= current.bound - slack else { return false }
    accept(value)
    return true
  }

  private func evaluateTrial(isFactored: Bool) -> EvidenceBound.Value {
    evidenceBound.evaluate(
      trial, isFactored: isFactored, expectations: trialExpectations, gram: trialImage.precision)
  }

  /// Makes the trial the current point; the two change places, so that nothing is copied.
  private func accept(_ value: EvidenceBound.Value) {
    current = value
    swap(&state, &trial)
    swap(&image, &trialImage)
    swap(&expectations, &trialExpectations)
  }
}
