import GSLNumerics
import PlatformEssentials

/// All pairwise differences of some linear combinations of the fixed effects, with intervals that
/// hold all of them at once.
///
/// Let F_j be the distribution function of difference j, and Z_j = Phi^-1(F_j(difference j)), a
/// standard normal variable. With c the quantile 1 - alpha of max_j |Z_j| under the joint
/// posterior, the intervals from F_j^-1(Phi(-c)) to F_j^-1(Phi(c)) hold all differences with
/// probability 1 - alpha. For one Gaussian these are mean -+ c SD, Tukey's intervals where it is
/// balanced. c is found from draws, the same ones every time.
public struct PairwiseDifferences: Sendable {
  /// One difference: the second combination less the first.
  public struct Difference: Sendable {
    /// The index of the combination that is taken away.
    public let first: Int
    /// The index of the combination that it is taken from.
    public let second: Int
    /// The distribution of the difference.
    public let marginal: Marginal
    /// The tail probability that allows for all differences: P(max_j |Z_j| > z), where z leaves the
    /// difference's own two-sided tail probability.
    public let simultaneousTailProbability: Double
    /// The interval that, with those of all other differences, holds with probability 1 - alpha.
    public let simultaneousInterval: (lower: Double, upper: Double)
  }

  /// (0, 1), (0, 2), ..., (1, 2), ...
  public let differences: [Difference]
  /// c, the quantile of max_j |Z_j|.
  public let criticalValue: Double

  /// The standard error of c is then 0.006 or less for alpha = 0.05.
  static let drawCount = 100_000
  /// With fewer draws beyond, a tail probability is Bonferroni's bound, which is close so far out.
  private static let fewestDraws = 25
  /// Differences are so many at most: draws of each take time.
  static let mostCombinations = 100

  init(
    _ posterior: Posterior, weights: [[Double]], offsets: [Double], alpha: Double
  ) throws(FitError) {
    let pairs = weights.indices.flatMap { first in
      ((first + 1)..<max(weights.count, first + 1)).map { (first, $0) }
    }
    let combinations = pairs.map { zip(weights[$0.1], weights[$0.0]).map(-) }
    guard pairs.count > 1 else {
      let marginal = posterior.marginal(
        ofCombination: combinations[0], plus: offsets[1] - offsets[0])
      criticalValue = NormalDistribution.upperTailQuantile(alpha / 2)
      differences = [
        Difference(
          first: 0, second: 1, marginal: marginal,
          simultaneousTailProbability: marginal.twoSidedTailProbability,
          simultaneousInterval: marginal.interval(alpha: alpha))
      ]
      return
    }
    let scores = combinations.map { NormalScore(posterior.normals(ofCombination: $0)) }
    let maxima = try CombinationDraws(posterior, weights: weights).map(count: Self.drawCount) {
      values in
      var largest = 0.0
      for (index, pair) in pairs.enumerated() {
        largest = max(largest, scores[index](values[pair.1] - values[pair.0]).magnitude)
      }
      return largest
    }.sorted()
    let place = Int((Double(Self.drawCount) * (1 - alpha)).rounded(.up)) - 1
    let critical = maxima[min(max(place, 0), maxima.count - 1)]
    criticalValue = critical
    let ownAlpha = 2 * NormalDistribution.upperTail(critical)
    differences = pairs.enumerated().map { index, pair in
      let constant = offsets[pair.1] - offsets[pair.0]
      let marginal = posterior.marginal(ofCombination: combinations[index], plus: constant)
      let own = marginal.twoSidedTailProbability
      let score = NormalDistribution.upperTailQuantile(own / 2)
      let beyond = maxima.count - Self.firstIndex(in: maxima, above: score)
      let bound = min(1, own * Double(pairs.count))
      return Difference(
        first: pair.0, second: pair.1, marginal: marginal,
        simultaneousTailProbability: beyond < Self.fewestDraws
          ? bound : min(1, max(own, Double(beyond) / Double(maxima.count))),
        simultaneousInterval: marginal.interval(alpha: ownAlpha))
    }
  }

  /// The first index of a number above `value` in an ascending list.
  private static func firstIndex(in values: [Double], above value: Double) -> Int {
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension PoissonMixedModelFit {
  /// All pairwise differences of linear combinations of the fixed effects, with simultaneous
  /// intervals.
  /// - Parameters:
  ///   - weights: of each combination one number for each of `fixedEffects`; from 2 to 100
  ///     combinations, no two of them equal.
  ///   - offsets: what is added to each.
  ///   - alpha: all differences are in their intervals with probability 1 - alpha.
  /// - Throws: `FitError` if weights are not as described.
  public func pairwiseDifferences(
    of weights: [[Double]], offsets: [Double]? = nil, alpha: Double = 0.05
  ) throws(FitError) -> PairwiseDifferences {
    guard (2...PairwiseDifferences.mostCombinations).contains(weights.count) else {
      throw FitError(
        "Pairwise differences are those of 2 to \(PairwiseDifferences.mostCombinations) "
          + "combinations, not \(weights.count).")
    }
    for second in weights.indices {
      for first in 0..<second {
        guard weights[first].count == weights[second].count else { break }
        try check(zip(weights[second], weights[first]).map(-))
      }
      guard weights[second].count == fixedEffects.count else {
        throw FitError(
          "Combination \(second + 1) has \(weights[second].count) weights; there are "
            + "\(fixedEffects.count) fixed effects.")
      }
    }
    return try PairwiseDifferences(
      posterior, weights: weights, offsets: offsets ?? weights.map { _ in 0 }, alpha: alpha)
  }
}

/// Phi^-1 of the distribution function of a mixture of normals, by a table: with one normal it is a
/// straight line.
private struct NormalScore {
  private let low: Double
  private let step: Double
  private let values: [Double]

  private static let intervals = 400
  private static let reach = 8.0

  init(_ normals: [(weight: Double, mean: Double, variance: Double)]) {
    let mean = normals.reduce(0) { $0 + $1.weight * $1.mean }
    let variance = normals.reduce(0) {
      $0 + $1.weight * ($1.variance + ($1.mean - mean) * ($1.mean - mean))
    }
    let sd = variance.squareRoot()
    let low = mean - Self.reach * sd
    let step = 2 * Self.reach * sd / Double(Self.intervals)
    values = (0...Self.intervals).map { index in
      let x = low + Double(index) * step
      var (lower, upper) = (0.0, 0.0)
      for normal in normals {
        let z = (x - normal.mean) / max(normal.variance, .leastNormalMagnitude).squareRoot()
        lower += normal.weight * NormalDistribution.cumulative(z)
        upper += normal.weight * NormalDistribution.upperTail(z)
      }
      return lower < upper
        ? NormalDistribution.quantile(max(lower, 1e-300))
        : NormalDistribution.upperTailQuantile(max(upper, 1e-300))
    }
    (self.low, self.step) = (low, step)
  }

  func callAsFunction(_ x: Double) -> Double {
    let place = (x - low) / step
    guard place > 0 else { return values[0] }
    guard place < Double(Self.intervals) else { return values[Self.intervals] }
    let index = Int(place)
    return values[index] + (place - Double(index)) * (values[index + 1] - values[index])
  }
}
