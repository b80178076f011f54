import PlatformEssentials
import PoissonGLMM

/// How much the expected count changes with each predictor, and how sure that is.
struct EffectWords {
  private let output: FitOutput
  private let frame: ModelFrame

  /// More effects are left to the table.
  private static let mostEffects = 8

  init(_ report: FitReport) {
    (output, frame) = (report.output, report.frame)
  }

  /// One sentence; nil in a model without predictors.
  var sentence: PlainSentence? {
    var parts: [String] = []
    var curves: Set<String> = []
    let meanings = frame.effectMeanings
    for (effect, meaning) in zip(output.fixedEffects, meanings) {
      if case .curve(let name) = meaning {
        if curves.insert(name).inserted {
          parts.append("follows a curve in \(name), which only all of its columns together tell")
        }
      } else if let part = part(effect, meaning) {
        parts.append(part)
      }
    }
    guard !parts.isEmpty else { return nil }
    let more = parts.count - Self.mostEffects
    if more > 0 {
      parts = Array(parts.prefix(Self.mostEffects))
      parts.append("and changes with \(more) more \(more == 1 ? "effect" : "effects") of the table")
    }
    return PlainSentence(beginning: beginning(meanings), parts: parts)
  }

  private func beginning(_ meanings: [EffectMeaning]) -> String {
    // A ratio is that of every group where slopes do not differ; a count is that of one.
    let tellsCounts = meanings.contains {
      if case .level(_, of: _, comparedWith: nil, at: _) = $0 { true } else { false }
    }
    let hasSlopes = output.factors.contains { factor in
      factor.randomEffects.contains { $0.parameter != DesignColumn.interceptName }
    }
    let isTypical = hasSlopes || tellsCounts && !output.factors.isEmpty
    let exposure =
      frame.offset == nil ? "" : tellsCounts ? " for an exposure of 1" : " for the same exposure"
    let zeros = tellsCounts && output.family.hasZeroShare ? ", extra zeros aside," : ""
    return (isTypical ? "In a typical group, other things equal" : "Other things equal")
      + ", the expected count\(exposure)\(zeros)"
  }

  private func part(_ effect: FitOutput.FixedEffect, _ meaning: EffectMeaning) -> String? {
    switch meaning {
    case .intercept, .curve: return nil
    case .unit(let name, let others):
      let change = Change(effect, output.alpha)
      return change.verb
        + (isSwitch(name) ? " as \(name) goes from 0 to 1" : " with each unit of \(name)")
        + place(others) + change.certainty
    case .level(let level, let name, nil, let others):
      // Without an intercept the exponential is the count itself.
      let interval = effect.irrInterval
      return "is \(PlainWords.number(effect.irr)) where "
        + PlainWords.list(["\(name) is \(level)"] + others) + " "
        + "(\(PlainWords.level(output.alpha)) interval \(PlainWords.number(interval.lower)) to "
        + "\(PlainWords.number(interval.upper)))"
    case .level(let level, let name, let first?, let others):
      let change = Change(effect, output.alpha)
      return "\(change.comparison) where \(name) is \(level) "
        + "\(change.isModerate ? "than" : "as") where it is \(first)\(place(others))"
        + change.certainty
    case .product(let names):
      let change = Change(effect, output.alpha)
      return "is multiplied by a further \(PlainWords.number(change.ratio)) for each unit of the "
        + "product of \(PlainWords.list(names))" + change.certainty(of: change.factors)
    }
  }

  /// Whether a column has no other values than 0 and 1.
  private func isSwitch(_ name: String) -> Bool {
    frame.fixed.first { $0.name == name }?.values.allSatisfy { $0 == 0 || $0 == 1 } ?? false
  }

  private func place(_ others: [String]) -> String {
    others.isEmpty ? "" : " where " + PlainWords.list(others)
  }
}

/// A rate ratio in words.
private struct Change {
  let ratio: Double
  let lower: Double
  let upper: Double
  let alpha: Double
  /// P(the effect has the sign of its estimate).
  let directionProbability: Double

  init(_ effect: FitOutput.FixedEffect, _ alpha: Double) {
    ratio = effect.irr
    (lower, upper) = effect.irrInterval
    self.alpha = alpha
    // p is twice the posterior probability on the other side of 0.
    directionProbability = 1 - effect.p / 2
  }

  private var rises: Bool { ratio >= 1 }

  /// Whether percent are easier to read than factors.
  var isModerate: Bool { (0.5...2).contains(ratio) && lower > 0.2 && upper < 4 }

  var verb: String {
    isModerate
      ? "\(rises ? "rises" : "falls") by \(PlainWords.percent(ratio - 1))"
      : "is multiplied by \(PlainWords.number(ratio))"
  }

  var comparison: String {
    isModerate
      ? "is \(PlainWords.percent(ratio - 1)) \(rises ? "higher" : "lower")"
      : "is \(PlainWords.number(ratio)) times as high"
  }

  /// The interval, and how sure the direction is.
  var certainty: String { certainty(of: isModerate ? percentages : factors) }

  /// The same with the interval as it was put in words.
  func certainty(of range: String) -> String {
    let direction = rises ? "a rise" : "a fall"
    let isOpen = lower <= 1 && upper >= 1
    return " (\(PlainWords.level(alpha)) interval \(range); probability of \(direction) "
      + "\(PlainWords.probability(directionProbability))"
      + (isOpen ? ", so that the data leave the direction open)" : ")")
  }

  /// The interval as it stands.
  var factors: String { "\(PlainWords.number(lower)) to \(PlainWords.number(upper))" }

  private var percentages: String {
    func side(_ value: Double) -> String { value >= 1 ? "more" : "less" }
    let (first, last) = lower < 1 && upper < 1 ? (upper, lower) : (lower, upper)
    return side(first) == side(last)
      ? "\(PlainWords.percent(first - 1)) to \(PlainWords.percent(last - 1)) \(side(last))"
      : "\(PlainWords.percent(first - 1)) \(side(first)) to \(PlainWords.percent(last - 1)) "
        + side(last)
  }
}
