import PlatformEssentials

/// Maximizes the bound F over Gaussians q(theta) = N(m, S) of all effects at once, for any design:
///
///     F = sum_i l0_i + 1/2 log|Lambda| - 1/2 (m'Lambda m + tr Lambda S) + d/2 + 1/2 log|S|
///
/// S is given by one number a row, S^-1 = A' diag(eps) A + Lambda or, in mean-field, the diagonal
/// of that. A step moves m by S g, g = A' l1 - Lambda m, and eps to w, the weights that q expects:
/// the natural gradient. At the optimum g = 0 and eps = w. Where many such steps have not led
/// there, Newton's method takes over.
///
/// The hyperparameters are given, or a q(phi) of their own is part of the point: then Lambda is the
/// expectation of the prior precision under it, and the bound has E log p(phi) and its entropy.
/// With one factor, near the optimum, a step of q(phi) reckons with the second moments that follow
/// it, and that of the means with the Lambda that q(phi) goes to: each would wait for the other.
final class GaussianMaximizer: BoundSolver {
  let layout: EffectLayout
  /// Holds the factored S^-1 of the point evaluated last.
  let factor: PrecisionFactor
  /// n known terms of the linear predictor, in the layout's order of rows.
  private let offset: DoubleStorage
  private let isMeanField: Bool
  private let problem: GeneralProblem
  private var givenPrior: EffectPrior
  private var givenFamily: any RowFamily
  private var ascent: HyperparameterAscent?

  private var current: EvaluatedGaussian
  private var trial: EvaluatedGaussian
  /// The point that `factor` belongs to.
  private var holder: EvaluatedGaussian?
  private let anderson: AndersonAcceleration
  private let images: [DoubleStorage]
  private let change: DoubleStorage
  private let gradient: DoubleStorage
  /// The diagonal of S^-1 in mean-field, and room for other vectors over theta.
  private let diagonal: DoubleStorage
  private let sums = DoubleStorage(count: AndersonAcceleration.productCount)
  /// The step of eps.
  private let weightSteps: DoubleStorage
  private var hyperparameterStep = HyperparameterStep()
  /// Lambda m with the Lambda that q(phi) goes to.
  private lazy var nextPriorProduct = DoubleStorage(count: layout.effectCount)
  private lazy var newton = GaussianNewtonStep(layout)
  /// How many steps were proposed, and after how many Newton's are tried.
  private var stepCount = 0
  private var naturalSteps = 0
  private var isNewton = false
  /// Most fits end sooner. Those that don't have variances of 2 and more, where the weights follow
  /// the variances so strongly that the natural gradient goes to and fro; or they wait for q(phi),
  /// which Newton's step of the Gaussian, three times as dear, does not hasten.
  private static let patience = 15
  private static let longPatience = 60
  /// On average over the rows.
  private static let largeVariance = 0.5
  /// Whether the effects of a level tell how second moments follow: with several factors, or
  /// parameters of a family, much of it goes through the others, and steps held are as good.
  private let mayStepJointly: Bool
  /// Steps of a larger square length, in SDs, are taken with the second moments held: far from the
  /// optimum what would follow says little, and may lead to another optimum.
  private static let largestJointLength = 0.01
  /// The square length of the last full step.
  private var lastLength = Double.infinity
  /// With more terms of a level, how their second moments follow costs more than it saves.
  private static let mostTermsFollowed = 4

  /// A full step of q(phi).
  private struct HyperparameterStep {
    var steps: [Double] = []
    var weights: [Double] = []
    /// The square length, in SDs.
    var length = 0.0
    /// Whether the means' step goes along with it.
    var isJoint = false
  }

  /// - Parameter ascent: how q(phi) moves; without it the hyperparameters are given.
  init(_ problem: GeneralProblem, isMeanField: Bool = false, ascent: HyperparameterAscent? = nil) {
    self.problem = problem
    layout = problem.layout
    offset = problem.offset
    let start = problem.startingHyperparameters
    let (prior, family) = (problem.prior(at: start), problem.family(at: start))
    (givenPrior, givenFamily) = (prior, family)
    self.isMeanField = isMeanField
    self.ascent = ascent
    mayStepJointly =
      !isMeanField && problem.levels.count == 1
      && problem.hyperparameterCount == problem.hyperparameters.count
    factor = PrecisionFactor(layout)
    let hyperparameters = ascent?.count ?? 0
    func point() -> EvaluatedGaussian {
      EvaluatedGaussian(problem, prior: prior, family: family, hyperparameters: hyperparameters)
    }
    (current, trial) = (point(), point())
    let (d, length) = (layout.effectCount, current.vector.count)
    images = (0..<AndersonAcceleration.slots).map { _ in DoubleStorage(count: length) }
    anderson = AndersonAcceleration(images: images, residualCount: length)
    change = DoubleStorage(count: d)
    gradient = DoubleStorage(count: d)
    diagonal = DoubleStorage(count: d)
    weightSteps = DoubleStorage(count: layout.rowCount)
  }

