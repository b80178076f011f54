import GSLNumerics

/// A distribution on the line that a marginal of the posterior may have.
protocol MarginalDistribution: Sendable, Equatable {
  var mean: Double { get }
  var standardDeviation: Double { get }

  /// P(X <= x). NaN for NaN.
  func cumulativeProbability(at x: Double) -> Double

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double

  /// The x with P(X <= x) = `probability`; infinite for 0 and 1, NaN outside of them.
  func quantile(_ probability: Double) -> Double

  /// The x with P(X > x) = `probability`, precise however small that is.
  func upperTailQuantile(_ probability: Double) -> Double

  /// 2 min(P(X < 0), P(X > 0)), precise however small.
  var twoSidedTailProbability: Double { get }

  /// Weights, means and variances of normals whose mixture has this distribution. Where it is
  /// skewed, their exponentials have the mean of its exponential; a density on a lattice gives its
  /// points, with variance 0.
  var normals: [(weight: Double, mean: Double, variance: Double)] { get }
}

extension MarginalDistribution {
  var twoSidedTailProbability: Double {
    let (lower, upper) = (cumulativeProbability(at: 0), upperTailProbability(at: 0))
    // The weights of a mixture add up to 1 but for rounding, which must not take the probability
    // beyond it.
    let probability = 2 * min(lower, upper)
    return probability > 1 ? 1 : probability
  }

  fileprivate func equals(_ other: any MarginalDistribution) -> Bool { self == other as? Self }
}

/// The approximate posterior distribution of one parameter: a normal under mean-field and
/// structured; under integrated and corrected a mixture over the log SDs, of normals or of skewed
/// distributions, and for a log SD itself a density on a lattice.
public struct Marginal: Sendable, Equatable {
  /// The posterior mean.
  public let mean: Double
  /// The posterior standard deviation.
  public let standardDeviation: Double
  private let distribution: any MarginalDistribution

  /// A normal distribution.
  public init(mean: Double, standardDeviation: Double) {
    self.init(NormalMarginal(mean: mean, standardDeviation: standardDeviation))
  }

  init(_ distribution: some MarginalDistribution) {
    mean = distribution.mean
    standardDeviation = distribution.standardDeviation
    self.distribution = distribution
  }

  /// Whether two marginals are of one kind and have the same numbers.
  public static func == (a: Marginal, b: Marginal) -> Bool {
    a.distribution.equals(b.distribution)
  }

  /// P(X <= x). NaN for NaN.
  public func cumulativeProbability(at x: Double) -> Double {
    distribution.cumulativeProbability(at: x)
  }

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double {
    distribution.upperTailProbability(at: x)
  }

  /// The x with P(X > x) = `probability`, precise however small that is.
  func upperTailQuantile(_ probability: Double) -> Double {
    distribution.upperTailQuantile(probability)
  }

  /// The x with P(X <= x) = `probability`; infinite for 0 and 1, NaN outside of them.
  public func quantile(_ probability: Double) -> Double { distribution.quantile(probability) }

  /// The interval that holds X with probability 1 - `alpha`, with `alpha` / 2 on either side.
  public func interval(alpha: Double) -> (lower: Double, upper: Double) {
    // The upper end from its own tail: 1 - alpha / 2 would lose the digits of a small alpha.
    (distribution.quantile(alpha / 2), distribution.upperTailQuantile(alpha / 2))
  }

  /// 2 min(P(X < 0), P(X > 0)): the posterior's counterpart of a two-sided p value, precise however
  /// small.
  public var twoSidedTailProbability: Double { distribution.twoSidedTailProbability }

  /// See `MarginalDistribution.normals`.
  var normals: [(weight: Double, mean: Double, variance: Double)] { distribution.normals }
}

/// A normal distribution.
struct NormalMarginal: MarginalDistribution {
  let mean: Double
  let standardDeviation: Double

  func cumulativeProbability(at x: Double) -> Double {
    NormalDistribution.cumulative((x - mean) / standardDeviation)
  }

  func upperTailProbability(at x: Double) -> Double {
    NormalDistribution.upperTail((x - mean) / standardDeviation)
  }

  func quantile(_ probability: Double) -> Double {
    mean + standardDeviation * NormalDistribution.quantile(probability)
  }

  func upperTailQuantile(_ probability: Double) -> Double {
    mean + standardDeviation * NormalDistribution.upperTailQuantile(probability)
  }

  var twoSidedTailProbability: Double {
    2 * NormalDistribution.upperTail(mean.magnitude / standardDeviation)
  }

  var normals: [(weight: Double, mean: Double, variance: Double)] {
    [(1, mean, standardDeviation * standardDeviation)]
  }
}
