import Foundation

/// Maximizes the structured bound of a random-intercept model: Newton's method on (E b, log w),
/// with every group's q(u_j | b) at its optimum throughout.
///
/// Its optimum is that of `NewtonMaximizer`. Steps are combined by Anderson acceleration, for what
/// a step leaves out: that S and the loadings respond to it. A step that would lower the bound is
/// given up for the unaccelerated one, then for a natural-gradient step, and that for shorter ones,
/// along which the bound rises in the end.
final class InterceptMaximizer: BoundMaximizer {
  private let source: InterceptData
  private let data: ModelData
  private let priors: Priors
  private let singularDesign: FitError
  private let maximumIterations: Int
  private let pass: InterceptPass
  private lazy var response = InterceptResponse(source, chunks: chunks)
  private let chunks: GroupChunks
  private lazy var generalFactorization = ArrowFactorization(data.shape, chunks: chunks)
  private lazy var generalResponse = LinearResponse(
    data, chunks: chunks, factorization: generalFactorization)

  /// The current point and what a pass found there; the same of the point under trial.
  private var posterior: InterceptPosterior
  private var groups: InterceptGroups
  private let sumStorage: DoubleStorage
  private var sums: InterceptSums
  private var current = EvidenceBound.Value(termCount: 1)
  private var trialPosterior: InterceptPosterior
  private var trialGroups: InterceptGroups
  private var trialSums: InterceptSums
  private var trialValue = EvidenceBound.Value(termCount: 1)

  private var step: InterceptStep
  private let anderson: AndersonAcceleration
  /// E b, S^-1 and log w where steps lead, in the slots of the acceleration, and where the
  /// acceleration leads.
  private let images: [DoubleStorage]
  private var image: DoubleStorage { images[anderson.position] }
  private let accelerated: DoubleStorage
  /// Of residuals.
  private let products: DoubleStorage
  private let meanShift: DoubleStorage
  private var heldLogSD: Double?
  /// The share of a full step that steps take: less than 1 once full steps have overshot.
  private var damping = 1.0

  private static let tolerance = 1e-16
  private static let heldTolerance = 1e-10
  private static let heldIterations = 300
  private static let halvings = 30
  private static let leastDamping = 0.25

  /// - Returns: nil if the model is not of this kind.
  init?(_ model: PoissonMixedModel, options: FitOptions) {
    guard options.approximation != .meanField, let source = InterceptData(model.data) else {
      return nil
    }
    self.source = source
    data = model.data
    priors = model.priors
    singularDesign = FitError.singularDesign(dependentColumns: model.dependentColumns)
    maximumIterations = options.maximumIterations
    chunks = GroupChunks(
      groupStarts: data.groupStarts, threads: options.threads, fewestRows: options.fewestRowsOfChunk
    )
    pass = InterceptPass(source, chunks: chunks)
    let p = data.shape.fixedCount
    posterior = InterceptPosterior(fixedCount: p)
    trialPosterior = InterceptPosterior(fixedCount: p)
    groups = InterceptGroups(data.shape)
    trialGroups = InterceptGroups(data.shape)
    let count = InterceptSums.count(source)
    sumStorage = DoubleStorage(count: 2 * count)
    sums = InterceptSums(source, in: sumStorage, from: 0)
    trialSums = InterceptSums(source, in: sumStorage, from: count)
    step = InterceptStep(source)
    meanShift = DoubleStorage(count: p)
    let pointCount = p + p * p + 1
    images = (0..<AndersonAcceleration.slots).map { _ in DoubleStorage(count: pointCount) }
    accelerated = DoubleStorage(count: pointCount)
    anderson = AndersonAcceleration(images: images, residualCount: pointCount)
    products = DoubleStorage(count: AndersonAcceleration.productCount)
  }

  func maximize() throws(FitError) -> VariationalOptimum {
    heldLogSD = nil
    try start()
    let climb = climb(tolerance: Self.tolerance, maximumIterations: maximumIterations)
    if isSingular { throw singularDesign }
    return VariationalOptimum(posterior: gaussian(), summary: climb.summary)
  }

