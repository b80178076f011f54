import PlatformEssentials
import PoissonGLMM

/// How much groups differ, in words.
struct GroupWords {
  let report: FitReport
  /// By grouping factor.
  let medianRateRatios: [VarianceSummary.Quantity]

  private var output: FitOutput { report.output }

  /// One sentence; nil in a model without groups.
  var sentence: PlainSentence? {
    guard !output.factors.isEmpty else { return nil }
    // The sensitivities of the log SDs stand behind those of the fixed effects.
    var start = output.fixedEffects.count
    let parts = zip(output.factors, medianRateRatios).map { factor, ratio in
      let range = start..<(start + factor.randomEffects.count)
      start = range.upperBound
      return part(factor, ratio) + priorNote(factor, range)
    }
    return PlainSentence(
      beginning: output.factors.count == 1
        ? "Of two \(kind(output.factors[0])) picked at random, with the same predictors,"
        : "Of two levels picked at random, all else the same,", parts: parts)
  }

  /// What the levels of a factor are called.
  private func kind(_ factor: FitOutput.Factor) -> String {
    factor.levels == output.observations ? "rows" : "groups"
  }

  private func part(_ factor: FitOutput.Factor, _ ratio: VarianceSummary.Quantity) -> String {
    let sds = factor.randomEffects.map { effect in
      let subject =
        effect.parameter == "Intercept" ? "the rate" : "the effect of \(effect.parameter)"
      return "\(subject) varies between \(PlainWords.levels(factor.levels)) of \(factor.name) with "
        + "a standard deviation of \(PlainWords.number(effect.median)) on the log scale "
        + "(\(PlainWords.number(effect.interval.lower)) to "
        + "\(PlainWords.number(effect.interval.upper)))"
    }
    let place = output.factors.count == 1 ? "" : "of \(factor.name) "
    return "\(place)the one with the higher rate typically has \(PlainWords.number(ratio.median)) "
      + "times that of the other (median rate ratio; \(PlainWords.level(output.alpha)) interval "
      + "\(PlainWords.number(ratio.lower)) to \(PlainWords.number(ratio.upper))), since "
      + PlainWords.list(sds)
  }

  /// Few groups say little of how much groups differ.
  private func priorNote(_ factor: FitOutput.Factor, _ range: Range<Int>) -> String {
    if factor.levels == 1 { return "; a single level says nothing of this, only the prior does" }
    let sensitivities = output.priorSensitivity
    guard range.upperBound <= sensitivities.count,
      sensitivities[range].contains(where: \.isNotable)
    else { return "" }
    return "; the data leave the prior a say in this"
  }
}
