import Foundation

/// Counts of other families with a random intercept, by plain sums.
enum InterceptFamilyOracle {
  /// Counts of 12 groups of 4, a third of them zero.
  static let counts: [Double] = [
    0, 1, 0, 3, 2, 5, 1, 4, 0, 0, 1, 0, 7, 2, 3, 9, 1, 0, 2, 1, 0, 0, 0, 1,
    4, 1, 6, 2, 0, 2, 1, 0, 3, 3, 0, 1, 12, 5, 8, 3, 0, 0, 2, 0, 1, 1, 3, 0,
  ]

  /// log p(y | phi) with a random intercept, and the moments of the fixed one, by trapezoid sums
  /// over both and the densities of counts as textbooks have them.
  static func exact(
    logSD: Double, logDensity: (_ y: Double, _ eta: Double) -> Double
  ) -> (evidence: Double, mean: Double, sd: Double) {
    let sigma = exp(logSD)
    let us = stride(from: -8.0, through: 8, by: 0.05).map { $0 }
    var terms: [(b: Double, value: Double)] = []
    for b in stride(from: -3.0, through: 4, by: 0.02) {
      var sum = -0.5 * b * b / 4 - 0.5 * log(2 * Double.pi * 4) + log(0.02)
      for group in 0..<12 {
        let own = counts[(4 * group)..<(4 * group + 4)]
        let total = us.reduce(0.0) { total, u in
          let eta = b + sigma * u
          let height = own.reduce(-0.5 * u * u - 0.5 * log(2 * Double.pi) + log(0.05)) {
            $0 + logDensity($1, eta)
          }
          return total + exp(height)
        }
        sum += log(total)
      }
      terms.append((b, sum))
    }
    let highest = terms.map(\.value).max() ?? 0
    let masses = terms.map { exp($0.value - highest) }
    let total = masses.reduce(0, +)
    let mean = zip(terms, masses).reduce(0) { $0 + $1.0.b * $1.1 } / total
    let square = zip(terms, masses).reduce(0) {
      $0 + ($1.0.b - mean) * ($1.0.b - mean) * $1.1
    }
    return (highest + log(total), mean, (square / total).squareRoot())
  }

  static func negativeBinomial(_ y: Double, _ eta: Double, size r: Double) -> Double {
    let p = exp(eta) / (r + exp(eta))
    return lgamma(y + r) - lgamma(r) - lgamma(y + 1) + y * log(p) + r * log(1 - p)
  }
}
