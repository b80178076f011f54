import PlatformEssentials
import PoissonGLMM

/// The tables of an answer.
struct AnswerTables {
  let output: FitOutput

  /// The documented table of `GLMM_POISSON`, with the names of the effects in the place of their
  /// numbers.
  var documented: AnswerTable {
    let effects = output.fixedEffects.map { effect in
      [effect.parameter]
        + [
          effect.mean, effect.sd, effect.z, effect.p, effect.interval.lower,
          effect.interval.upper, effect.irr,
        ].map(Self.digits)
    }
    return AnswerTable(
      caption: "Fixed effects",
      header: [
        "parameter", "coefficient", "std_error", "z_statistic", "p_value", "ci_lower", "ci_upper",
        "incidence_rate_ratio",
      ], rows: effects)
  }

  /// Its second part.
  var variances: AnswerTable {
    AnswerTable(
      caption: "Random effects", header: ["parameter", "variance", "std_dev"],
      rows: output.factors.flatMap { factor in
        factor.randomEffects.map { effect in
          ["\(factor.name): \(effect.parameter)"] + [effect.variance, effect.sd].map(Self.digits)
        }
      })
  }

  /// Its end.
  var criteria: AnswerTable {
    let criteria = output.criteria
    let numbers = [
      ("log_likelihood", criteria?.logLikelihood), ("aic", criteria?.aic), ("bic", criteria?.bic),
    ]
    return AnswerTable(
      caption: "Likelihood", header: ["", "value"],
      rows: numbers.map { [$0.0, $0.1.map(Self.digits) ?? "not known"] })
  }

  /// Rate ratios with their intervals.
  var rateRatios: AnswerTable {
    AnswerTable(
      caption: "For one unit of each effect", header: ["", "rate ratio"] + bounds,
      rows: output.fixedEffects.filter { $0.parameter != "Intercept" }.map { effect in
        [effect.parameter]
          + [effect.irr, effect.irrInterval.lower, effect.irrInterval.upper].map(Self.brief)
      })
  }

  /// Standard deviations between groups.
  var standardDeviations: [AnswerTable] {
    output.factors.map { factor in
      AnswerTable(
        caption:
          "Standard deviations between \(PlainWords.levels(factor.levels)) of \(factor.name)",
        header: ["", "standard deviation"] + bounds,
        rows: factor.randomEffects.map { effect in
          [effect.parameter]
            + [effect.median, effect.interval.lower, effect.interval.upper].map(Self.brief)
        })
    }
  }

  /// Correlations of random effects.
  var correlations: [AnswerTable] {
    output.factors.filter { !$0.correlations.isEmpty }.map { factor in
      AnswerTable(
        caption: "Correlations of the random effects of \(factor.name)",
        header: ["", "correlation"] + bounds,
        rows: factor.correlations.map { correlation in
          [correlation.parameters.joined(separator: ", ")]
            + [correlation.mean, correlation.interval.lower, correlation.interval.upper]
            .map(Self.brief)
        })
    }
  }

  /// Parameters of the family of counts.
  var family: AnswerTable {
    AnswerTable(
      caption: "Counts, \(output.family.phrase)", header: ["", "estimate"] + bounds,
      rows: output.familyRows.map { row in
        [row.parameter] + [row.median, row.interval.lower, row.interval.upper].map(Self.brief)
      })
  }

  private var bounds: [String] {
    [output.alpha / 2, 1 - output.alpha / 2].map { String(printf: "%.4g %%", 100 * $0) }
  }

  /// Six digits: what a table is compared with has as many.
  static func digits(_ value: Double) -> String {
    value.isFinite ? String(printf: "%.6g", value) : "not known"
  }

  static func brief(_ value: Double) -> String {
    value.isFinite ? String(printf: "%.4g", value) : "not known"
  }
}
