/// What `GLMM_POISSON` returns.
public enum GLMMPoissonAnswer: Sendable, Equatable {
  /// Rows of nine cells: a header and one row a fixed effect; a header and one row a random term;
  /// then `log_likelihood`, `aic` and `bic`, where the documented listing has zeros: the
  /// log-likelihood of the posterior means of b and log sd, with the random effects integrated out.
  case table([[TableCell]])
  /// One sentence that says what is wrong with the input, or why the model has no fit.
  case error(String)
}

/// The spreadsheet function `GLMM_POISSON`: a Poisson mixed model of counts in groups,
///
///     log mu_ij = x_ij' b + z_ij' u_j,      u_jk ~ N(0, sd_k^2),
///
/// fitted by variational Bayes, as a table.
///
/// The Python listing that documents the function never uses `groups`: it hands its fitter one
/// random effect that all rows share, so that its "Group Var" is not a variance between groups.
/// Here the groups enter as the documented formula says.
/// - Parameters:
///   - y: n rows of one count.
///   - x: n rows of the fixed-effect predictors, without the intercept.
///   - groups: n rows of one number, the group.
///   - xRandom: n rows of the predictors that have a random slope in each group beside the random
///     intercept; nil for the random intercept alone.
///   - fitIntercept: whether the model has a fixed intercept.
///   - alpha: intervals cover 1 - alpha.
///   - approximation: how the posterior is approximated.
/// - Returns: the table, or the documented text for the first fault in the input.
public func glmmPoisson(
  y: [[Double]], x: [[Double]], groups: [[Double]], xRandom: [[Double]]? = nil,
  fitIntercept: Bool = true, alpha: Double = 0.05,
  approximation: Approximation = FitOptions().approximation
) -> GLMMPoissonAnswer {
  glmmPoisson(
    GLMMPoissonArguments(
      y: SpreadsheetValue(rows: y), x: SpreadsheetValue(rows: x),
      groups: SpreadsheetValue(rows: groups),
      xRandom: xRandom.map(SpreadsheetValue.init(rows:)) ?? .null,
      fitIntercept: .bool(fitIntercept), alpha: .number(alpha),
      approximation: .text(approximation.rawValue)))
}

/// The spreadsheet function `GLMM_POISSON` of arguments of any kind, as a spreadsheet or a JSON
/// request passes them. A bare cell stands for a range of one row and column.
public func glmmPoisson(_ arguments: GLMMPoissonArguments) -> GLMMPoissonAnswer {
  glmmPoissonWithWarnings(arguments).answer
}

/// The same, with the warnings that the table has no room for: what a user should know before
/// trusting it, one sentence each.
public func glmmPoissonWithWarnings(
  _ arguments: GLMMPoissonArguments
) -> (answer: GLMMPoissonAnswer, warnings: [String]) {
  glmmPoisson(arguments, maximumIterations: FitOptions().maximumIterations)
}

/// The same with a limit on the iterations of the fit.
func glmmPoisson(
  _ arguments: GLMMPoissonArguments, maximumIterations: Int
) -> (answer: GLMMPoissonAnswer, warnings: [String]) {
  do {
    let arguments = try ValidatedArguments(checking: arguments)
    let (table, warnings) = try resultTable(of: arguments, maximumIterations: maximumIterations)
    return (.table(table.rows), warnings)
  } catch {
    return (.error(error.description), [])
  }
}

private func resultTable(
  of arguments: ValidatedArguments, maximumIterations: Int
) throws(GLMMPoissonError) -> (table: ResultTable, warnings: [String]) {
  let options = FitOptions(
    approximation: arguments.approximation, maximumIterations: maximumIterations)
  let model: PoissonMixedModel
  let fit: PoissonMixedModelFit
  do {
    model = try arguments.model()
    fit = try model.fit(options)
  } catch {
    throw .modelError("\(error)")
  }
  let optimization = fit.optimization
  guard optimization.converged else {
    throw .modelError(
      "The fit has not converged: \(optimization.stopReason.rawValue) after "
        + "\(optimization.iterations) iteration\(optimization.iterations == 1 ? "" : "s").")
  }
  let table = ResultTable(
    fixedEffects: fit.fixedEffects.map(\.marginal),
    logSDs: fit.logStandardDeviations.map(\.marginal), alpha: arguments.alpha,
    hasIntercept: arguments.fitIntercept,
    hasRandomSlopes: arguments.randomColumns != nil,
    // A log-likelihood beyond the range of numbers leaves its cells empty; the estimates stand.
    criteria: try? model.informationCriteria(
      fixedEffects: fit.fixedEffects.map(\.marginal.mean),
      logStandardDeviations: fit.logStandardDeviations.map(\.marginal.mean)))
  guard table.isFinite else { throw .modelError("Model produced non-finite values.") }
  return (table, fit.warnings)
}

extension ValidatedArguments {
  /// The model that the documented formula describes.
  func model() throws(ModelError) -> PoissonMixedModel {
    let intercept = DesignColumn.intercept(rows: counts.count)
    return try PoissonMixedModel(
      counts: counts,
      fixed: (fitIntercept ? [intercept] : []) + Self.numbered(fixedColumns),
      random: [intercept] + Self.numbered(randomColumns ?? []),
      grouping: Grouping(numbers: groups))
  }

  private static func numbered(_ columns: [[Double]]) -> [DesignColumn] {
    columns.enumerated().map { DesignColumn(name: String($0), values: $1) }
  }
}
