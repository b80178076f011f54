import GSLNumerics
import PlatformEssentials

/// What draws from the posterior say of a model: normal scores, which have the standard normal
/// distribution where the model holds.
struct PosteriorChecks {
  /// nil where the data say too little.
  let dispersion: Double?
  let zeros: Double?
  /// By random term, factor after factor: of its skewness and its tails.
  let normality: [(skewness: Double, tails: Double)?]
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
    let normality: [(skewness: Double, tails: Double)?]
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
      guard
        let skewness = Self.score(
          outcomes.map { $0.normality[term]?.skewness }, countingUpTo: Self.largestOfShapes),
        let tails = Self.score(
          outcomes.map { $0.normality[term]?.tails }, countingUpTo: Self.largestOfShapes)
      else { return nil }
      return (skewness, tails)
    }
  }

  /// The normal score of the mean over the draws. The score z of one draw has variance 1 = Var(E(z
  /// | y)) + E Var(z | y), of which the second part v is how much the draws differ for these data:
  ///
  ///     mean(z) / sqrt(1 - v (1 - 1 / K))
  ///
  /// - Parameter largest: v counts for no more than this.
  /// - Returns: nil if a draw has no score.
  static func score(_ scores: [Double?], countingUpTo largest: Double = 1) -> Double? {
    let known = scores.compactMap { $0 }
    guard known.count == scores.count, !known.isEmpty else { return nil }
    let k = Double(known.count)
    let mean = known.reduce(0, +) / k
    guard k > 1 else { return mean }
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (k - 1)
    guard variance < largestVariance else { return known[0] }
    return mean / (1 - min(variance, largest) * (1 - 1 / k)).squareRoot()
  }

  /// Where the draws differ more, the data say so little of each that what is left of the variance
  /// would be a small difference of rough numbers: one draw alone is then as good.
  private static let largestVariance = 0.75
  /// Of the shape of random effects the draws differ the more the more unusual it is: with all of v
  /// taken off, unusual data would seem more so.
  private static let largestOfShapes = 0.2
}

extension PosteriorChecks.Outcome {
  /// - Parameters:
  ///   - residuals: whether to compute them.
  init(_ draw: CheckDraw, residuals hasResiduals: Bool) {
    let means = DoubleStorage(count: draw.rows.count)
    if let distribution = draw.distribution {
      self.init(draw, distribution, rates: means, residuals: hasResiduals)
    } else {
      self.init(draw, means: means, residuals: hasResiduals)
    }
  }

  /// For Poisson.
  private init(_ draw: CheckDraw, means: DoubleStorage, residuals hasResiduals: Bool) {
    let rows = draw.rows
    let rowSums = RowSums(
      rows, predictors: draw.predictors, means: means, room: DoubleStorage(count: rows.count))
    dispersion = rowSums.dispersion.normalScore
    zeros = rowSums.zeros.normalScore
    ratio = rowSums.squares / rowSums.expectedSquares
    expectedZeros = rowSums.expectedZeros
    normality = draw.shapes.map(\.normalScores)
    residuals = hasResiduals ? UniformResiduals(rows, means: means, draw.stream) : nil
    extreme = residuals.map {
      PosteriorChecks.ExtremeRow(
        row: Int(rows.rowOrder[$0.extremeRow]), count: rows.counts.pointer[$0.extremeRow],
        mean: means.pointer[$0.extremeRow])
    }
  }

  /// For families other than Poisson. The dispersion is that of the normal scores of the counts:
  /// the sum of their squares less 1 has the variance 2 n and the third central moment 8 n.
  private init(
    _ draw: CheckDraw, _ distribution: CountDistribution, rates: DoubleStorage,
    residuals hasResiduals: Bool
  ) {
    let (rows, n) = (draw.rows, Double(draw.rows.count))
    fillExponentials(of: draw.predictors.pointer, into: rates.pointer, count: rows.count)
    var zeroSum = StandardizedSum()
    var expected = 0.0
    for row in 0..<rows.count {
      let p = distribution.probabilityOfZero(rate: rates.pointer[row])
      expected += p
      zeroSum.add(
        (rows.counts.pointer[row] == 0 ? 1 : 0) - p, variance: p * (1 - p),
        third: p * (1 - p) * (1 - 2 * p))
    }
    let uniform = UniformResiduals(
      rows, means: rates, draw.stream, cumulative: distribution.cumulative)
    ratio = uniform?.meanSquare ?? .nan
    dispersion = StandardizedSum((ratio - 1) * n, variance: 2 * n, third: 8 * n).normalScore
    zeros = zeroSum.normalScore
    expectedZeros = expected
    normality = []
    residuals = hasResiduals ? uniform : nil
    extreme = residuals.map {
      PosteriorChecks.ExtremeRow(
        row: Int(rows.rowOrder[$0.extremeRow]), count: rows.counts.pointer[$0.extremeRow],
        mean: distribution.moments(rate: rates.pointer[$0.extremeRow]).mean)
    }
  }
}

extension ShapeSums {
  /// The normal scores of skewness, positive to the right, and of heavy tails; nil where the data
  /// tell the random effects of too few levels.
  var normalScores: (skewness: Double, tails: Double)? {
    guard reliability >= Self.fewestLevels, reliability >= Self.leastShare * Double(levels),
      skewnessVariance > 0, tailsVariance > 0
    else {
      return nil
    }
    return (-skewness / skewnessVariance.squareRoot(), tails / tailsVariance.squareRoot())
  }

  /// As many levels with effects that are known exactly say enough of a shape.
  private static let fewestLevels = 10.0
  /// Where effects are known less well on average, their posteriors are too far from normal for the
  /// variances of `ShapeMoments`.
  private static let leastShare = 0.55
}