  /// The current point as what a fit reports.
  private func gaussian() -> GaussianPosterior {
    GaussianPosterior(
      logSDMean: current.logSDs.map(\.mean), logSDVariance: current.logSDs.map(\.variance),
      fixedMean: posterior.mean.array,
      fixedCovariance: Matrix(order: data.shape.fixedCount, elements: posterior.covariance.array),
      randomMean: groups.mean.array, randomVariance: randomVariances(), covarianceSource: .bound)
  }

  func maximize(
    holding logSDs: [Double], from start: DoubleStorage?
  ) throws(FitError) -> ConditionalOptimum {
    heldLogSD = logSDs.first
    let logWeight = -2 * (logSDs.first ?? 0)
    let origin = start ?? snapshot()
    restore(origin, logWeight: logWeight)
    evaluateTrial(fraction: 1)
    if !trialValue.bound.isFinite {
      restore(origin, logWeight: logWeight, follows: false)
      evaluateTrial(fraction: 1)
    }
    if !trialValue.bound.isFinite {
      // The last fit may have left the groups too far away to come back from: they begin anew.
      try self.start()
      restore(origin, logWeight: logWeight, follows: false)
      evaluateTrial(fraction: 1)
    }
    guard trialValue.bound.isFinite else {
      throw FitError("The evidence bound is not finite at log standard deviations \(logSDs).")
    }
    accept()
    let climb = climb(
      tolerance: Self.heldTolerance,
      maximumIterations: min(maximumIterations, Self.heldIterations))
    let weight = posterior.weight
    let squares = sums.squares.pointee
    return ConditionalOptimum(
      bound: current.bound,
      gradient: [squares * weight - Double(data.shape.groupCount)],
      curvature: [-2 * weight * (squares + step.squaresSlope)],
      posterior: gaussian(), iterations: climb.summary.iterations,
      lastStep: climb.shortest.squareRoot())
  }

  func linearResponse() -> LinearResponse.Covariance? {
    if let covariance = response.covariance(at: posterior, groups: groups, step: step) {
      return covariance
    }
    // The same point in the terms of the general equations.
    let state = GaussianState(data.shape)
    let p = data.shape.fixedCount
    state.fixedMean.copy(from: posterior.mean)
    state.randomMean.copy(from: groups.mean)
    state.termPrecisions.fill(with: posterior.weight)
    state.precision.borders.copy(from: groups.rows(of: groups.loading))
    state.precision.corner.copy(from: posterior.precision)
    for group in 0..<data.shape.groupCount {
      let precision = 1 / groups.variance.pointer[group]
      state.precision.blocks.pointer[group] = precision - posterior.weight
      let border = state.precision.borders.pointer + group * p
      for c in 0..<p {
        let loading = border[c]
        for d in 0..<p {
          state.precision.corner.pointer[d * p + c] +=
            loading * precision * groups.loading.pointer[d * data.shape.groupCount + group]
        }
      }
      for c in 0..<p { border[c] *= precision }
    }
    for c in 0..<p {
      state.precision.corner.pointer[c * (p + 1)] -= priors.fixedEffectPrecision
    }
    generalFactorization.factor(
      state.precision, termPrecisions: state.termPrecisions,
      fixedPrecision: priors.fixedEffectPrecision)
    return generalResponse.covariance(at: state)
  }

  // MARK: Where to start

  /// E b, S^-1, log w and d E b / d log w: groups find their own optimum from wherever they are.
  func snapshot() -> DoubleStorage {
    let p = data.shape.fixedCount
    let copy = DoubleStorage(count: 2 * p + p * p + 1)
    copy.pointer.update(from: posterior.mean.pointer, count: p)
    (copy.pointer + p).update(from: step.meanSlope.pointer, count: p)
    (copy.pointer + 2 * p).update(from: posterior.precision.pointer, count: p * p)
    copy.pointer[2 * p + p * p] = log(posterior.weight)
    return copy
  }

