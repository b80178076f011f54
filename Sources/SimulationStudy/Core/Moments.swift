import Foundation
import GSLNumerics

/// Sample moments by two passes: the second, around the first's mean, loses no digits where the
/// mean is large against the spread. Sums run in the order of the values, so that equal input
/// gives equal bits.
enum Moments {
  /// Arithmetic mean; NaN for no values.
  static func mean(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let first = values.reduce(0, +) / count
    return first + values.reduce(0) { $0 + ($1 - first) } / count
  }

  /// Sum of squared deviations from the mean.
  static func squaredDeviations(_ values: [Double]) -> Double {
    let center = mean(values)
    return values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
  }

  /// Sample variance with divisor n - 1; NaN for fewer than 2 values.
  static func variance(_ values: [Double]) -> Double {
    guard values.count >= 2 else { return .nan }
    return squaredDeviations(values) / Double(values.count - 1)
  }

  /// Sample standard deviation with divisor n - 1; NaN for fewer than 2 values.
  static func standardDeviation(_ values: [Double]) -> Double {
    variance(values).squareRoot()
  }

  /// Squared Pearson correlation of two columns of equal length; NaN where one of them is constant.
  static func squaredCorrelation(_ first: [Double], _ second: [Double]) -> Double {
    let (firstMean, secondMean) = (mean(first), mean(second))
    let products = zip(first, second).reduce(0) {
      $0 + ($1.0 - firstMean) * ($1.1 - secondMean)
    }
    let squared =
      (products / squaredDeviations(first)) * (products / squaredDeviations(second))
    // Rounding may leave proportional columns a hair above 1.
    return squared > 1 ? 1 : squared
  }

  /// Quantile of sorted values by linear interpolation between order statistics, with the position
  /// (n - 1) p counted from 0: type 7 of Hyndman & Fan (1996), the default of R and numpy.
  /// - Parameter probability: between 0 and 1.
  /// - Returns: nil for no values.
  static func quantile(ofSorted values: [Double], _ probability: Double) -> Double? {
    guard let last = values.last else { return nil }
    let position = Double(values.count - 1) * probability
    let below = Int(position)
    guard below + 1 < values.count else { return last }
    let fraction = position - Double(below)
    return values[below] + fraction * (values[below + 1] - values[below])
  }
}

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
