import PoissonGLMM

extension FitOutput {
  /// One row a parameter, numbers unrounded. `exp_mean` and its interval are the rate ratio of a
  /// fixed effect, and the standard deviation for the log standard deviation of a random effect.
  var csv: String {
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
    for effect in randomEffects {
      let before = [effect.logSDMean, effect.logSDSD].map(\.description)
      let after = [
        effect.logSDInterval.lower, effect.logSDInterval.upper, effect.sd, effect.interval.lower,
        effect.interval.upper,
      ].map(\.description)
      rows.append(["log_sd", groupName, effect.parameter] + before + ["", ""] + after)
    }
    return rows.map(CSVLine.text).joined()
  }

  /// `group,parameter,mean,sd,ci_lower,ci_upper`, one row a random effect, groups in order of
  /// appearance.
  /// - Parameter fit: a fit that has kept its random effects.
  static func randomEffectsCSV(
    _ fit: PoissonMixedModelFit, alpha: Double
  ) throws(FitError) -> String {
    let effects = fit.randomEffects
    var text = CSVLine.text(["group", "parameter", "mean", "sd", "ci_lower", "ci_upper"])
    for (group, label) in effects.groupLabels.enumerated() {
      for (term, name) in effects.termNames.enumerated() {
        let index = group * effects.termNames.count + term
        let interval = try fit.randomEffectMarginal(group: group, term: term)
          .interval(alpha: alpha)
        let numbers = [
          effects.means[index], effects.standardDeviations[index], interval.lower, interval.upper,
        ]
        text += CSVLine.text([label, name] + numbers.map(\.description))
      }
    }
    return text
  }
}