  /// Sets the trial to where a snapshot says the optimum under another w is, to first order.
  private func restore(_ snapshot: DoubleStorage, logWeight: Double, follows: Bool = true) {
    let p = data.shape.fixedCount
    let change = follows ? logWeight - snapshot.pointer[2 * p + p * p] : 0
    for c in 0..<p {
      let mean = snapshot.pointer[c] + change * snapshot.pointer[p + c]
      trialPosterior.mean.pointer[c] = mean
      meanShift.pointer[c] = mean - posterior.mean.pointer[c]
    }
    trialPosterior.precision.pointer.update(from: snapshot.pointer + 2 * p, count: p * p)
    trialPosterior.weight = exp(logWeight)
    trialPosterior.invertPrecision(sizes: step.sizes)
  }

  /// A weighted least-squares fit to the log counts, with unit variance for the intercepts.
  private func start() throws(FitError) {
    pass.startFromLogCounts(into: groups, sums: sums)
    step.setMatrices(sums, fixedPrecision: priors.fixedEffectPrecision)
    trialPosterior.precision.copy(from: step.precision)
    trialPosterior.weight = 1
    trialPosterior.invertPrecision(sizes: step.sizes)
    let p = data.shape.fixedCount
    for c in 0..<p {
      var value = 0.0
      for d in 0..<p {
        value +=
          trialPosterior.covariance.pointer[c * p + d] * (sums.response[d] - sums.ratesSlope[d])
      }
      trialPosterior.mean.pointer[c] = value
      meanShift.pointer[c] = value
    }
    // A start that overflows is drawn towards the prior mean.
    for _ in 0..<Self.halvings {
      evaluateTrial(fraction: 1)
      if trialValue.bound.isFinite {
        accept()
        return
      }
      trialPosterior.mean.scale(by: 0.5)
      meanShift.scale(by: 0.5)
      groups.mean.scale(by: 0.5)
    }
    posterior = trialPosterior
    if isSingular { throw singularDesign }
    throw FitError.noFiniteStart
  }

  /// Whether rounding error is more than some 1e-3 of a variance.
  private var isSingular: Bool { !(posterior.smallestRelativePivot > 1e-13) }

  // MARK: Steps

  private func climb(tolerance: Double, maximumIterations: Int) -> Climb {
    damping = 1
    anderson.reset()
    var climb = Climb(
      from: current, tolerance: tolerance, maximumIterations: maximumIterations)
    while true {
      step.set(sums, at: posterior, isHeld: heldLogSD != nil, priors: priors)
      let length = step.length
      if climb.ends(beforeStepOf: length) { return climb }
      climb.record(moves() ? current : nil, length: length)
    }
  }

  /// Moves to a point where the bound is not lower, if there is one along the step.
  private func moves() -> Bool {
    anderson.open()
    setImage()
    products.fill(with: 0)
    anderson.addProducts(in: 0..<accelerated.count, to: products.pointer)
    if anderson.close(products.pointer) {
      anderson.combine(into: accelerated, in: 0..<accelerated.count)
      if tryPoint(accelerated, fraction: 1) { return true }
      anderson.reset()
    }
    if tryPoint(image, fraction: damping) { return true }
    anderson.reset()
    step.solveSafely(posterior)
    var fraction = damping
    for _ in 0..<Self.halvings {
      setSafeImage(fraction: fraction)
      if tryPoint(image, fraction: fraction) {
        damping = max(fraction, Self.leastDamping)
        return true
      }
      fraction *= 0.5
    }
    return false
  }

  /// Where the step leads, and its residual: in units of posterior SDs for E b and s, of the
  /// diagonal for S^-1.
  private func setImage() {
    let p = data.shape.fixedCount
    let image = image
    let (residual, weights) = (anderson.residual.pointer, anderson.weights.pointer)
    for c in 0..<p {
      image.pointer[c] = posterior.mean.pointer[c] + damping * step.meanChange.pointer[c]
      residual[c] = damping * step.meanChange.pointer[c]
      weights[c] = step.precision.pointer[c * (p + 1)]
    }
    for index in 0..<(p * p) {
      let change = damping * (step.precision.pointer[index] - posterior.precision.pointer[index])
      image.pointer[p + index] = posterior.precision.pointer[index] + change
      residual[p + index] = change
      weights[p + index] =
        0.5 / (weights[index / p] * weights[index % p])
    }
    let last = p + p * p
    image.pointer[last] = log(posterior.weight) + damping * step.logWeightChange
    residual[last] = damping * step.logWeightChange
    weights[last] = 0.25 / max(current.logSDs.first?.variance ?? 1, .leastNormalMagnitude)
  }

