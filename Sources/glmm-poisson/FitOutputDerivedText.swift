import Foundation
import PoissonGLMM

extension FitOutput {
  /// The tables of contrasts, marginal means and their differences.
  var derivedSections: [(title: String, table: FitOutputTable)] {
    (derived.contrasts.isEmpty ? [] : [("Contrasts", effectTable(derived.contrasts))])
      + derived.means.map { (title($0), table($0)) } + derived.pairs.map { (title($0), table($0)) }
  }

  /// A line for each coefficient or combination of coefficients.
  func effectTable(_ effects: [FixedEffect]) -> FitOutputTable {
    let decimals = NumberText.decimals(standardDeviations: effects.map(\.sd))
    return FitOutputTable(
      header: ["", "mean", "SD", "z", "p"] + bounds + ["IRR"] + bounds,
      rows: effects.map { row($0, p: $0.p, interval: $0.interval, decimals: decimals) })
  }

  private func row(
    _ effect: FixedEffect, p: Double, interval: (lower: Double, upper: Double), decimals: Int
  ) -> [String] {
    let natural = [effect.mean, effect.sd, interval.lower, interval.upper].map {
      NumberText.fixed($0, decimals: decimals, standardDeviation: effect.sd)
    }
    let ratios = [effect.irr, exp(interval.lower), exp(interval.upper)].map(NumberText.significant)
    return [effect.parameter, natural[0], natural[1], NumberText.z(effect.z)]
      + [NumberText.probability(p), natural[2], natural[3]] + ratios
  }

  private func title(_ means: MarginalMeans) -> String {
    var held = means.covariates.map { "\($0.name) = \(NumberText.significant($0.mean))" }
    if let offset = means.offset { held.append("offset \(NumberText.significant(offset))") }
    return "Marginal means of \(means.factor), in a typical group"
      + (held.isEmpty ? "" : ", at \(held.joined(separator: ", "))")
  }

  private func table(_ means: MarginalMeans) -> FitOutputTable {
    let decimals = NumberText.decimals(standardDeviations: means.means.map(\.sd))
    return FitOutputTable(
      header: ["", "mean", "SD"] + bounds + ["count"] + bounds,
      rows: means.means.map { mean in
        [mean.level]
          + [mean.mean, mean.sd, mean.interval.lower, mean.interval.upper].map {
            NumberText.fixed($0, decimals: decimals, standardDeviation: mean.sd)
          }
          + [mean.count, mean.countInterval.lower, mean.countInterval.upper].map(
            NumberText.significant)
      })
  }

  private func title(_ pairs: Pairs) -> String {
    let count = pairs.differences.count
    return "Differences between the means of \(pairs.factor)"
      + (count > 1 ? ", p and intervals for all \(count) at once" : "")
  }

  private func table(_ pairs: Pairs) -> FitOutputTable {
    let decimals = NumberText.decimals(standardDeviations: pairs.differences.map(\.own.sd))
    return FitOutputTable(
      header: ["", "mean", "SD", "z", "p"] + bounds + ["IRR"] + bounds,
      rows: pairs.differences.map { pair in
        row(pair.own, p: pair.p, interval: pair.interval, decimals: decimals)
      })
  }
}
