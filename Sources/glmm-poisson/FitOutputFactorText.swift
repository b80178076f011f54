import Foundation
import PoissonGLMM

extension FitOutput {
  /// What stands behind the number of observations: the levels that they are in.
  var levels: String {
    guard !factors.isEmpty else { return "" }
    guard factors.count > 1 else {
      return " in \(counted(factors[0].levels, "group")) (\(factors[0].name))"
    }
    return "; levels: "
      + factors.map { "\($0.levels) of \($0.name)" }.joined(separator: ", ")
  }

  /// The tables of the grouping factors, one factor after the other: the standard deviations, and
  /// where terms are correlated their correlations.
  var factorSections: [(title: String, table: FitOutputTable)] {
    factors.flatMap { factor in
      let own = [(standardDeviationTitle(factor), standardDeviationTable(factor))]
      return factor.correlations.isEmpty
        ? own : own + [(correlationTitle(factor), correlationTable(factor))]
    }
  }

  private func standardDeviationTitle(_ factor: Factor) -> String {
    factors.count > 1
      ? "Random effects of \(factor.name): standard deviations between "
        + counted(factor.levels, "level")
      : "Random effects, standard deviations between \(counted(factor.levels, "group")) "
        + "(\(factor.name))"
  }

  /// The estimate is the posterior median. Where the posterior reaches down to nothing, the mean of
  /// the log SD follows it there, and its exponential is far below what all else says.
  private func standardDeviationTable(_ factor: Factor) -> FitOutputTable {
    FitOutputTable(
      header: ["", "SD"] + bounds + ["variance", "mean log SD", "SD log SD"],
      rows: factor.randomEffects.map { effect in
        let numbers = [
          effect.median, effect.interval.lower, effect.interval.upper,
          effect.median * effect.median, effect.logSDMean, effect.logSDSD,
        ]
        return [effect.parameter] + numbers.map(NumberText.significant)
      })
  }

  private func correlationTitle(_ factor: Factor) -> String {
    factors.count > 1
      ? "Correlations of the random effects of \(factor.name)"
      : "Correlations of the random effects (\(factor.name))"
  }

  private func correlationTable(_ factor: Factor) -> FitOutputTable {
    let decimals = NumberText.decimals(standardDeviations: factor.correlations.map(\.sd))
    return FitOutputTable(
      header: ["", "mean", "SD"] + bounds,
      rows: factor.correlations.map { correlation in
        let numbers = [
          correlation.mean, correlation.sd, correlation.interval.lower, correlation.interval.upper,
        ]
        return [correlation.parameters.joined(separator: ", ")]
          + numbers.map {
            NumberText.fixed($0, decimals: decimals, standardDeviation: correlation.sd)
          }
      })
  }
}