  /// Where a natural-gradient step of E b and S^-1 leads, with q(s) at its optimum: uphill if short
  /// enough.
  private func setSafeImage(fraction: Double) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      image.pointer[c] = posterior.mean.pointer[c] + fraction * step.safeMeanChange.pointer[c]
    }
    for index in 0..<(p * p) {
      let change = step.precision.pointer[index] - posterior.precision.pointer[index]
      image.pointer[p + index] = posterior.precision.pointer[index] + fraction * change
    }
    image.pointer[p + p * p] = current.logSDs.first?.logWeight ?? log(posterior.weight)
  }

  private func tryPoint(_ point: DoubleStorage, fraction: Double) -> Bool {
    let p = data.shape.fixedCount
    for c in 0..<p {
      trialPosterior.mean.pointer[c] = point.pointer[c]
      meanShift.pointer[c] = point.pointer[c] - posterior.mean.pointer[c]
    }
    trialPosterior.precision.pointer.update(from: point.pointer + p, count: p * p)
    trialPosterior.weight = exp(point.pointer[p + p * p])
    trialPosterior.invertPrecision(sizes: step.sizes)
    evaluateTrial(fraction: fraction)
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
    anderson.advance()
    swap(&posterior, &trialPosterior)
    swap(&groups, &trialGroups)
    swap(&sums, &trialSums)
  }

  // MARK: The bound

  /// The bound at the trial, with every group at its optimum, as in `EvidenceBound`.
  private func evaluateTrial(fraction: Double) {
    pass.run(
      trialPosterior,
      from: InterceptPass.Start(groups: groups, fraction: fraction, meanShift: meanShift),
      into: trialGroups, sums: trialSums)
    let p = data.shape.fixedCount
    let precision = priors.fixedEffectPrecision
    let expected = trialSums.expectedCount.pointee
    var bound = source.offsetProduct + trialSums.countProduct.pointee - expected
    var magnitude = source.offsetMagnitude + trialSums.magnitude.pointee + expected
    for c in 0..<p {
      let mean = trialPosterior.mean.pointer[c]
      let product = source.fixedCounts[c] * mean
      let variance = trialPosterior.covariance.pointer[c * (p + 1)]
      bound += product
      magnitude += product.magnitude
      bound += 0.5 * log(precision / (2 * Double.pi)) - 0.5 * precision * (mean * mean + variance)
    }
    bound -= data.sumLogFactorials
    let effects = Double(data.shape.groupCount)
    let dimension = effects + Double(p)
    let logDeterminant = trialPosterior.logDeterminant - trialSums.logPrecisions.pointee
    bound += 0.5 * (logDeterminant + dimension * (1 + log(2 * Double.pi)))
    let squares = trialSums.squares.pointee
    if let heldLogSD {
      let logSD = LogSDPosterior(heldAt: heldLogSD)
      bound += logSD.effectsTerm(sumOfSquares: squares, effects: effects)
      trialValue.logSDs[0] = logSD
    } else {
      let logSD = LogSDPosterior(
        sumOfSquares: squares, effects: effects, priorSD: priors.logSDSD)
      bound += logSD.bound(sumOfSquares: squares, effects: effects, priorSD: priors.logSDSD)
      trialValue.logSDs[0] = logSD
    }
    trialValue.bound = bound
    let scale = magnitude + data.sumLogFactorials + logDeterminant.magnitude + dimension
    trialValue.roundingError = 4 * 0x1p-52 * scale
  }

  /// Var u_j = Q_j + W_j' S W_j.
  private func randomVariances() -> [Double] {
    let p = data.shape.fixedCount
    var variances = groups.variance.array
    let row = DoubleStorage(count: p)
    let loading = row.pointer
    for group in variances.indices {
      groups.copyRow(group, of: groups.loading, count: p, into: loading)
      for c in 0..<p {
        let row = posterior.covariance.pointer + c * p
        variances[group] +=
          loading[c] * dotProduct(UnsafePointer(row), UnsafePointer(loading), p)
      }
    }
    return variances
  }
}
