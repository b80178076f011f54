import PlatformEssentials

/// The table that `GLMM_POISSON` returns: rows of nine cells.
struct ResultTable {
  static let columnCount = 9

  /// All rows, top to bottom.
  private(set) var rows: [[TableCell]] = []

  /// - Parameters:
  ///   - fixedEffects: the posteriors to report.
  ///   - logSDs: those of the log SDs of the random terms.
  ///   - alpha: intervals cover 1 - alpha.
  ///   - hasIntercept: whether the first fixed effect is the intercept; the others are numbered 0,
  ///     1, ...
  ///   - hasRandomSlopes: whether `x_random` was given. The rows of random terms are then
  ///     `Random[0]` (the intercept), `Random[1]`, ...; otherwise the one row is `Group Var`.
  ///   - criteria: the log-likelihood, aic and bic; nil leaves their cells empty.
  init(
    fixedEffects: [Marginal], logSDs: [Marginal], alpha: Double, hasIntercept: Bool,
    hasRandomSlopes: Bool,
    criteria: InformationCriteria?
  ) {
    append(
      "fixed_effects", "parameter", "coefficient", "std_error", "z_statistic", "p_value",
      "ci_lower", "ci_upper", "incidence_rate_ratio")
    for (index, effect) in fixedEffects.enumerated() {
      let number = hasIntercept ? index - 1 : index
      append(
        fixedEffect: effect, name: number < 0 ? "Intercept" : String(number), alpha: alpha)
    }

    append("random_effects", "parameter", "variance", "std_dev")
    for (index, logSD) in logSDs.enumerated() {
      let standardDeviation = exp(logSD.mean)
      append(
        "", .text(hasRandomSlopes ? "Random[\(index)]" : "Group Var"),
        .number(standardDeviation * standardDeviation), .number(standardDeviation))
    }

    append("log_likelihood", criteria.map { .number($0.logLikelihood) } ?? .empty)
    append("aic", criteria.map { .number($0.aic) } ?? .empty)
    append("bic", criteria.map { .number($0.bic) } ?? .empty)
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

extension [[TableCell]] {
  /// Whether every number in the rows is finite.
  var isFinite: Bool {
    joined().allSatisfy { cell in
      if case .number(let number) = cell { number.isFinite } else { true }
    }
  }
}
