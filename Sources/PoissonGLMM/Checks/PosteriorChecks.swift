import Foundation
import GSLNumerics

/// What draws from the posterior say of a model: normal scores, which have the standard normal
/// distribution where the model holds.
struct PosteriorChecks {
  /// nil where the data say too little.
  let dispersion: Double?
  let zeros: Double?
  /// By random term, factor after factor: of He3 and He4, the skewness and the kurtosis.
  let normality: [(third: Double, fourth: Double)?]
  /// The variance of the counts over that of the model, the mean over the draws.
  let dispersionRatio: Double
  let expectedZeros: Double
  /// Of the first draw.
  let residuals: UniformResiduals
  let extreme: ExtremeRow

  /// The row with the smallest tail.
  struct ExtremeRow: Sendable {
    /// Its index among the rows of the data.
    let row: Int
    let count: Double
    /// What the model expects there.
    let mean: Double
  }

  /// What one draw says.
  struct Outcome: Sendable {
    let dispersion: Double?
    let zeros: Double?
    let normality: [(third: Double, fourth: Double)?]
    let ratio: Double
    let expectedZeros: Double
    let residuals: UniformResiduals?
    let extreme: ExtremeRow?
  }

  /// - Returns: nil where a draw is not finite.
  init?(_ outcomes: [Outcome]) {
    guard let first = outcomes.first, let residuals = first.residuals,
      let extreme = first.extreme
    else { return nil }
    let k = Double(outcomes.count)
    dispersionRatio = outcomes.reduce(0) { $0 + $1.ratio } / k
    expectedZeros = outcomes.reduce(0) { $0 + $1.expectedZeros } / k
    guard dispersionRatio.isFinite else { return nil }
    self.residuals = residuals
    self.extreme = extreme
    dispersion = Self.score(outcomes.map(\.dispersion))
    zeros = Self.score(outcomes.map(\.zeros))
    normality = first.normality.indices.map { term in
      guard let third = Self.score(outcomes.map { $0.normality[term]?.third }),
        let fourth = Self.score(outcomes.map { $0.normality[term]?.fourth })
      else { return nil }
      return (third, fourth)
    }
  }

  /// The normal score of the mean over the draws. The score z of one draw has variance 1 = Var(E(z
  /// | y)) + E Var(z | y), of which the second part v is how much the draws differ for these data:
  ///
  ///     mean(z) / sqrt(1 - v (1 - 1 / K))
  ///
  /// - Returns: nil if a draw has no score.
  static func score(_ scores: [Double?]) -> Double? {
    let known = scores.compactMap { $0 }
    guard known.count == scores.count, !known.isEmpty else { return nil }
    let k = Double(known.count)
    let mean = known.reduce(0, +) / k
    guard k > 1 else { return mean }
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (k - 1)
    return mean / max(1 - variance * (1 - 1 / k), smallestVariance).squareRoot()
  }

  /// The least that is left of the variance: where the draws differ so much the estimate of what
  /// is left is poor.
  private static let smallestVariance = 0.25
}

extension PosteriorChecks.Outcome {
  /// - Parameters:
  ///   - residuals: whether to compute them.
  init(_ draw: CheckDraw, residuals hasResiduals: Bool) {
    let rows = draw.rows
    let means = DoubleStorage(count: rows.count)
    let sums = RowSums(
      rows, predictors: draw.predictors, means: means, room: DoubleStorage(count: rows.count))
    dispersion = sums.dispersion.normalScore
    zeros = sums.zeros.normalScore
    ratio = sums.squares / sums.expectedSquares
    expectedZeros = sums.expectedZeros
    normality = draw.hermiteSums.map(\.normalScores)
    residuals = hasResiduals ? UniformResiduals(rows, means: means, draw.stream) : nil
    extreme = residuals.map {
      PosteriorChecks.ExtremeRow(
        row: Int(rows.rowOrder[$0.extremeRow]), count: rows.counts.pointer[$0.extremeRow],
        mean: means.pointer[$0.extremeRow])
    }
  }
}

extension HermiteSums {
  /// The normal scores of He3 and He4; nil where the data tell the random effects of too few
  /// levels.
  ///
  /// Given everything else, Var(E(He3 | y)) = 6 - E Var(He3 | y). A level whose effect is known with
  /// the reliability r has r^3 of the 6, and r^4 of the 24 of He4.
  var normalScores: (third: Double, fourth: Double)? {
    let thirdKnown = 6 * Double(levels) - thirdVariance
    let fourthKnown = 24 * Double(levels) - fourthVariance
    guard thirdKnown > 6 * Self.fewestLevels, fourthKnown > 0 else { return nil }
    let share = fourthKnown / (24 * Double(levels))
    // E He4^3 = 1728 under N(0, 1).
    let fourthScore = StandardizedSum(
      fourth, variance: fourthKnown,
      third: 1728 * Double(levels) * share * share.squareRoot()
    ).normalScore
    guard let fourthScore else { return nil }
    return (third / thirdKnown.squareRoot(), fourthScore)
  }

  /// As many levels with effects that are known exactly say enough of skewness.
  private static let fewestLevels = 8.0
}
