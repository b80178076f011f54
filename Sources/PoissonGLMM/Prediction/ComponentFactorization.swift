import PlatformEssentials

/// The Gaussian of one component of the posterior, ready for means and variances of linear
/// predictors.
final class ComponentFactorization {
  let problem: GeneralProblem
  let factor: PrecisionFactor
  let response: any LinearResponseCovariance
  let weights: DoubleStorage
  /// At the linear predictors of the posterior.
  private let expectations: RowExpectations
  private let variances: DoubleStorage
  let vector: DoubleStorage
  private(set) var gaussian: GaussianPosterior?
  /// That of the effects, of the last update with factors.
  private(set) var prior: EffectPrior?
  /// S_bb of the factored matrix, and its Cholesky factor, p x p.
  private var fixedBlock = Matrix(order: 0)
  private(set) var fixedRoot = DoubleStorage(count: 0)
  private(set) var usesResponse = false
  /// Where the effects of each factor begin in the posterior's list.
  private let starts: [Int]

  init(_ problem: GeneralProblem) {
    self.problem = problem
    factor = PrecisionFactor(problem.layout)
    response = problem.layout.linearResponse()
    weights = DoubleStorage(count: problem.layout.rowCount)
    expectations = problem.family(at: problem.startingHyperparameters)
      .expectations(count: problem.layout.rowCount)
    variances = DoubleStorage(count: problem.layout.rowCount)
    vector = DoubleStorage(count: problem.layout.effectCount)
    var starts = [0]
    for k in problem.levels.indices {
      starts.append(starts[k] + problem.levels[k] * problem.layout.termCount(ofFactor: k))
    }
    self.starts = starts
  }

  /// - Parameter factors: whether the effects of levels that the model has seen will be asked for.
  func update(_ gaussian: GaussianPosterior, factors: Bool = true) {
    self.gaussian = gaussian
    guard factors, gaussian.covarianceSource != .independent else { return }
    for (index, weight) in gaussian.rowWeights.enumerated() { weights.pointer[index] = weight }
    let prior = prior(of: gaussian)
    self.prior = prior
    factor.assemble(
      weights: weights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    // The weights are those of a fit that succeeded.
    _ = factor.factor()
    factor.invert()
    factor.rowVariances(into: variances)
    usesResponse =
      gaussian.covarianceSource == .linearResponse
      && response.update(
        factor, curvatures: curvatures(gaussian), variances: variances, prior: prior)
    fixedBlock = usesResponse ? response.fixedCovariance() : factor.fixedCovariance()
    fixedRoot = DoubleStorage(fixedBlock.elements)
    SmallCholesky.factor(fixedRoot.pointer, order: fixedBlock.order)
  }

  /// Those of the rows that the model was fitted to.
  private func curvatures(_ gaussian: GaussianPosterior) -> RowCurvatures {
    if !expectations.curvatures.areEqual {
      let layout = problem.layout
      for k in problem.levels.indices {
        let start = layout.start(ofFactor: k)
        for (index, place) in (starts[k]..<starts[k + 1]).enumerated() {
          vector.pointer[start + index] = gaussian.randomMean[place]
        }
      }
      for (c, mean) in gaussian.fixedMean.enumerated() {
        vector.pointer[layout.fixedStart + c] = mean
      }
      let means = DoubleStorage(count: layout.rowCount)
      layout.multiplyDesign(vector, into: means)
      means.add(problem.offset, times: 1)
      let phi = hyperparameters(gaussian)
      let family =
        phi.variances.contains { $0 > 0 }
        ? problem.family(means: phi.means, variances: phi.variances)
        : problem.family(at: phi.means)
      _ = family.evaluate(means: means, variances: variances, into: expectations)
    }
    return expectations.replacingWeights(weights).curvatures
  }

  /// The prior of the effects that the fit had: with the hyperparameters given or, under
  /// structured, expected.
  private func prior(of gaussian: GaussianPosterior) -> EffectPrior {
    let (means, variances) = hyperparameters(gaussian)
    guard variances.contains(where: { $0 > 0 }) else { return problem.prior(at: means) }
    let moments = problem.hyperparameters.moments(means: means, variances: variances)
    return problem.prior(
      precisions: moments.precisions, logDeterminants: moments.logDeterminants)
  }

  private func hyperparameters(
    _ gaussian: GaussianPosterior
  ) -> (means: [Double], variances: [Double]) {
    (
      problem.hyperparameters(
        logSDs: gaussian.logSDMean, partialCorrelations: gaussian.correlationMean,
        family: gaussian.familyMean),
      problem.hyperparameters(
        logSDs: gaussian.logSDVariance, partialCorrelations: gaussian.correlationVariance,
        family: gaussian.familyVariance)
    )
  }

  /// Mean and variance of o + x'b + sum z'u over the known levels of a row.
  func known(_ rows: PredictionRows, _ row: Int) -> (mean: Double, variance: Double) {
    guard let gaussian else { return (0, 0) }
    var x = rows.fixed.map { $0[row] }
    var mean = zip(x, gaussian.fixedMean).reduce(rows.offset?[row] ?? 0) { $0 + $1.0 * $1.1 }
    var independent = 0.0
    vector.fill(with: 0)
    var isKnown = false
    for (k, levels) in rows.factors.enumerated() {
      guard let level = rows.seenLevel(row, factor: k) else { continue }
      let terms = levels.terms.count
      let first = problem.layout.start(ofFactor: k) + level * terms
      let place = starts[k] + level * terms
      for (term, column) in levels.terms.enumerated() {
        let z = column.values[row]
        mean += z * gaussian.randomMean[place + term]
        independent += z * z * gaussian.randomVariance[place + term]
        vector.pointer[first + term] = z
        isKnown = isKnown || z != 0
      }
    }
    if gaussian.covarianceSource == .independent {
      return (mean, independent + gaussian.fixedCovariance.quadraticForm(x))
    }
    guard isKnown else { return (mean, gaussian.fixedCovariance.quadraticForm(x)) }
    // With s = S (0, z): s_b = -S_bb W'z and z's_u = z' Cov(u | b) z + (W'z)' S_bb (W'z).
    let z = vector.array
    if usesResponse { response.solve(vector) } else { factor.solve(vector) }
    let fixedStart = problem.layout.fixedStart
    var own = 0.0
    for k in 0..<fixedStart where z[k] != 0 { own += z[k] * vector.pointer[k] }
    let side = DoubleStorage(count: x.count)
    for c in x.indices { side.pointer[c] = -vector.pointer[fixedStart + c] }
    SmallCholesky.solve(fixedRoot.pointer, order: x.count, side.pointer)
    let regression = side.array
    for c in x.indices { x[c] -= regression[c] }
    let given = max(own - fixedBlock.quadraticForm(regression), 0)
    return (mean, given + gaussian.fixedCovariance.quadraticForm(x))
  }
}
