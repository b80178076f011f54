import GSLNumerics

/// Where draws of a model with several random terms begin: all effects together from the Gaussian
/// at the posterior means with the precision that the fit has at drawn hyperparameters.
///
///     theta = m + P^-1 (A' W^(1/2) e_1 + Lambda^(1/2) e_2)      P = A' W A + Lambda
///
/// with standard normal e_1 and e_2. The sweeps of `CheckDraw` then make the random effects' own
/// distributions what they are given all else, normal or not.
struct GaussianStart: Sendable {
  let problem: GeneralProblem
  /// m, over theta.
  private let means: DoubleStorage
  /// w = -E l'', exp(eta + v / 2) for Poisson, in the layout's order; never below 0.
  private let weights: DoubleStorage
  private let meanPredictors: DoubleStorage

  /// - Returns: nil where P cannot be factored.
  init?(_ problem: GeneralProblem, _ posterior: Posterior, hyperparameters phi: [Double]) {
    let layout = problem.layout
    self.problem = problem
    means = DoubleStorage(count: layout.effectCount)
    var next = 0
    for factor in problem.levels.indices {
      let count = problem.levels[factor] * layout.termCount(ofFactor: factor)
      let start = layout.start(ofFactor: factor)
      for index in 0..<count { means.pointer[start + index] = posterior.randomMean[next + index] }
      next += count
    }
    for (c, mean) in posterior.fixedMean.enumerated() {
      means.pointer[layout.fixedStart + c] = mean
    }
    meanPredictors = DoubleStorage(count: layout.rowCount)
    weights = DoubleStorage(count: layout.rowCount)
    layout.multiplyDesign(means, into: meanPredictors)
    meanPredictors.add(problem.offset, times: 1)
    fillExponentials(of: meanPredictors.pointer, into: weights.pointer, count: layout.rowCount)
    let factor = PrecisionFactor(layout)
    let prior = problem.prior(at: phi)
    factor.assemble(
      weights: weights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    guard factor.factor() else { return nil }
    factor.invert()
    let variances = DoubleStorage(count: layout.rowCount)
    factor.rowVariances(into: variances)
    if problem.hyperparameterCount > problem.hyperparameters.count {
      let family = problem.family(at: phi)
      let expectations = family.expectations(count: layout.rowCount)
      _ = family.evaluate(means: meanPredictors, variances: variances, into: expectations)
      for row in 0..<layout.rowCount {
        weights.pointer[row] = max(expectations.curvatures.weights.pointer[row], 0)
      }
      return
    }
    variances.scale(by: 0.5)
    variances.add(meanPredictors, times: 1)
    fillExponentials(of: variances.pointer, into: weights.pointer, count: layout.rowCount)
  }

  /// Puts a start into `draw`.
  /// - Parameter factor: room of this layout.
  /// - Returns: false where P is not positive definite.
  func start(_ draw: CheckDraw, hyperparameters phi: [Double], _ factor: PrecisionFactor) -> Bool {
    let layout = problem.layout
    let prior = problem.prior(at: phi)
    factor.assemble(
      weights: weights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    guard factor.factor() else { return false }
    let theta = DoubleStorage(count: layout.effectCount)
    let noise = DoubleStorage(count: layout.rowCount)
    for row in 0..<layout.rowCount {
      noise.pointer[row] = weights.pointer[row].squareRoot() * draw.stream.normal()
    }
    layout.multiplyTransposedDesign(noise, into: theta)
    for (index, precision) in prior.precisions.enumerated() {
      let (q, start) = (precision.order, layout.start(ofFactor: index))
      let root = DoubleStorage(precision.elements)
      SmallCholesky.factor(root.pointer, order: q)
      for level in 0..<problem.levels[index] {
        for j in 0..<q {
          let z = draw.stream.normal()
          for i in j..<q { theta.pointer[start + level * q + i] += root.pointer[i * q + j] * z }
        }
      }
    }
    for c in 0..<layout.fixedCount {
      theta.pointer[layout.fixedStart + c] +=
        prior.fixedPrecision.squareRoot() * draw.stream.normal()
    }
    factor.solve(theta)
    theta.add(means, times: 1)
    draw.precisions = prior.precisions
    for (index, effects) in draw.effects.enumerated() {
      effects.pointer.update(
        from: theta.pointer + layout.start(ofFactor: index), count: effects.count)
    }
    draw.setPredictors(fixedEffects: problem.fixedPart(theta))
    return true
  }
}