  /// The Gaussian at the point where the last maximization ended.
  var optimum: EvaluatedGaussian { current }

  /// The prior at the optimum, or its expectation.
  var prior: EffectPrior { current.prior }

  /// Maximizes the bound at given hyperparameters.
  /// - Parameters:
  ///   - start: m and eps of a similar problem; if absent, a weighted least-squares fit to the
  ///     counts.
  ///   - tolerance: the square length of a full step, in posterior SDs, that ends the ascent.
  /// - Throws: `FitError` if there is no finite starting point.
  func maximize(
    at phi: [Double], from start: DoubleStorage? = nil, tolerance: Double, maximumIterations: Int
  ) throws(FitError) -> ConvergenceMonitor {
    (givenPrior, givenFamily) = (problem.prior(at: phi), problem.family(at: phi))
    holder = nil
    if let start {
      trial.vector.copy(from: start)
      evaluate(trial)
    }
    if start == nil || !trial.level.bound.isFinite { try setStart() }
    return try ascend(tolerance: tolerance, maximumIterations: maximumIterations)
  }

  /// Maximizes the joint bound.
  /// - Parameter hyperparameters: (m, log r) of q(phi) to start from.
  /// - Throws: `FitError` if there is no finite starting point.
  func maximizeJointly(
    from hyperparameters: [Double], tolerance: Double, maximumIterations: Int
  ) throws(FitError) -> ConvergenceMonitor {
    holder = nil
    for (index, value) in hyperparameters.enumerated() {
      trial.hyperparameters.pointer[index] = value
    }
    try setStart()
    return try ascend(tolerance: tolerance, maximumIterations: maximumIterations)
  }

  private func ascend(
    tolerance: Double, maximumIterations: Int
  ) throws(FitError) -> ConvergenceMonitor {
    commit()
    (stepCount, naturalSteps, isNewton) = (0, Self.patience, false)
    lastLength = .infinity
    let monitor = try BoundAscent.maximize(
      self, tolerance: tolerance, maximumIterations: maximumIterations)
    holdCurrent()
    return monitor
  }

  /// Puts a weighted least-squares fit to the counts into the trial. One that overflows is drawn
  /// towards the prior mean.
  private func setStart() throws(FitError) {
    let predictors = DoubleStorage(count: layout.rowCount)
    trial.prior = setPrior(trial).prior
    trial.family.start(weights: trial.precisionWeights, predictors: predictors)
    for i in 0..<layout.rowCount {
      predictors.pointer[i] =
        trial.precisionWeights.pointer[i] * (predictors.pointer[i] - offset.pointer[i])
    }
    assemble(trial)
    guard factor.factor() else { throw FitError.noFiniteStart }
    layout.multiplyTransposedDesign(predictors, into: trial.means)
    factor.solve(trial.means)
    for _ in 0..<BoundAscent.maximumHalvings {
      evaluate(trial)
      if trial.level.bound.isFinite { return }
      trial.means.scale(by: 0.5)
    }
    throw FitError.noFiniteStart
  }

  /// Evaluates the bound and the expectations at a point, and leaves its S^-1 factored.
  private func evaluate(_ point: EvaluatedGaussian) {
    holder = point
    point.level = BoundLevel()
    let (prior, ownTerms) = setPrior(point)
    assemble(point)
    guard let logDeterminant = covariance(of: point) else { return }
    layout.multiplyDesign(point.means, into: point.predictors)
    point.predictors.add(offset, times: 1)
    let (sum, magnitude) = point.family.evaluate(
      means: point.predictors, variances: point.variances, into: point.expectations)
    layout.priorProduct(
      point.means, priors: prior.precisions, fixedPrecision: prior.fixedPrecision,
      into: point.priorProduct)
    // tr Lambda S = d - sum_i eps_i v_i, which follows from the form of S.
    var (square, trace) = (0.0, 0.0)
    for k in 0..<layout.effectCount {
      square += point.means.pointer[k] * point.priorProduct.pointer[k]
    }
    for i in 0..<layout.rowCount {
      trace += point.precisionWeights.pointer[i] * point.variances.pointer[i]
    }
    let bound =
      sum + prior.halfLogDeterminant + 0.5 * (logDeterminant + trace - square) + ownTerms
    guard bound.isFinite else { return }
    let scale =
      magnitude + prior.halfLogDeterminant.magnitude + logDeterminant.magnitude
      + Double(layout.effectCount) + square
    point.level = BoundLevel(bound: bound, roundingError: 4 * 0x1p-52 * scale)
  }

