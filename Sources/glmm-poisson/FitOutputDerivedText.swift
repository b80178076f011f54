import Foundation
import PoissonGLMM

extension FitOutput {
  /// The tables of contrasts, marginal means and their differences.
  var derivedSections: [FitOutputSection] {
    let contrasts = FitOutputSection(
      title: "Contrasts", table: effectTable(derived.contrasts),
      notes: tailNotes(derived.contrasts))
    return (derived.contrasts.isEmpty ? [] : [contrasts])
      + derived.means.map { FitOutputSection(title: title($0), table: table($0)) }
      + derived.pairs.map { pairs in
        // Of several at once p is another probability anyway, as the title says.
        FitOutputSection(
          title: title(pairs), table: table(pairs),
          notes: pairs.differences.count > 1 ? [] : tailNotes(pairs.differences.map(\.own)))
      }
  }

  /// The coefficients, with how much the prior says of each.
  var fixedEffectTable: FitOutputTable {
    effectTable(fixedEffects).adding(priorColumn(sensitivities(from: 0, fixedEffects.count)))
  }

  /// A line for each coefficient or combination of coefficients.
  private func effectTable(_ effects: [FixedEffect]) -> FitOutputTable {
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
    return "Marginal means of \(means.factor)" + (factors.isEmpty ? "" : ", in a typical group")
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
