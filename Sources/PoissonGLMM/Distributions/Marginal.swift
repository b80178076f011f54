import GSLNumerics

/// The approximate posterior distribution of one parameter: a normal under mean-field and
/// structured; under integrated and corrected a mixture over the log SDs, of normals or of skewed
/// distributions, and for a log SD itself a density on a lattice.
public struct Marginal: Sendable, Equatable {
  enum Shape: Sendable, Equatable {
    case normal
    case mixture(NormalMixture)
    case skewMixture(SkewMixture)
    case lattice(LatticeDensity)
  }

  public let mean: Double
  public let standardDeviation: Double
  let shape: Shape

  /// A normal distribution.
  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    shape = .normal
  }

  init(_ mixture: NormalMixture) {
    mean = mixture.mean
    standardDeviation = mixture.standardDeviation
    shape = .mixture(mixture)
  }

  init(_ mixture: SkewMixture) {
    mean = mixture.mean
    standardDeviation = mixture.standardDeviation
    shape = .skewMixture(mixture)
  }

  init(_ density: LatticeDensity) {
    mean = density.mean
    standardDeviation = density.standardDeviation
    shape = .lattice(density)
  }

  /// P(X <= x). NaN for NaN.
  public func cumulativeProbability(at x: Double) -> Double {
    switch shape {
    case .normal: NormalDistribution.cumulative((x - mean) / standardDeviation)
    case .mixture(let mixture): mixture.cumulativeProbability(at: x)
    case .skewMixture(let mixture): mixture.cumulativeProbability(at: x)
    case .lattice(let density): density.cumulativeProbability(at: x)
    }
  }

  /// The x with P(X <= x) = `probability`; infinite for 0 and 1, NaN outside of them.
  public func quantile(_ probability: Double) -> Double {
    switch shape {
    case .normal: mean + standardDeviation * NormalDistribution.quantile(probability)
    case .mixture(let mixture): mixture.quantile(probability)
    case .skewMixture(let mixture): mixture.quantile(probability)
    case .lattice(let density): density.quantile(probability)
    }
  }

  /// The interval that holds X with probability 1 - `alpha`, with `alpha` / 2 on either side.
  public func interval(alpha: Double) -> (lower: Double, upper: Double) {
    switch shape {
    case .normal:
      // The upper end from its own tail: 1 - alpha / 2 would lose the digits of a small alpha.
      let reach = standardDeviation * NormalDistribution.upperTailQuantile(alpha / 2)
      return (mean - reach, mean + reach)
    case .mixture(let mixture):
      return (mixture.quantile(alpha / 2), mixture.upperTailQuantile(alpha / 2))
    case .skewMixture(let mixture):
      return (mixture.quantile(alpha / 2), mixture.upperTailQuantile(alpha / 2))
    case .lattice(let density):
      return (density.quantile(alpha / 2), density.upperTailQuantile(alpha / 2))
    }
  }

  /// 2 min(P(X < 0), P(X > 0)): the posterior's counterpart of a two-sided p value, precise however
  /// small.
  public var twoSidedTailProbability: Double {
    // The weights of a mixture add up to 1 but for rounding, which must not take the probability
    // beyond it.
    let (lower, upper) = tails
    let probability = 2 * min(lower, upper)
    return probability > 1 ? 1 : probability
  }

  /// P(X < 0) and P(X > 0)
  private var tails: (lower: Double, upper: Double) {
    switch shape {
    case .normal:
      let upper = NormalDistribution.upperTail(-mean / standardDeviation)
      return (NormalDistribution.upperTail(mean / standardDeviation), upper)
    case .mixture(let mixture):
      return (mixture.cumulativeProbability(at: 0), mixture.upperTailProbability(at: 0))
    case .skewMixture(let mixture):
      return (mixture.cumulativeProbability(at: 0), mixture.upperTailProbability(at: 0))
    case .lattice(let density):
      return (density.cumulativeProbability(at: 0), density.upperTailProbability(at: 0))
    }
  }
}