  /// Gives a point its prior and its family.
  /// - Returns: what q(phi) adds to the bound by itself, too.
  private func setPrior(_ point: EvaluatedGaussian) -> (prior: EffectPrior, ownTerms: Double) {
    (point.prior, point.family) = (givenPrior, givenFamily)
    guard let ascent else { return (givenPrior, 0) }
    let coordinates = point.hyperparameters.array
    let moments = ascent.moments(at: coordinates)
    point.prior = problem.prior(moments)
    let (means, variances) = ascent.normals(at: coordinates)
    point.family = problem.family(means: means, variances: variances)
    return (point.prior, ascent.logPriorAndEntropy(moments, at: coordinates))
  }

  private func assemble(_ point: EvaluatedGaussian) {
    factor.assemble(
      weights: point.precisionWeights, priors: point.prior.precisions,
      fixedPrecision: point.prior.fixedPrecision)
  }

  /// Fills the variances of the rows' linear predictors.
  /// - Returns: log|S|; nil if S^-1 is not positive definite.
  private func covariance(of point: EvaluatedGaussian) -> Double? {
    if isMeanField {
      layout.precisionDiagonal(
        weights: point.precisionWeights, priors: point.prior.precisions,
        fixedPrecision: point.prior.fixedPrecision, into: diagonal)
      var logDeterminant = 0.0
      for k in 0..<layout.effectCount {
        guard diagonal.pointer[k] > 0 else { return nil }
        logDeterminant -= log(diagonal.pointer[k])
        change.pointer[k] = 1 / diagonal.pointer[k]
      }
      layout.rowVariances(ofIndependent: change, into: point.variances)
      // Steps of the means are those of the full Gaussian: its optimum has the same equation.
      return factor.factor() ? logDeterminant : nil
    }
    guard factor.factor() else { return nil }
    factor.invert()
    factor.rowVariances(into: point.variances)
    return -factor.logDeterminant
  }

  /// Makes `factor` hold the current point.
  func holdCurrent() {
    if holder !== current { evaluate(current) }
  }

  /// The diagonal of S.
  func variances(into target: DoubleStorage) {
    holdCurrent()
    guard isMeanField else { return factor.variances(into: target) }
    for k in 0..<layout.effectCount { target.pointer[k] = 1 / diagonal.pointer[k] }
  }

  /// T_k = sum_j E u_kj u_kj' of a factor, q x q: its diagonal only in mean-field.
  func secondMoments(ofFactor index: Int) -> Matrix {
    holdCurrent()
    guard isMeanField else { return factor.secondMoments(ofFactor: index, means: current.means) }
    let (start, terms) = (layout.start(ofFactor: index), layout.termCount(ofFactor: index))
    var moments = Matrix(order: terms)
    for level in 0..<layout.levelCount(ofFactor: index) {
      for i in 0..<terms { moments[i, i] += 1 / diagonal.pointer[start + level * terms + i] }
    }
    layout.addSquares(of: current.means, ofFactor: index, to: &moments)
    return moments
  }

  // MARK: BoundSolver

  var level: BoundLevel { current.level }
  var trialLevel: BoundLevel { trial.level }

  private var image: DoubleStorage { images[anderson.position] }
  private var isAccelerated = false

  func proposeStep(share: Double) -> Double {
    stepCount += 1
    setHyperparameterStep(
      share: share, isJoint: mayStepJointly && lastLength < Self.largestJointLength)
    if stepCount > naturalSteps, !isMeanField, stepCount > Self.longPatience || areVariancesLarge,
      let length = setNewtonStep()
    {
      if !isNewton { anderson.reset() }
      isNewton = true
      return propose(share: share, length: length)
    }
    isNewton = false
    return propose(share: share, length: setNaturalStep())
  }

  private var areVariancesLarge: Bool {
    var sum = 0.0
    for i in 0..<layout.rowCount { sum += current.variances.pointer[i] }
    return sum > Self.largeVariance * Double(layout.rowCount)
  }

  func proposePlainerStep(share: Double) -> Double? {
    guard isNewton || hyperparameterStep.isJoint else { return nil }
    // For a while what is near enough for Newton's method is not tried.
    if isNewton { naturalSteps = stepCount + Self.patience }
    isNewton = false
    setHyperparameterStep(share: share, isJoint: false)
    return propose(share: share, length: setNaturalStep())
  }

  /// The natural gradient.
  /// - Returns: the square length of the step, in SDs.
  private func setNaturalStep() -> Double {
    holdCurrent()
    layout.multiplyTransposedDesign(current.expectations.first, into: gradient)
    gradient.add(priorProduct, times: -1)
    change.copy(from: gradient)
    factor.solve(change)
    let (steps, weights) = (weightSteps.pointer, current.expectations.curvatures.weights.pointer)
    for i in 0..<layout.rowCount { steps[i] = weights[i] - current.precisionWeights.pointer[i] }
    return dotProduct(change.pointer, gradient.pointer, change.count)
  }

