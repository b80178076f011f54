import GSLNumerics

/// The approximate posterior distribution of one parameter: normal under the approximations there
/// are. One that integrates over the standard deviations of the random effects makes it a mixture
/// of normals, behind the same questions.
public struct Marginal: Sendable, Equatable {
  public let mean: Double
  public let standardDeviation: Double

  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// P(X <= x). NaN for NaN.
  public func cumulativeProbability(at x: Double) -> Double {
    NormalDistribution.cumulative((x - mean) / standardDeviation)
  }

  /// The x with P(X <= x) = `probability`; infinite for 0 and 1, NaN outside of them.
  public func quantile(_ probability: Double) -> Double {
    mean + standardDeviation * NormalDistribution.quantile(probability)
  }

  /// The interval that holds X with probability 1 - `alpha`, with `alpha` / 2 on either side.
  public func interval(alpha: Double) -> (lower: Double, upper: Double) {
    // The upper end from its own tail: 1 - alpha / 2 would lose the digits of a small alpha.
    let reach = standardDeviation * NormalDistribution.upperTailQuantile(alpha / 2)
    return (mean - reach, mean + reach)
  }

  /// 2 min(P(X < 0), P(X > 0)): the posterior's counterpart of a two-sided p value, precise however
  /// small.
  public var twoSidedTailProbability: Double {
    2 * NormalDistribution.upperTail(mean.magnitude / standardDeviation)
  }
}
