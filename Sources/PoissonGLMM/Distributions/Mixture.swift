import GSLNumerics
import PlatformEssentials

/// A finite mixture of distributions, each a monotone function of a standard normal variable.
protocol Mixture: MarginalDistribution {
  /// They add up to 1.
  var weights: [Double] { get }

  /// The value at which component `index` has the distribution function of the standard normal at
  /// `z`.
  func value(ofNormal z: Double, in index: Int) -> Double
}

extension Mixture {
  /// The x with P(X <= x) = `probability`, between 0 and 1; computed from the nearer tail.
  func quantile(_ probability: Double) -> Double {
    guard probability > 0 else { return probability == 0 ? -.infinity : .nan }
    guard probability < 1 else { return probability == 1 ? .infinity : .nan }
    guard probability <= 0.5 else { return upperTailQuantile(1 - probability) }
    return MixtureQuantile.root(
      probability, between: values(ofNormal: NormalDistribution.quantile(probability))
    ) { cumulativeProbability(at: $0) }
  }

  /// The x with P(X > x) = `probability`.
  func upperTailQuantile(_ probability: Double) -> Double {
    MixtureQuantile.root(
      probability, between: values(ofNormal: NormalDistribution.upperTailQuantile(probability))
    ) { upperTailProbability(at: $0) }
  }

  /// The components' own quantiles: the mixture's lies between them.
  private func values(ofNormal z: Double) -> [Double] {
    weights.indices.filter { weights[$0] > 0 }.map { value(ofNormal: z, in: $0) }
  }
}

/// Quantiles of mixtures, whose distribution functions have no inverse in closed form.
enum MixtureQuantile {
  /// Where a monotone tail probability takes the value `probability`, above 0.
  ///
  /// Chandrupatla's method (1997), inverse quadratic interpolation that gives way to bisection
  /// wherever that would be slower, on log probabilities: these are close to parabolas far out.
  /// - Parameters:
  ///   - ends: numbers of which the least and the largest bracket it.
  /// - Returns: NaN without ends.
  static func root(
    _ probability: Double, between ends: [Double], tail: (Double) -> Double
  ) -> Double {
    guard var a = ends.min(), var b = ends.max() else { return .nan }
    /// Bounded, for differences to be finite where a probability underflows.
    func logRatio(_ x: Double) -> Double { max(-1e4, log(tail(x) / probability)) }
    var (heightA, heightB) = (logRatio(a), logRatio(b))
    // Rounding may put the root just beyond an end.
    guard heightA.sign != heightB.sign else {
      return heightA.magnitude < heightB.magnitude ? a : b
    }
    var (c, heightC) = (a, heightA)
    var share = 0.5
    for _ in 0..<100 {
      let x = a + share * (b - a)
      let height = logRatio(x)
      if height.sign == heightA.sign {
        (c, heightC) = (a, heightA)
      } else {
        (c, heightC) = (b, heightB)
        (b, heightB) = (a, heightA)
      }
      (a, heightA) = (x, height)
      let best = heightA.magnitude < heightB.magnitude ? a : b
      let width = (b - a).magnitude
      let tolerance = 1e-15 * best.magnitude
      if height == 0 || width <= 2 * tolerance { return best }
      let (position, level) = ((a - b) / (c - b), (heightA - heightB) / (heightC - heightB))
      if level * level < position && (1 - level) * (1 - level) < 1 - position {
        share =
          heightA / (heightB - heightA) * heightC / (heightB - heightC)
          + (c - a) / (b - a) * heightA / (heightC - heightA) * heightB / (heightC - heightB)
      } else {
        share = 0.5
      }
      let least = tolerance / width
      share = max(least, min(1 - least, share))
    }
    return heightA.magnitude < heightB.magnitude ? a : b
  }
}

/// A finite mixture of normal distributions.
struct NormalMixture: Mixture {
  /// They add up to 1.
  let weights: [Double]
  let means: [Double]
  let standardDeviations: [Double]

  var mean: Double { zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The SD of the mixture: within components and between their means.
  var standardDeviation: Double {
    let center = mean
    var variance = 0.0
    for index in weights.indices {
      let sd = standardDeviations[index]
      let shift = means[index] - center
      variance += weights[index] * (sd * sd + shift * shift)
    }
    return variance.squareRoot()
  }

  /// P(X <= x)
  func cumulativeProbability(at x: Double) -> Double {
    tail(at: x) { NormalDistribution.cumulative($0) }
  }

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double {
    tail(at: x) { NormalDistribution.upperTail($0) }
  }

  private func tail(at x: Double, _ probability: (Double) -> Double) -> Double {
    var sum = 0.0
    for index in weights.indices {
      sum += weights[index] * probability((x - means[index]) / standardDeviations[index])
    }
    return sum
  }

  func value(ofNormal z: Double, in index: Int) -> Double {
    means[index] + standardDeviations[index] * z
  }

  var normals: [(weight: Double, mean: Double, variance: Double)] {
    weights.indices.map { index in
      let sd = standardDeviations[index]
      return (weights[index], means[index], sd * sd)
    }
  }
}
