import PlatformEssentials

/// Arguments of `GLMM_POISSON` with the fit of the model that they describe.
struct FittedArguments {
  let arguments: ValidatedArguments
  let model: PoissonMixedModel
  let fit: PoissonMixedModelFit

  /// - Parameter keepsRandomEffects: whether the distributions of the groups' effects are kept.
  /// - Throws: `GLMMPoissonError` where there is no fit.
  init(
    _ arguments: ValidatedArguments, keepsRandomEffects: Bool, maximumIterations: Int
  ) throws(GLMMPoissonError) {
    let options = FitOptions(
      approximation: arguments.approximation, maximumIterations: maximumIterations,
      keepsRandomEffects: keepsRandomEffects)
    self.arguments = arguments
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
  }

  /// The documented table.
  func table() throws(GLMMPoissonError) -> [[TableCell]] {
    let table = ResultTable(
      fixedEffects: fit.fixedEffects.map(\.marginal),
      logSDs: fit.logStandardDeviations.map(\.marginal), alpha: arguments.alpha,
      hasIntercept: arguments.fitIntercept,
      hasRandomSlopes: arguments.randomColumns != nil,
      // A log-likelihood beyond the range of numbers leaves its cells empty; the estimates stand.
      criteria: try? model.informationCriteria(
        fixedEffects: fit.fixedEffects.map(\.marginal.mean),
        logStandardDeviations: fit.logStandardDeviations.map(\.marginal.mean)))
    return try Self.finite(table.rows)
  }

  /// The warnings of the fit, a row each.
  func warnings() -> [[TableCell]] {
    fit.warnings.isEmpty ? [[.empty]] : fit.warnings.map { [.text($0)] }
  }

  /// The effects of the groups in order of appearance, a row each under a row of titles: for every
  /// random term the posterior mean and SD, the ends of the interval, and the exponential of the
  /// mean, the group's rate relative to that of a group whose effect is 0.
  func groupEffects() throws(GLMMPoissonError) -> [[TableCell]] {
    let effects = fit.randomEffects
    let terms = effects.termNames.count
    var titles: [TableCell] = ["group"]
    for term in 0..<terms {
      let prefix = arguments.randomColumns == nil ? "" : "Random[\(term)] "
      titles += ["effect", "std_error", "ci_lower", "ci_upper", "incidence_rate_ratio"].map {
        .text(prefix + $0)
      }
    }
    var rows = [titles]
    for (group, number) in Self.inOrderOfAppearance(arguments.groups).enumerated() {
      var row: [TableCell] = [.number(number)]
      for term in 0..<terms {
        let mean = effects.means[group * terms + term]
        let interval = try interval(group: group, term: term)
        row += [
          .number(mean), .number(effects.standardDeviations[group * terms + term]),
          .number(interval.lower), .number(interval.upper), .number(exp(mean)),
        ]
      }
      rows.append(row)
    }
    return try Self.finite(rows)
  }

  private func interval(
    group: Int, term: Int
  ) throws(GLMMPoissonError) -> (lower: Double, upper: Double) {
    do {
      return try fit.randomEffectMarginal(group: group, term: term)
        .interval(alpha: arguments.alpha)
    } catch {
      throw .modelError("\(error)")
    }
  }

  private static func inOrderOfAppearance(_ groups: [Double]) -> [Double] {
    var seen: Set<Double> = []
    return groups.filter { seen.insert($0).inserted }
  }

  private static func finite(_ rows: [[TableCell]]) throws(GLMMPoissonError) -> [[TableCell]] {
    guard rows.isFinite else { throw .modelError("Model produced non-finite values.") }
    return rows
  }
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

  static func numbered(_ columns: [[Double]]) -> [DesignColumn] {
    columns.enumerated().map { DesignColumn(name: String($0), values: $1) }
  }
}
