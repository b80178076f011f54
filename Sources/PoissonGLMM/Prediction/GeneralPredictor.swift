import PlatformEssentials

/// The linear predictor of a model with several grouping factors or correlated terms.
///
/// Given the hyperparameters eta = o + x'b + sum_k z_k'u_k is normal. With the effects of known
/// levels its variance is, with C = Cov(b) and W the regression of these effects on b,
///
///     (x - W'z)' C (x - W'z) + z' Cov(u | b) z
///
/// both from S^-1 = A' diag(w) A + Lambda, whose weights w the fit has kept; linear response takes
/// the coupling M off it. Effects of new levels add z' Sigma_k z each. Over the hyperparameters eta
/// is a mixture: under integrated and corrected over the nodes of the lattice, under mean-field and
/// structured, for new levels, over a Gauss-Hermite rule for their normal posterior.
struct GeneralPredictor: LinearPredictorSource {
  private let problem: GeneralProblem
  private let components: [Posterior.Component]
  private let rules: [[HyperparameterPoint]]

  /// A value of the hyperparameters with its share of a component's weight.
  private struct HyperparameterPoint {
    let share: Double
    /// Sigma_k, by factor.
    let covariances: [Matrix]
  }

  /// About the most points of a rule over the hyperparameters under mean-field and structured.
  private static let maximumPoints = 500.0

  /// - Parameter components: those of a fit's posterior that have random effects.
  init(
    _ design: DesignData, priors: Priors, components: [Posterior.Component]
  ) throws(FitError) {
    let problem = try GeneralProblem(design, priors: priors, wanted: "prediction")
    self.problem = problem
    self.components = components
    var rules: [[HyperparameterPoint]] = []
    for component in components {
      rules.append(try Self.points(problem, component.gaussian))
    }
    self.rules = rules
  }

  private static func points(
    _ problem: GeneralProblem, _ gaussian: GaussianPosterior
  ) throws(FitError) -> [HyperparameterPoint] {
    try HermiteProductRule.points(
      means: problem.hyperparameters(
        logSDs: gaussian.logSDMean, partialCorrelations: gaussian.correlationMean),
      variances: problem.hyperparameters(
        logSDs: gaussian.logSDVariance, partialCorrelations: gaussian.correlationVariance),
      maximumPoints: maximumPoints
    ).map {
      HyperparameterPoint(
        share: $0.weight, covariances: problem.hyperparameters.covariances(at: $0.values))
    }
  }

  /// Component after component, so that each is factored once for all rows.
  func forEach(
    _ indices: ArraySlice<Int>, of rows: PredictionRows,
    _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void
  ) {
    var normals = [[PredictorNormal]](repeating: [], count: indices.count)
    let factorization = ComponentFactorization(problem)
    for (component, rule) in zip(components, rules) {
      factorization.update(component.gaussian)
      for (place, row) in indices.enumerated() {
        let known = factorization.known(rows, row)
        let new = newVariances(rows, row, rule)
        for (point, variance) in zip(rule, new) {
          normals[place].append(
            (component.weight * point.share, known.mean, known.variance + variance))
          // Without a new level all points say the same.
          if new.count == 1 {
            normals[place][normals[place].count - 1].weight = component.weight
          }
        }
      }
    }
    for (place, row) in indices.enumerated() { body(row, normals[place]) }
  }

  /// sum_k z_k' Sigma_k z_k over the new levels of a row, by point of the rule; 0 once if there is
  /// none.
  private func newVariances(
    _ rows: PredictionRows, _ row: Int, _ rule: [HyperparameterPoint]
  ) -> [Double] {
    let new = rows.factors.indices.filter { rows.factors[$0].levelOfRow[row] == nil }
    guard !new.isEmpty else { return [0] }
    let values = new.map { rows.factors[$0].terms.map { $0.values[row] } }
    return rule.map { point in
      zip(new, values).reduce(0) { $0 + point.covariances[$1.0].quadraticForm($1.1) }
    }
  }
}

/// The Gaussian of one component of the posterior, ready for means and variances of linear
/// predictors.
private final class ComponentFactorization {
  private let problem: GeneralProblem
  private let factor: PrecisionFactor
  private let response: any LinearResponseCovariance
  private let weights: DoubleStorage
  /// At the linear predictors of the posterior.
  private let expectations: RowExpectations
  private let variances: DoubleStorage
  private let vector: DoubleStorage
  private var gaussian: GaussianPosterior?
  /// S_bb of the factored matrix, and its Cholesky factor, p x p.
  private var fixedBlock = Matrix(order: 0)
  private var fixedRoot = DoubleStorage(count: 0)
  private var usesResponse = false
  /// Where the effects of each factor begin in the posterior's list.
  private let starts: [Int]

  init(_ problem: GeneralProblem) {
    self.problem = problem
    factor = PrecisionFactor(problem.layout)
    response = problem.layout.linearResponse()
    weights = DoubleStorage(count: problem.layout.rowCount)
    expectations = problem.family.expectations(count: problem.layout.rowCount)
    variances = DoubleStorage(count: problem.layout.rowCount)
    vector = DoubleStorage(count: problem.layout.effectCount)
    var starts = [0]
    for k in problem.levels.indices {
      starts.append(starts[k] + problem.levels[k] * problem.layout.termCount(ofFactor: k))
    }
    self.starts = starts
  }

  func update(_ gaussian: GaussianPosterior) {
    self.gaussian = gaussian
    guard gaussian.covarianceSource != .independent else { return }
    for (index, weight) in gaussian.rowWeights.enumerated() { weights.pointer[index] = weight }
    let prior = prior(of: gaussian)
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
      _ = problem.family.evaluate(means: means, variances: variances, into: expectations)
    }
    return expectations.replacingWeights(weights).curvatures
  }

  /// The prior of the effects that the fit had: with the hyperparameters given or, under
  /// structured, expected.
  private func prior(of gaussian: GaussianPosterior) -> EffectPrior {
    let means = problem.hyperparameters(
      logSDs: gaussian.logSDMean, partialCorrelations: gaussian.correlationMean)
    let variances = problem.hyperparameters(
      logSDs: gaussian.logSDVariance, partialCorrelations: gaussian.correlationVariance)
    guard variances.contains(where: { $0 > 0 }) else { return problem.prior(at: means) }
    let moments = problem.hyperparameters.moments(means: means, variances: variances)
    return problem.prior(
      precisions: moments.precisions, logDeterminants: moments.logDeterminants)
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
      guard let level = levels.levelOfRow[row] else { continue }
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
