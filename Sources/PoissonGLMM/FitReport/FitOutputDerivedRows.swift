import PlatformEssentials

extension FitOutput {
  /// Rows of the CSV: of marginal means with the expected count in `exp_mean`, of differences with
  /// the tail probabilities and intervals that allow for all of them.
  var derivedRows: [[String]] {
    derived.contrasts.map { effect in
      ["contrast", "", effect.parameter]
        + numbers(effect, p: effect.p, interval: effect.interval)
    }
      + derived.means.flatMap { means in
        means.means.map { mean in
          ["mean", means.factor, mean.level, mean.mean.description, mean.sd.description, "", ""]
            + [
              mean.interval.lower, mean.interval.upper, mean.count, mean.countInterval.lower,
              mean.countInterval.upper,
            ].map(\.description)
        }
      }
      + derived.pairs.flatMap { pairs in
        pairs.differences.map { pair in
          ["pair", pairs.factor, pair.own.parameter]
            + numbers(pair.own, p: pair.p, interval: pair.interval)
        }
      }
  }

  private func numbers(
    _ effect: FixedEffect, p: Double, interval: (lower: Double, upper: Double)
  ) -> [String] {
    [
      effect.mean, effect.sd, effect.z, p, interval.lower, interval.upper, effect.irr,
      exp(interval.lower), exp(interval.upper),
    ].map(\.description)
  }

  /// The posterior covariance matrix of the fixed effects: a column and a row for each.
  package var fixedCovarianceCSV: String {
    let names = fixedEffects.map(\.parameter)
    var text = CSVLine.text(["parameter"] + names)
    for (index, name) in names.enumerated() {
      text += CSVLine.text([name] + fixedCovariance.row(index).map(\.description))
    }
    return text
  }
}
