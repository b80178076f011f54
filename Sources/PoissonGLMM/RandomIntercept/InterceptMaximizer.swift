import PlatformEssentials

/// Maximizes the structured bound of a random-intercept model: Newton's method on (E b, log w),
/// with every group's q(u_j | b) at its optimum throughout.
///
/// Its optimum is that of `NewtonMaximizer`. A step leaves out that S and the regressions of u on b
/// respond to it; acceleration makes up for that. The plainer steps that `BoundAscent` falls back
/// to are natural-gradient steps.
final class InterceptMaximizer: BoundMaximizer, BoundSolver {
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

  /// The current point and what a pass found there; then the same for the trial.
  private var posterior: InterceptPosterior
  private var groups: InterceptGroups
  private let sumStorage: DoubleStorage
  private var sums: InterceptSums
  private var current = BoundValue(termCount: 1)
  private var trialPosterior: InterceptPosterior
  private var trialGroups: InterceptGroups
  private var trialSums: InterceptSums
  private var trialValue = BoundValue(termCount: 1)

  private var step: InterceptStep
  private let anderson: AndersonAcceleration
  /// E b, S^-1 and log w of the points that steps lead to, in the slots of the acceleration, and of
  /// the point that the acceleration leads to.
  private let images: [DoubleStorage]
  private var image: DoubleStorage { images[anderson.position] }
  private let accelerated: DoubleStorage
  /// The products of residuals.
  private let products: DoubleStorage
  private let meanShift: DoubleStorage
  private var givenLogSDs: [Double]?
  /// The share of a full step that leads to `image`.
  private var imageShare = 1.0
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
      groupStarts: data.groupStarts, threads: options.threads,
      minimumRows: options.minimumRowsOfChunk
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
    givenLogSDs = nil
    try start()
    let monitor = try BoundAscent.maximize(
      self, tolerance: BoundAscent.tolerance, maximumIterations: maximumIterations)
    if isSingular { throw singularDesign }
    return VariationalOptimum(posterior: gaussian(), summary: monitor.summary)
  }

  /// The posterior at the current point, as a fit reports it.
  private func gaussian() -> GaussianPosterior {
    GaussianPosterior(
      logSDMean: current.logSDs.map(\.mean), logSDVariance: current.logSDs.map(\.variance),
      fixedMean: posterior.mean.array,
      fixedCovariance: Matrix(order: data.shape.fixedCount, elements: posterior.covariance.array),
      randomMean: groups.mean.array, randomVariance: randomVariances(), covarianceSource: .bound)
  }

  func maximize(
    at logSDs: [Double], from start: DoubleStorage?
  ) throws(FitError) -> ConditionalOptimum {
    givenLogSDs = logSDs
    let logTermPrecision = -2 * (logSDs.first ?? 0)
    let origin = start ?? snapshot()
    restore(origin, logTermPrecision: logTermPrecision)
    evaluateTrial(fraction: 1)
    if !trialValue.level.bound.isFinite {
      restore(origin, logTermPrecision: logTermPrecision, follows: false)
      evaluateTrial(fraction: 1)
    }
    if !trialValue.level.bound.isFinite {
      // The last fit may have left the groups too far from this optimum: they start anew.
      try self.start()
      restore(origin, logTermPrecision: logTermPrecision, follows: false)
      evaluateTrial(fraction: 1)
    }
    guard trialValue.level.bound.isFinite else {
      throw FitError.boundNotFinite(at: logSDs)
    }
    commit()
    let monitor = try BoundAscent.maximizeConditionally(
      self, maximumIterations: maximumIterations)
    let precision = posterior.termPrecision
    let squares = sums.squares.pointee
    return ConditionalOptimum(
      bound: current.level.bound,
      gradient: [squares * precision - Double(data.shape.groupCount)],
      curvature: [-2 * precision * (squares + step.squaresSlope)],
      posterior: gaussian(), iterations: monitor.summary.iterations,
      lastStep: monitor.shortest.squareRoot())
  }

  func linearResponse() -> LinearResponse.Covariance? {
    if let covariance = response.covariance(at: posterior, groups: groups, step: step) {
      return covariance
    }
    // The current point in the form that the general equations need.
    let state = GaussianState(data.shape)
    let p = data.shape.fixedCount
    state.fixedMean.copy(from: posterior.mean)
    state.randomMean.copy(from: groups.mean)
    state.termPrecisions.fill(with: posterior.termPrecision)
    state.precision.borders.copy(from: groups.rows(of: groups.regression))
    state.precision.corner.copy(from: posterior.precision)
    for group in 0..<data.shape.groupCount {
      let precision = 1 / groups.variance.pointer[group]
      state.precision.blocks.pointer[group] = precision - posterior.termPrecision
      let border = state.precision.borders.pointer + group * p
      for c in 0..<p {
        let regression = border[c]
        for d in 0..<p {
          state.precision.corner.pointer[d * p + c] +=
            regression * precision * groups.regression.pointer[d * data.shape.groupCount + group]
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

  /// E b, S^-1, log w and d E b / d log w. The groups are left out: a pass finds their optimum from
  /// wherever they are.
  func snapshot() -> DoubleStorage {
    let p = data.shape.fixedCount
    let copy = DoubleStorage(count: 2 * p + p * p + 1)
    copy.pointer.update(from: posterior.mean.pointer, count: p)
    (copy.pointer + p).update(from: step.meanSlope.pointer, count: p)
    (copy.pointer + 2 * p).update(from: posterior.precision.pointer, count: p * p)
    copy.pointer[2 * p + p * p] = log(posterior.termPrecision)
    return copy
  }

  /// Sets the trial to the optimum under another w, as a snapshot predicts it to first order.
  private func restore(_ snapshot: DoubleStorage, logTermPrecision: Double, follows: Bool = true) {
    let p = data.shape.fixedCount
    let change = follows ? logTermPrecision - snapshot.pointer[2 * p + p * p] : 0
    for c in 0..<p {
      let mean = snapshot.pointer[c] + change * snapshot.pointer[p + c]
      trialPosterior.mean.pointer[c] = mean
      meanShift.pointer[c] = mean - posterior.mean.pointer[c]
    }
    trialPosterior.precision.pointer.update(from: snapshot.pointer + 2 * p, count: p * p)
    trialPosterior.termPrecision = exp(logTermPrecision)
    trialPosterior.invertPrecision(sizes: step.sizes)
  }

  /// Starts from a weighted least-squares fit to the log counts, with unit variance for the random
  /// intercepts.
  private func start() throws(FitError) {
    pass.startFromLogCounts(into: groups, sums: sums)
    step.setMatrices(sums, fixedPrecision: priors.fixedEffectPrecision)
    trialPosterior.precision.copy(from: step.precision)
    trialPosterior.termPrecision = 1
    trialPosterior.invertPrecision(sizes: step.sizes)
    let p = data.shape.fixedCount
    for c in 0..<p {
      var value = 0.0
      for d in 0..<p {
        value +=
          trialPosterior.covariance.pointer[c * p + d]
          * (sums.responseSchur[d] - sums.ratesSlope[d])
      }
      trialPosterior.mean.pointer[c] = value
      meanShift.pointer[c] = value
    }
    // A start that overflows is drawn towards the prior mean.
    for _ in 0..<BoundAscent.maximumHalvings {
      evaluateTrial(fraction: 1)
      if trialValue.level.bound.isFinite {
        commit()
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

  /// Whether the rounding error of a variance may be more than about 1e-3 of it.
  private var isSingular: Bool {
    !(posterior.smallestRelativePivot > BoundAscent.minimumRelativePivot)
  }

  // MARK: Steps

  /// Sets `image` to where the step leads, and fills its residual: E b and s in posterior SDs, S^-1
  /// relative to its diagonal.
  private func setImage(share: Double) {
    let p = data.shape.fixedCount
    let image = image
    let (residual, weights) = (anderson.residual.pointer, anderson.weights.pointer)
    for c in 0..<p {
      image.pointer[c] = posterior.mean.pointer[c] + share * step.meanChange.pointer[c]
      residual[c] = share * step.meanChange.pointer[c]
      weights[c] = step.precision.pointer[c * (p + 1)]
    }
    for index in 0..<(p * p) {
      let change = share * (step.precision.pointer[index] - posterior.precision.pointer[index])
      image.pointer[p + index] = posterior.precision.pointer[index] + change
      residual[p + index] = change
      weights[p + index] =
        0.5 / (weights[index / p] * weights[index % p])
    }
    let last = p + p * p
    image.pointer[last] = log(posterior.termPrecision) + share * step.logTermPrecisionChange
    residual[last] = share * step.logTermPrecisionChange
    weights[last] = 0.25 / max(current.logSDs.first?.variance ?? 1, .leastNormalMagnitude)
  }

  /// Sets `image` to where a natural-gradient step of E b and S^-1 leads, with q(s) at its optimum.
  /// The bound rises along it if it is short enough.
  private func setSafeImage(fraction: Double) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      image.pointer[c] = posterior.mean.pointer[c] + fraction * step.safeMeanChange.pointer[c]
    }
    for index in 0..<(p * p) {
      let change = step.precision.pointer[index] - posterior.precision.pointer[index]
      image.pointer[p + index] = posterior.precision.pointer[index] + fraction * change
    }
    image.pointer[p + p * p] =
      current.logSDs.first?.logTermPrecision ?? log(posterior.termPrecision)
  }

  private func evaluate(_ point: DoubleStorage, fraction: Double) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      trialPosterior.mean.pointer[c] = point.pointer[c]
      meanShift.pointer[c] = point.pointer[c] - posterior.mean.pointer[c]
    }
    trialPosterior.precision.pointer.update(from: point.pointer + p, count: p * p)
    trialPosterior.termPrecision = exp(point.pointer[p + p * p])
    trialPosterior.invertPrecision(sizes: step.sizes)
    evaluateTrial(fraction: fraction)
  }

  // MARK: BoundSolver

  var level: BoundLevel { current.level }
  var trialLevel: BoundLevel { trialValue.level }

  func proposeStep(share: Double) -> Double {
    step.set(sums, at: posterior, isConditional: givenLogSDs != nil, priors: priors)
    imageShare = share
    return step.length
  }

  func evaluateCombination() -> Bool {
    anderson.open()
    setImage(share: imageShare)
    products.fill(with: 0)
    anderson.addProducts(in: 0..<accelerated.count, to: products.pointer)
    guard anderson.close(products.pointer) else {
      evaluateStep()
      return false
    }
    anderson.combine(into: accelerated, in: 0..<accelerated.count)
    evaluate(accelerated, fraction: 1)
    return true
  }

  func evaluateStep() { evaluate(image, fraction: imageShare) }

  func proposePlainerStep(share: Double) -> Double? {
    step.solveSafely(posterior)
    setSafeImage(fraction: share)
    imageShare = share
    return step.length
  }

  func evaluateHalvedStep(share: Double) {
    setSafeImage(fraction: share)
    imageShare = share
    evaluateStep()
  }

  func forgetSteps() { anderson.reset() }

  /// Exchanges the current point and the trial, so that nothing is copied.
  func commit() {
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
    let squares = trialSums.squares.pointee
    trialValue.complete(
      bound, magnitude: magnitude,
      logDeterminant: trialPosterior.logDeterminant - trialSums.logPrecisions.pointee, data: data,
      priors: priors, givenLogSDs: givenLogSDs
    ) { _ in squares }
  }

  /// Var u_j = Q_j + W_j' S W_j.
  private func randomVariances() -> [Double] {
    let p = data.shape.fixedCount
    var variances = groups.variance.array
    let own = DoubleStorage(count: p)
    for group in variances.indices {
      let regression = own.pointer
      groups.copyRow(group, of: groups.regression, count: p, into: regression)
      for c in 0..<p {
        let row = posterior.covariance.pointer + c * p
        variances[group] +=
          regression[c] * dotProduct(UnsafePointer(row), UnsafePointer(regression), p)
      }
    }
    return variances
  }
}
