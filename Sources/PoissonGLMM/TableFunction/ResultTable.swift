import Foundation

/// The table that `GLMM_POISSON` returns: rows of nine cells.
struct ResultTable {
  static let columnCount = 9

  /// All rows, top to bottom.
  private(set) var rows: [[TableCell]] = []

  /// - Parameters:
  ///   - fit: the posterior to report.
  ///   - alpha: intervals cover 1 - alpha.
  ///   - hasIntercept: whether the first fixed effect is the intercept; the others are numbered 0, 1, ...
  ///   - hasRandomSlopes: whether `x_random` was given; its rows are then `Random[0]` (the intercept),
  ///     `Random[1]`, ..., and else the one row is `Group Var`.
  ///   - logLikelihood: the marginal log-likelihood with the number of rows it is of; without it,
  ///     the cells of the log-likelihood and of the criteria made from it are empty.
  init(
    fit: PoissonMixedModelFit, alpha: Double, hasIntercept: Bool, hasRandomSlopes: Bool,
    logLikelihood: (value: Double, rows: Int)? = nil
  ) {
    append(
      "fixed_effects", "parameter", "coefficient", "std_error", "z_statistic", "p_value",
      "ci_lower", "ci_upper", "incidence_rate_ratio")
    for (index, effect) in fit.fixedEffects.enumerated() {
      let number = hasIntercept ? index - 1 : index
      append(
        fixedEffect: effect.marginal, name: number < 0 ? "Intercept" : String(number), alpha: alpha)
    }

    append("random_effects", "parameter", "variance", "std_dev")
    for (index, logSD) in fit.logStandardDeviations.enumerated() {
      let standardDeviation = exp(logSD.marginal.mean)
      append(
        "", .text(hasRandomSlopes ? "Random[\(index)]" : "Group Var"),
        .number(standardDeviation * standardDeviation), .number(standardDeviation))
    }

    let parameterCount = Double(fit.fixedEffects.count + fit.logStandardDeviations.count)
    append("log_likelihood", logLikelihood.map { .number($0.value) } ?? .empty)
    append("aic", logLikelihood.map { .number(-2 * $0.value + 2 * parameterCount) } ?? .empty)
    append(
      "bic",
      logLikelihood.map { .number(-2 * $0.value + parameterCount * log(Double($0.rows))) }
        ?? .empty)
  }

  /// Whether every number in the table is finite.
  var isFinite: Bool {
    rows.joined().allSatisfy { cell in
      if case .number(let number) = cell { number.isFinite } else { true }
    }
  }

  private mutating func append(fixedEffect marginal: Marginal, name: String, alpha: Double) {
    let interval = marginal.interval(alpha: alpha)
    append(
      "fixed_effects", .text(name), .number(marginal.mean), .number(marginal.standardDeviation),
      .number(marginal.mean / marginal.standardDeviation),
      .number(marginal.twoSidedTailProbability), .number(interval.lower),
      .number(interval.upper), .number(exp(marginal.mean)))
  }

  /// Appends a row, filled up with empty cells.
  private mutating func append(_ cells: TableCell...) {
    rows.append(cells + Array(repeating: .empty, count: Self.columnCount - cells.count))
  }
}