  /// - Returns: the square length of Newton's step, in SDs; nil where there is no solution.
  private func setNewtonStep() -> Double? {
    holdCurrent()
    return newton.step(
      from: current, factor, priorProduct: priorProduct, gradient: gradient, change: change,
      weightSteps: weightSteps)
  }

  /// Puts the step in `change` and `weightSteps`, and that of q(phi), into the image.
  /// - Parameter length: the square length of the means' step.
  /// - Returns: that of the whole step.
  private func propose(share: Double, length: Double) -> Double {
    let (d, n) = (layout.effectCount, layout.rowCount)
    variances(into: diagonalRoom)
    anderson.open()
    let (image, residual, weights) = (image.pointer, anderson.residual.pointer, anderson.weights)
    var length = length
    for k in 0..<d {
      let step = change.pointer[k]
      image[k] = current.means.pointer[k] + share * step
      residual[k] = share * step
      weights.pointer[k] = 1 / diagonalRoom.pointer[k]
    }
    for i in 0..<n {
      let step = weightSteps.pointer[i]
      let variance = current.variances.pointer[i]
      let weight = 0.5 * variance * variance
      length += weight * step * step
      image[d + i] = current.precisionWeights.pointer[i] + share * step
      residual[d + i] = share * step
      weights.pointer[d + i] = weight
    }
    proposeHyperparameters(share: share, from: d + n)
    length += hyperparameterStep.length
    sums.fill(with: 0)
    for piece in stride(from: 0, to: current.vector.count, by: Self.piece) {
      anderson.addProducts(
        in: piece..<min(piece + Self.piece, current.vector.count), to: sums.pointer)
    }
    isAccelerated = anderson.close(sums.pointer)
    lastLength = length
    return length
  }

  /// Lambda m as the step of the means is to see it.
  private var priorProduct: DoubleStorage {
    hyperparameterStep.isJoint ? nextPriorProduct : current.priorProduct
  }

  /// Finds the step of q(phi), which those of the means and eps wait for.
  /// - Parameters:
  ///   - share: how much of the full step is taken.
  ///   - isJoint: whether the second moments of the effects are taken to follow, and the means to
  ///     go along.
  private func setHyperparameterStep(share: Double, isJoint: Bool) {
    hyperparameterStep = HyperparameterStep()
    guard var ascent else { return }
    holdCurrent()
    let point = current.hyperparameters.array
    let moments = HyperparameterAscent.SecondMoments(
      values: problem.levels.indices.map { secondMoments(ofFactor: $0) },
      responses: { [layout, factor, current] index in
        guard isJoint, layout.termCount(ofFactor: index) <= Self.mostTermsFollowed else {
          return nil
        }
        return factor.secondMomentResponse(ofFactor: index, means: current.means)
      })
    let (steps, length) = ascent.step(
      at: point, secondMoments: moments,
      familySlopes: current.expectations.parameterSlopes.array, isJoint: isJoint)
    hyperparameterStep = HyperparameterStep(
      steps: steps, weights: ascent.weights, length: length, isJoint: isJoint)
    self.ascent = ascent
    guard isJoint else { return }
    let next = ascent.moments(at: zip(point, steps).map { $0 + share * $1 })
    layout.priorProduct(
      current.means, priors: next.precisions, fixedPrecision: current.prior.fixedPrecision,
      into: nextPriorProduct)
  }

  /// Puts the step of q(phi) into the image.
  /// - Parameter start: where its coordinates are in a point.
  private func proposeHyperparameters(share: Double, from start: Int) {
    let step = hyperparameterStep
    for (index, value) in step.steps.enumerated() {
      image.pointer[start + index] = current.hyperparameters.pointer[index] + share * value
      anderson.residual.pointer[start + index] = share * value
      anderson.weights.pointer[start + index] = step.weights[index]
    }
  }

  func evaluateCombination() -> Bool {
    anderson.combine(into: trial.vector, in: 0..<trial.vector.count)
    evaluate(trial)
    return isAccelerated
  }

  func evaluateStep() {
    trial.vector.copy(from: image)
    evaluate(trial)
  }

  func evaluateHalvedStep(share: Double) {
    image.interpolate(from: current.vector, to: image, fraction: 0.5)
    evaluateStep()
  }

  func forgetSteps() { anderson.reset() }

  func commit() {
    swap(&current, &trial)
    anderson.advance()
  }

  /// So many numbers of each of the earlier steps stay in the fastest cache.
  private static let piece = 512

  private lazy var diagonalRoom = DoubleStorage(count: layout.effectCount)
}
