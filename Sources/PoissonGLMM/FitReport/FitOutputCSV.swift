extension FitOutput {
  /// One row a parameter, numbers unrounded. `exp_mean` and its interval are the rate ratio of a
  /// fixed effect, and the standard deviation for the log standard deviation of a random effect.
  /// The parameters of a family of counts are `size`, `dispersion` and `zero_share`.
  /// The `parameter` of a correlation has the names of both terms, with a comma between them.
  package var csv: String {
    var rows = [
      [
        "effect", "group", "parameter", "mean", "sd", "z", "p", "ci_lower", "ci_upper", "exp_mean",
        "exp_lower", "exp_upper",
      ]
    ]
    for effect in fixedEffects {
      let numbers = [
        effect.mean, effect.sd, effect.z, effect.p, effect.interval.lower, effect.interval.upper,
        effect.irr, effect.irrInterval.lower, effect.irrInterval.upper,
      ]
      rows.append(["fixed", "", effect.parameter] + numbers.map(\.description))
    }
    for factor in factors {
      for effect in factor.randomEffects {
        let before = [effect.logSDMean, effect.logSDSD].map(\.description)
        let after = [
          effect.logSDInterval.lower, effect.logSDInterval.upper, effect.sd, effect.interval.lower,
          effect.interval.upper,
        ].map(\.description)
        rows.append(["log_sd", factor.name, effect.parameter] + before + ["", ""] + after)
      }
    }
    for factor in factors {
      for correlation in factor.correlations {
        let numbers = [
          correlation.mean.description, correlation.sd.description, "", "",
          correlation.interval.lower.description, correlation.interval.upper.description,
        ]
        rows.append(
          ["cor", factor.name, correlation.parameters.joined(separator: ",")] + numbers
            + ["", "", ""])
      }
    }
    for row in familyRows {
      let numbers = [row.mean.description, row.sd.description, "", ""]
      let interval = [row.interval.lower.description, row.interval.upper.description]
      rows.append(["family", "", row.parameter] + numbers + interval + ["", "", ""])
    }
    return (rows + derivedRows).map(CSVLine.text).joined()
  }

  /// `factor,group,parameter,mean,sd,ci_lower,ci_upper`, one row a random effect: factors in the
  /// order of the model, groups in order of appearance.
  /// - Parameter fit: the fit that this is the output of, which has kept its random effects.
  package func randomEffectsCSV(_ fit: PoissonMixedModelFit) throws(FitError) -> String {
    var text = CSVLine.text(["factor", "group", "parameter", "mean", "sd", "ci_lower", "ci_upper"])
    for (factor, effects) in fit.factors.enumerated() {
      for (group, label) in effects.groupLabels.enumerated() {
        for (term, name) in effects.termNames.enumerated() {
          let index = group * effects.termNames.count + term
          let interval = try fit.randomEffectMarginal(factor: factor, group: group, term: term)
            .interval(alpha: alpha)
          let numbers = [
            effects.means[index], effects.standardDeviations[index], interval.lower, interval.upper,
          ]
          text += CSVLine.text([factors[factor].name, label, name] + numbers.map(\.description))
        }
      }
    }
    return text
  }
}
