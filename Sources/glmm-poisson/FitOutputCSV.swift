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

  /// `group,parameter,mean,sd`, one row a random effect, groups in order of appearance.
  static func randomEffectsCSV(_ effects: RandomEffectPosteriors) -> String {
    var text = CSVLine.text(["group", "parameter", "mean", "sd"])
    var index = 0
    for group in effects.groupLabels {
      for term in effects.termNames {
        text += CSVLine.text([
          group, term, effects.means[index].description,
          effects.standardDeviations[index].description,
        ])
        index += 1
      }
    }
    return text
  }
}
