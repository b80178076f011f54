import CGSL
import Foundation

/// Pearson's chi-squared test of draws against a distribution.
enum GoodnessOfFit {
  /// The p value over equiprobable bins of a continuous distribution.
  /// - Parameter cumulative: its distribution function.
  static func ofContinuous(
    _ draws: [Double], bins: Int = 1000, cumulative: (Double) -> Double
  ) -> Double {
    var observed = [Int](repeating: 0, count: bins)
    for draw in draws {
      let position = cumulative(draw) * Double(bins)
      guard position >= 0 else { return 0 }
      observed[min(Int(position), bins - 1)] += 1
    }
    return pValue(
      observed, expected: Array(repeating: Double(draws.count) / Double(bins), count: bins))
  }

  /// The p value over the values 0, 1, ... of a count; neighbours share a bin until 20 draws are
  /// expected in it.
  static func ofCounts(_ draws: [Double], probability: (Int) -> Double) -> Double {
    let largest = Int(draws.max() ?? 0)
    var tally = [Int](repeating: 0, count: largest + 1)
    for draw in draws {
      guard let count = Int(exactly: draw), count >= 0 else { return 0 }
      tally[count] += 1
    }
    var observed: [Int] = []
    var expected: [Double] = []
    var (open, mass, total) = (0, 0.0, 0.0)
    for count in 0...largest {
      open += tally[count]
      mass += probability(count) * Double(draws.count)
      if mass >= 20 {
        observed.append(open)
        expected.append(mass)
        total += mass
        (open, mass) = (0, 0)
      }
    }
    // What is left, and everything beyond the largest draw, belongs to the last bin.
    guard !observed.isEmpty else { return .nan }
    observed[observed.count - 1] += open
    expected[expected.count - 1] += Double(draws.count) - total
    return pValue(observed, expected: expected)
  }

  /// The p value of observed counts for expected ones.
  static func pValue(_ observed: [Int], expected: [Double]) -> Double {
    let statistic = zip(observed, expected).reduce(0.0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1
    }
    return gsl_cdf_chisq_Q(statistic, Double(observed.count - 1))
  }

  /// How many standard errors the mean and the variance of the draws are from the true ones.
  static func momentErrors(
    _ draws: [Double], mean: Double, variance: Double
  ) -> (mean: Double, variance: Double) {
    let count = Double(draws.count)
    let squares = draws.map { ($0 - mean) * ($0 - mean) }
    let observed = squares.reduce(0, +) / count
    let spread = squares.reduce(0) { $0 + ($1 - observed) * ($1 - observed) } / count
    let shift = draws.reduce(0) { $0 + ($1 - mean) } / count
    return (
      abs(shift) / (variance / count).squareRoot(),
      abs(observed - variance) / (spread / count).squareRoot()
    )
  }
}
