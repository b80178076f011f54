import PlatformEssentials

/// The Gaussian q(theta) = N(m, S) that maximizes the bound F, for designs whose precision matrix P
/// = S^-1 cannot be factored: as `GaussianMaximizer` finds it, but for the variances v_i = a_i' S
/// a_i and those of the effects, which `DrawnVariances` estimates.
///
/// Two steps take turns until the means stay where they are: Newton's method for m with v held, A'
/// l1 = Lambda m, by conjugate gradients; and v at the weights w there, from draws of N(0, P^-1).
/// Probes are the same at all hyperparameters, so that what depends on these is smooth. The
/// variances of the blocks, q(b) q(u_1) ... q(u_K), are what the first step has.
final class IterativeGaussian {
  let problem: GeneralProblem
  private let family: any RowFamily
  let design: PanelDesign
  let precision: PanelPrecision
  /// m, and mean and variance of the rows' linear predictors.
  let means: DoubleStorage
  let predictors: DoubleStorage
  let variances: DoubleStorage
  let expectations: RowExpectations
  private(set) var prior: EffectPrior
  /// v and the variances of the effects at P.
  let drawn: DrawnVariances
  /// Newton's steps, all together.
  private(set) var iterations = 0
  /// Whether the last maximization has come to an end.
  private(set) var hasConverged = false
  private(set) var lastStep = 0.0
  let room: PanelPrecision.Room
  private let blockVariances: DoubleStorage
  private let gradient: DoubleStorage
  private let priorProduct: DoubleStorage
  private let trial: DoubleStorage
  private let previous: DoubleStorage

  /// The square length in SDs of a step of m that ends the ascent. No linear combination of effects
  /// is farther from its optimum than the length, .01 SD.
  private static let tolerance = 1e-4
  /// Of solutions that means and covariances come from.
  static let solutionTolerance = 1e-6
  private static let maximumRounds = 60

  /// The rows under P as it is.
  var rows: EvaluatedRows {
    EvaluatedRows(
      means: predictors, variances: variances,
      expectations: expectations.replacingWeights(precision.weights), family: family)
  }

  init(_ problem: GeneralProblem) {
    self.problem = problem
    let layout = problem.layout
    design = PanelDesign(layout)
    precision = PanelPrecision(design)
    prior = problem.prior(at: problem.startingHyperparameters)
    let (d, n) = (layout.effectCount, layout.rowCount)
    means = DoubleStorage(count: d)
    predictors = DoubleStorage(count: n)
    variances = DoubleStorage(count: n)
    family = problem.family(at: problem.startingHyperparameters)
    expectations = family.expectations(count: n)
    room = PanelPrecision.Room(design)
    drawn = DrawnVariances(precision, room: room)
    blockVariances = DoubleStorage(count: n)
    gradient = DoubleStorage(count: d)
    priorProduct = DoubleStorage(count: d)
    trial = DoubleStorage(count: d)
    previous = DoubleStorage(count: n)
  }

  /// The variances of the effects, the diagonal of S.
  var effectVariances: DoubleStorage { drawn.effects }

  /// E u_kj u_kj' summed over levels: T_k of every factor in the caller's order.
  var secondMoments: [Matrix] {
    problem.levels.indices.map { index in
      var moments = drawn.covarianceSums[problem.layout.eliminationPlace[index]]
      problem.layout.addSquares(of: means, ofFactor: index, to: &moments)
      return moments
    }
  }

  // MARK: Maximizing

