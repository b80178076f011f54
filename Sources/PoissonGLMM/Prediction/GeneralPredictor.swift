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
        logSDs: gaussian.logSDMean, partialCorrelations: gaussian.correlationMean, family: []),
      variances: problem.hyperparameters(
        logSDs: gaussian.logSDVariance, partialCorrelations: gaussian.correlationVariance,
        family: []),
      maximumPoints: maximumPoints
    ).map {
      HyperparameterPoint(
        share: $0.weight, covariances: problem.hyperparameters.covariances(at: $0.values))
    }
  }

  /// Component after component, so that each is factored once for all rows.
  func forEach(
    _ indices: ArraySlice<Int>, of rows: PredictionRows, until limit: FitLimit?,
    _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void
  ) {
    var normals = [[PredictorNormal]](repeating: [], count: indices.count)
    let factorization = ComponentFactorization(problem)
    let areSeen = indices.contains { row in
      rows.factors.indices.contains { rows.seenLevel(row, factor: $0) != nil }
    }
    for (component, rule) in zip(components, rules) {
      if limit?.isReached == true { return }
      factorization.update(component.gaussian, factors: areSeen)
      for (place, row) in indices.enumerated() {
        if limit?.isReached == true { return }
        let known = factorization.known(rows, row)
        let new = newVariances(rows, row, rule)
        for (point, variance) in zip(rule, new) {
          normals[place].append(
            rows.groups.adding(
              effectsOfVariance: variance,
              to: (component.weight * point.share, known.mean, known.variance)))
          // Without a new level all points say the same.
          if new.count == 1 {
            normals[place][normals[place].count - 1].weight = component.weight
          }
        }
      }
    }
    for (place, row) in indices.enumerated() {
      if limit?.isReached == true { return }
      body(row, normals[place])
    }
  }

  /// sum_k z_k' Sigma_k z_k over the new levels of a row, by point of the rule; 0 once if there is
  /// none.
  private func newVariances(
    _ rows: PredictionRows, _ row: Int, _ rule: [HyperparameterPoint]
  ) -> [Double] {
    let new = rows.factors.indices.filter { rows.seenLevel(row, factor: $0) == nil }
    guard !new.isEmpty else { return [0] }
    let values = new.map { rows.factors[$0].terms.map { $0.values[row] } }
    return rule.map { point in
      zip(new, values).reduce(0) { $0 + point.covariances[$1.0].quadraticForm($1.1) }
    }
  }
}
