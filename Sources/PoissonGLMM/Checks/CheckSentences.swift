import GSLNumerics
import PlatformEssentials

/// What the checks of a model say in words.
struct CheckSentences {
  private let termNames: [(name: String, term: String, factor: String)]
  private let hasRowEffect: Bool
  private let family: CountFamily
  private let rowCount: Int
  private let zeroCount: Int
  private let rowName: (Int) -> String

  /// - Parameter rowName: what a row is called, counted from 0.
  init(_ model: PoissonMixedModel, rowName: ((Int) -> String)?) {
    self.rowName = rowName ?? { "row \($0 + 1)" }
    let terms = model.factors.flatMap { factor in factor.terms.map { ($0, factor.name) } }
    termNames = zip(model.randomNames, terms).map { ($0, $1.0, $1.1) }
    let n = model.data.rowCount
    rowCount = n
    hasRowEffect = model.factors.contains { $0.levels.count == n }
    family = model.family
    zeroCount = (0..<n).count { model.data.counts.pointer[$0] == 0 }
  }

  /// What is told unasked is below this p.
  private static let noticeable = 0.01

  func checks(_ posterior: PosteriorChecks) -> [ModelCheck] {
    [dispersion(posterior), zeros(posterior)].compactMap { $0 }
      + [uniformity(posterior.residuals), outliers(posterior)]
      + zip(termNames, posterior.normality).compactMap { term, scores in
        scores.map { normality(term, $0) }
      }
  }

  /// P(|Z| >= |z|)
  private func twoSided(_ score: Double) -> Double {
    2 * NormalDistribution.upperTail(score.magnitude)
  }

  private func dispersion(_ posterior: PosteriorChecks) -> ModelCheck? {
    guard let score = posterior.dispersion else { return nil }
    let (ratio, p) = (posterior.dispersionRatio, twoSided(score))
    let times = String(printf: ratio < 10 ? "%.2g" : "%.0f", ratio)
    let sentence: String
    if p >= Self.noticeable {
      sentence = "Counts vary as much as the model says (\(times) times)."
    } else if ratio >= 1 {
      let remedy =
        hasRowEffect
        ? "even with an effect for every row"
        : family.hasSize
          ? "they are not \(family.phrase)"
          : "consider an effect for every row, (1 | row), or a negative binomial family"
      sentence =
        "Counts vary \(times) times as much as the model says: intervals are too narrow; \(remedy)."
    } else {
      sentence =
        "Counts vary only \(times) times as much as the model says: intervals are wider than "
        + "need be."
    }
    return ModelCheck(
      name: "dispersion", statistic: ratio, p: p, sentence: sentence,
      matters: p < Self.noticeable && !(0.9...1.1).contains(ratio))
  }

  private var remedyForZeros: String {
    switch family {
    case .poisson: ": negative binomial and zero-inflated families have more."
    case .negativeBinomial: ": zero-inflated families have more."
    default: "."
    }
  }

  private func zeros(_ posterior: PosteriorChecks) -> ModelCheck? {
    guard let score = posterior.zeros else { return nil }
    let p = twoSided(score)
    let ratio = Double(zeroCount) / posterior.expectedZeros
    func percent(_ zeros: Double) -> String {
      String(printf: "%.2g %%", 100 * zeros / Double(rowCount))
    }
    let (seen, expected) = (percent(Double(zeroCount)), percent(posterior.expectedZeros))
    let sentence =
      p >= Self.noticeable
      ? "\(seen) of the counts are zero, and the model expects \(expected)."
      : "\(seen) of the counts are zero where the model expects \(expected)"
        + (ratio > 1.1 ? remedyForZeros : ".")
    return ModelCheck(
      name: "zeros", statistic: ratio, p: p, sentence: sentence,
      matters: p < Self.noticeable && !(0.9...1.1).contains(ratio))
  }

  private func uniformity(_ residuals: UniformResiduals) -> ModelCheck {
    let (distance, p) = (residuals.distance, residuals.uniformityP)
    let size = String(printf: "%.2g", distance)
    return ModelCheck(
      name: "uniformity", statistic: distance, p: p,
      sentence: p >= Self.noticeable
        ? "Quantile residuals are distributed as the model says, within \(size)."
        : "The distribution of the quantile residuals is off by up to \(size): the counts are not "
          + "distributed as the model says.",
      matters: p < Self.noticeable && distance > 0.03)
  }

  private func outliers(_ posterior: PosteriorChecks) -> ModelCheck {
    let (extreme, p) = (posterior.extreme, posterior.residuals.extremeP)
    let row =
      "\(rowName(extreme.row)), with a count of \(String(printf: "%.0f", extreme.count)) where the "
      + "model expects \(String(printf: "%.2g", extreme.mean))"
    return ModelCheck(
      name: "outliers", statistic: posterior.residuals.extremeScore, p: p,
      sentence: p >= Self.noticeable
        ? "No count is farther from the model than chance allows; the farthest is \(row)."
        : "A count is farther from the model than chance allows: \(row).",
      matters: p < Self.noticeable)
  }

  private func normality(
    _ term: (name: String, term: String, factor: String),
    _ scores: (skewness: Double, tails: Double)
  ) -> ModelCheck {
    let statistic = scores.skewness * scores.skewness + scores.tails * scores.tails
    let p = exp(-0.5 * statistic)
    let effects = "The random effects '\(term.term)' of '\(term.factor)'"
    let shape: String
    if scores.skewness.magnitude > scores.tails.magnitude {
      shape = "skewed to the \(scores.skewness > 0 ? "right" : "left")"
    } else {
      shape = scores.tails > 0 ? "heavy-tailed" : "too evenly spread"
    }
    return ModelCheck(
      name: ModelCheck.normalityName(term.name), statistic: statistic, p: p,
      sentence: p >= Self.noticeable
        ? "\(effects) look like a normal sample."
        : "\(effects) are not normal but \(shape): the interval of their standard deviation is not "
          + "to be trusted, those of the fixed effects suffer little.",
      matters: p < Self.noticeable)
  }
}