  /// Puts a weighted least-squares fit to the counts into m.
  /// - Throws: `FitError` if it overflows.
  func start(under prior: EffectPrior) throws(FitError) {
    self.prior = prior
    let n = design.rowCount
    let weights = DoubleStorage(count: n)
    family.start(weights: weights, predictors: predictors)
    for i in 0..<n {
      predictors.pointer[i] =
        weights.pointer[i] * (predictors.pointer[i] - problem.offset.pointer[i])
    }
    guard update(weights: weights) else { throw FitError.noFiniteStart }
    problem.layout.multiplyTransposedDesign(predictors, into: gradient)
    solve(gradient, into: means)
    variances.fill(with: 0)
    for _ in 0..<60 {
      if evaluate(means).isFinite { break }
      means.scale(by: 0.5)
    }
    guard evaluate(means).isFinite else { throw FitError.noFiniteStart }
    for _ in 0..<5 {
      _ = climb()
      setBlockVariances()
      variances.copy(from: blockVariances)
    }
  }

  /// Maximizes F under `prior` from where m and v are.
  func maximize(under prior: EffectPrior) {
    self.prior = prior
    hasConverged = false
    var share = 1.0
    for round in 0..<Self.maximumRounds {
      let length = climb()
      if round > 0 && length > 0.5 * lastStep { share = 0.5 }
      lastStep = length
      if round > 0 && length < Self.tolerance {
        hasConverged = true
        return
      }
      previous.copy(from: variances)
      draw()
      if share < 1 { variances.interpolate(from: previous, to: variances, fraction: share) }
    }
  }

  /// Newton's method for m with v held.
  /// - Returns: the square length of the first step in SDs; infinite if P is not positive definite.
  private func climb() -> Double {
    var first = Double.infinity
    var value = evaluate(means)
    for step in 0..<50 {
      problem.layout.multiplyTransposedDesign(expectations.first, into: gradient)
      gradient.add(priorProduct, times: -1)
      guard update(weights: expectations.curvatures.weights) else { return first }
      let change = DoubleStorage(count: design.effectCount)
      solve(gradient, into: change)
      iterations += 1
      var length = 0.0
      for k in 0..<change.count { length += change.pointer[k] * gradient.pointer[k] }
      if step == 0 { first = length }
      // The step that is left is about the square of this one.
      let isLast = length < 0.01 * Self.tolerance
      var fraction = 1.0
      trial.copy(from: means)
      for attempt in 0... {
        means.copy(from: trial)
        means.add(change, times: fraction)
        let next = evaluate(means)
        if next >= value - 1e-12 * value.magnitude || isLast && next.isFinite {
          value = next
          break
        }
        if attempt == 40 {
          means.copy(from: trial)
          value = evaluate(means)
          return first
        }
        fraction *= 0.5
      }
      if isLast { break }
    }
    _ = update(weights: expectations.curvatures.weights)
    return first
  }

  /// What F has of m with v held; leaves the expectations there.
  private func evaluate(_ means: DoubleStorage) -> Double {
    problem.layout.multiplyDesign(means, into: predictors)
    predictors.add(problem.offset, times: 1)
    let (sum, _) = family.evaluate(
      means: predictors, variances: variances, into: expectations)
    problem.layout.priorProduct(
      means, priors: prior.precisions, fixedPrecision: prior.fixedPrecision, into: priorProduct)
    var square = 0.0
    for k in 0..<means.count { square += means.pointer[k] * priorProduct.pointer[k] }
    return sum - 0.5 * square
  }

  /// P with other weights.
  func update(weights: DoubleStorage) -> Bool {
    let priors = problem.layout.eliminationOrder.map {
      LevelPriors(blocks: prior.precisions[$0].elements, stride: 0)
    }
    return precision.update(
      weights: weights, priors: priors, fixedPrecision: prior.fixedPrecision)
  }

  /// x <- P^-1 b.
  private func solve(_ b: DoubleStorage, into x: DoubleStorage) {
    let (right, solution) = (Panel(count: design.effectCount), Panel(count: design.effectCount))
    right.set(b)
    precision.solve(right, into: solution, tolerance: Self.solutionTolerance, room: room)
    for k in 0..<x.count { x.pointer[k] = solution.pointer[k][0] }
  }

  // MARK: Variances

