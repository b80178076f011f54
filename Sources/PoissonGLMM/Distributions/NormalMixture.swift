import Foundation
import GSLNumerics

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
}
