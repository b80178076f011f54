import Foundation
import GSLNumerics

/// The number of successes in independent trials of one probability.
enum BinomialDistribution {
  /// P(K <= k), the sum of the probabilities up to k: exact but for rounding, in time k. Negative k
  /// has probability 0.
  static func cumulative(_ successes: Int, trials: Int, probability: Double) -> Double {
    guard successes >= 0 else { return 0 }
    guard successes < trials, probability > 0 else { return 1 }
    guard probability < 1 else { return 0 }
    let (n, logOdds) = (Double(trials), log(probability) - log1p(-probability))
    let common = GammaFunction.logFactorial(n) + n * log1p(-probability)
    let sum = (0...successes).reduce(0.0) { sum, count in
      let k = Double(count)
      return sum
        + exp(
          common - GammaFunction.logFactorial(k) - GammaFunction.logFactorial(n - k) + k * logOdds)
    }
    return min(1, sum)
  }
}