  /// The variances of the rows' linear predictors where the blocks are independent.
  private func setBlockVariances() {
    for row in 0..<design.rowCount {
      let a = design.values.pointer + row * design.width
      var sum = quadraticForm(
        precision.blockInverses.pointer + precision.blockStarts[design.shapes.count],
        a + design.fixedColumn, order: design.fixedCount)
      for factor in design.shapes.indices { sum += blockVariance(ofRow: row, factor) }
      blockVariances.pointer[row] = sum
    }
  }

  /// K_k,ii: what the block of a factor has of the variance of a row's linear predictor.
  private func blockVariance(ofRow row: Int, _ factor: Int) -> Double {
    let shape = design.shapes[factor]
    let first = Int(design.firstEffects.pointer[row * design.shapes.count + factor])
    return quadraticForm(
      precision.blockInverse(factor: factor, level: (first - shape.start) / shape.width),
      design.values.pointer + row * design.width + shape.column, order: shape.width)
  }

  /// sum_k K_k,ii^2.
  func blockVarianceSquares(ofRow row: Int) -> Double {
    design.shapes.indices.reduce(0) { sum, factor in
      let variance = blockVariance(ofRow: row, factor)
      return sum + variance * variance
    }
  }

  /// The variances at P, of rows and effects.
  /// - Parameter visit: as `DrawnVariances` has it.
  func draw(_ visit: (_ probe: Panel, _ draw: Panel) -> Void = { _, _ in }) {
    drawn.update(visit)
    variances.copy(from: drawn.rows)
  }

  /// Cov(b) under S.
  func fixedCovariance() -> Matrix { precision.fixedCovariance(room: room) }

  // MARK: Bound

  /// The bound of the block family at its own optimum under `prior`: q(b) q(u_1) ... q(u_K). Leaves
  /// m and v there.
  func blockBound(under prior: EffectPrior) -> Double {
    self.prior = prior
    for _ in 0..<Self.maximumRounds {
      setBlockVariances()
      variances.copy(from: blockVariances)
      if climb() < Self.tolerance { break }
    }
    setBlockVariances()
    variances.copy(from: blockVariances)
    let value = evaluate(means)
    // tr Lambda S = d - sum_i w_i v_i, which follows from the form of S.
    var trace = 0.0
    for i in 0..<design.rowCount {
      trace += precision.weights.pointer[i] * variances.pointer[i]
    }
    return value + prior.halfLogDeterminant + 0.5 * (trace - precision.blockLogDeterminant)
  }
}

extension PanelPrecision {
  /// The fixed effects' part of P^-1, p x p.
  func fixedCovariance(room: Room) -> Matrix {
    var result = Matrix(order: design.fixedCount)
    forEachFixedSolution(room: room) { first, solution in
      for c in first..<min(first + Panel.width, design.fixedCount) {
        for e in 0..<design.fixedCount {
          result[e, c] = solution.pointer[design.fixedStart + e][c - first]
        }
      }
    }
    return result
  }

  /// Calls `body` with P^-1 e_c for eight fixed effects c at once, from `first` on.
  func forEachFixedSolution(room: Room, _ body: (_ first: Int, _ solution: Panel) -> Void) {
    let right = Panel(count: design.effectCount)
    let solution = Panel(count: design.effectCount)
    for first in stride(from: 0, to: design.fixedCount, by: Panel.width) {
      right.fill(with: 0)
      solution.fill(with: 0)
      for c in first..<min(first + Panel.width, design.fixedCount) {
        right.pointer[design.fixedStart + c][c - first] = 1
      }
      solve(right, into: solution, tolerance: IterativeGaussian.solutionTolerance, room: room)
      body(first, solution)
    }
  }
}

/// a' M a of a small matrix.
@inline(__always)
private func quadraticForm(
  _ matrix: UnsafePointer<Double>, _ a: UnsafePointer<Double>, order: Int
) -> Double {
  var sum = 0.0
  for i in 0..<order {
    for j in 0..<order { sum += a[i] * matrix[i * order + j] * a[j] }
  }
  return sum
}
