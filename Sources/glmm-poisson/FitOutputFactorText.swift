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
  var factorSections: [FitOutputSection] {
    var sections: [FitOutputSection] = []
    var nextSD = fixedEffects.count
    var nextCorrelation = nextSD + factors.reduce(0) { $0 + $1.randomEffects.count }
    for factor in factors {
      let sds = sensitivities(from: nextSD, factor.randomEffects.count)
      let correlations = sensitivities(from: nextCorrelation, factor.correlations.count)
      nextSD += factor.randomEffects.count
      nextCorrelation += factor.correlations.count
      sections.append(
        FitOutputSection(
          title: standardDeviationTitle(factor),
          table: standardDeviationTable(factor).adding(priorColumn(sds)),
          notes: factor.randomEffects.compactMap { vanishingNote($0, of: factor) }))
      if !factor.correlations.isEmpty {
        sections.append(
          FitOutputSection(
            title: correlationTitle(factor),
            table: correlationTable(factor).adding(priorColumn(correlations))))
      }
    }
    return sections
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
        let floor = effect.floor
        return [effect.parameter]
          + [effect.median, effect.interval.lower, effect.interval.upper].map {
            NumberText.significant($0, above: floor)
          }
          + [NumberText.significant(effect.median * effect.median, above: floor * floor)]
          + [effect.logSDMean, effect.logSDSD].map(NumberText.significant)
      })
  }

  /// What a standard deviation is of that may as well be nothing; nil for any other.
  private func vanishingNote(_ effect: RandomEffect, of factor: Factor) -> String? {
    guard effect.floor > 0 else { return nil }
    let between = factors.count > 1 ? "levels of \(factor.name)" : "groups"
    let share = String(format: "%.4g", 100 * (1 - alpha / 2))
    return "\(effect.parameter): no variation between \(between) beyond chance; the standard "
      + "deviation is below \(NumberText.significant(effect.interval.upper)) with a probability of "
      + "\(share) %, and how far below is up to the prior."
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

extension FitOutput.RandomEffect {
  /// Where the posterior reaches down to nothing, a number below which sizes do not matter: a power
  /// of ten below the upper end by four or five orders of magnitude; 0 elsewhere.
  ///
  /// Under the default prior an interval spans less than two orders of magnitude, under a
  /// half-normal one about two.
  fileprivate var floor: Double {
    let small = 1e-4 * interval.upper
    return interval.lower < small ? pow(10, log10(small).rounded(.down)) : 0
  }
}
