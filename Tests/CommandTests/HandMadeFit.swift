@testable import PoissonGLMM

/// A fit that no data were asked for, for what is printed of models of any kind: every posterior is
/// a normal.
struct HandMadeFit {
  let model: PoissonMixedModel
  let fit: PoissonMixedModelFit

  /// 12 rows with a fixed intercept and a slope.
  /// - Parameters:
  ///   - factors: their columns do not matter, but there are 12 rows.
  ///   - logSDs: means and SDs, factor after factor.
  ///   - correlations: means and SDs of the correlations' atanh, factor after factor; the
  ///     correlation itself has half that mean and SD.
  init(
    factors: [RandomFactor], logSDs: [(mean: Double, sd: Double)],
    correlations: [(mean: Double, sd: Double)] = [], priors: Priors = Priors()
  ) throws {
    let x = DesignColumn(name: "x", values: (0..<12).map { Double($0 % 5) })
    model = try PoissonMixedModel(
      counts: (0..<12).map { Double($0 % 4) }, fixed: [.intercept(rows: 12), x], factors: factors,
      priors: priors)
    let effects = model.factors.reduce(0) { $0 + $1.levels.count * $1.terms.count }
    var gaussian = GaussianPosterior(
      logSDMean: logSDs.map(\.mean), logSDVariance: logSDs.map { $0.sd * $0.sd },
      fixedMean: [1, 0.5], fixedCovariance: Matrix(diagonal: [0.04, 0.01]),
      randomMean: (0..<effects).map { Double($0) / 8 },
      randomVariance: (0..<effects).map { _ in 0.25 }, covarianceSource: .bound)
    gaussian.correlationMean = correlations.map(\.mean)
    gaussian.correlationVariance = correlations.map { $0.sd * $0.sd }
    fit = PoissonMixedModelFit(
      approximation: .structured,
      posterior: Posterior(
        gaussian,
        correlations: correlations.map {
          Marginal(mean: $0.mean / 2, standardDeviation: $0.sd / 2)
        }),
      fixedNames: model.fixedNames, factors: model.factors, evidenceLowerBound: -20,
      logEvidence: nil,
      optimization: OptimizationSummary(
        bounds: [-20], boundRoundingError: 0, stopReason: .converged, iterations: 7),
      warnings: [])
  }

  /// Three schools of two classes each; intercept and slope vary between schools and are
  /// correlated.
  static func schools() throws -> HandMadeFit {
    let school = Grouping(labels: (0..<12).map { "S\($0 / 4)" })
    let schoolClass = Grouping(labels: (0..<12).map { "S\($0 / 4):\($0 / 2)" })
    return try HandMadeFit(
      factors: [
        RandomFactor(
          name: "school", grouping: school, terms: [.intercept(rows: 12), column("x")],
          correlatedSets: [0..<2]),
        RandomFactor(
          name: "school:classOf", grouping: schoolClass, terms: [.intercept(rows: 12)]),
      ], logSDs: [(-0.5, 0.25), (-1, 0.5), (-2, 0.5)], correlations: [(-0.5, 0.25)])
  }

  static func column(_ name: String) -> DesignColumn {
    DesignColumn(name: name, values: (0..<12).map { Double($0 % 3) })
  }

  /// Names as `FitOutput` has them.
  var factorNames: [String] { model.factors.map(\.name) }
}
