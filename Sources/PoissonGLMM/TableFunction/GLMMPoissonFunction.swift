/// What `GLMM_POISSON` returns.
public enum GLMMPoissonAnswer: Sendable, Equatable {
  /// Rows of equally many cells, nine in the documented table: a header and one row a fixed effect;
  /// a header and one row a random term; then `log_likelihood`, `aic` and `bic`, where the
  /// documented listing has zeros: the log-likelihood of the posterior means of b and log sd, with
  /// the random effects integrated out. `GLMMPoissonResult` has what else there is.
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
  glmmPoissonWithWarnings(GLMMPoissonRequest(arguments))
}

/// The answer to a request for any of the results, with the warnings that it has no room for.
public func glmmPoissonWithWarnings(
  _ request: GLMMPoissonRequest
) -> (answer: GLMMPoissonAnswer, warnings: [String]) {
  glmmPoisson(request, maximumIterations: FitOptions().maximumIterations)
}

/// The same with a limit on the iterations of the fit.
func glmmPoisson(
  _ request: GLMMPoissonRequest, maximumIterations: Int
) -> (answer: GLMMPoissonAnswer, warnings: [String]) {
  do throws(GLMMPoissonError) {
    let arguments = try ValidatedArguments(checking: request.arguments)
    // Before the fit, which may take long.
    var newRows: ValidatedNewRows?
    if request.result == .predictions {
      guard let rows = request.newRows else {
        throw .invalidInput("new_x is required.")
      }
      newRows = try ValidatedNewRows(checking: rows, for: arguments)
    }
    let fitted = try FittedArguments(
      arguments,
      keepsRandomEffects: request.result == .predictions || request.result == .groups,
      maximumIterations: maximumIterations)
    if let newRows {
      let (table, warnings) = try fitted.predictions(of: newRows)
      return (.table(table), fitted.fit.warnings + warnings)
    }
    switch request.result {
    case .warnings: return (.table(fitted.warnings()), [])
    case .groups: return (.table(try fitted.groupEffects()), fitted.fit.warnings)
    case .table, .predictions: return (.table(try fitted.table()), fitted.fit.warnings)
    }
  } catch {
    return (.error(error.description), [])
  }
}
