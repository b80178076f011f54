import Foundation
import GSLNumerics

/// A finite mixture of normal distributions.
struct NormalMixture: Sendable, Equatable {
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
    weights.indices.filter { weights[$0] > 0 }.map { means[$0] + standardDeviations[$0] * z }
  }
}
