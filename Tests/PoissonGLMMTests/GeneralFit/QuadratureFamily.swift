import Foundation
import GSLNumerics

@testable import PoissonGLMM

/// A family of counts by its log density and its derivatives alone: expectations by Gauss-Hermite
/// quadrature, each with a storage of its own.
struct QuadratureFamily: RowFamily {
  /// log p(y | eta) and its first four derivatives by eta.
  typealias Derivatives = @Sendable (_ count: Double, _ predictor: Double) -> [Double]

  private let counts: [Double]
  private let derivatives: Derivatives
  /// Standard normal nodes with their weights.
  private let nodes: [Double]
  private let weights: [Double]

  init(counts: [Double], points: Int = 60, derivatives: @escaping Derivatives) throws {
    self.counts = counts
    self.derivatives = derivatives
    let rule = try GaussHermiteRule(points: points)
    nodes = rule.nodes.map { $0 * 2.0.squareRoot() }
    weights = rule.weights.map { $0 / Double.pi.squareRoot() }
  }

  static func poisson(_ counts: [Double]) throws -> QuadratureFamily {
    try QuadratureFamily(counts: counts) { y, eta in
      let rate = exp(eta)
      return [y * eta - rate - lgamma(y + 1), y - rate, -rate, -rate, -rate]
    }
  }

  /// Variance mu + mu^2 / size.
  static func negativeBinomial(_ counts: [Double], size r: Double) throws -> QuadratureFamily {
    try QuadratureFamily(counts: counts) { y, eta in
      let p = exp(eta) / (r + exp(eta))
      let q = (y + r) * p * (1 - p)
      return [
        lgamma(y + r) - lgamma(r) - lgamma(y + 1) + y * log(p) + r * log(1 - p),
        y - (y + r) * p, -q, -q * (1 - 2 * p), -q * (1 - 6 * p * (1 - p)),
      ]
    }
  }

  /// E of log p and its derivatives.
  private func expectations(ofRow row: Int, mean: Double, variance: Double) -> [Double] {
    let sd = max(variance, 0).squareRoot()
    var sums = [Double](repeating: 0, count: 5)
    for (node, weight) in zip(nodes, weights) where weight > 1e-40 {
      let values = derivatives(counts[row], mean + sd * node)
      for index in sums.indices { sums[index] += weight * values[index] }
    }
    return sums
  }

  func expectations(count: Int) -> RowExpectations {
    func storage() -> DoubleStorage { DoubleStorage(count: count) }
    return RowExpectations(
      first: storage(),
      curvatures: RowCurvatures(weights: storage(), thirds: storage(), fourths: storage()),
      parameterSlopes: DoubleStorage(count: 0))
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into target: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    var (sum, magnitude) = (0.0, 0.0)
    for row in counts.indices {
      let values = expectations(
        ofRow: row, mean: means.pointer[row], variance: variances.pointer[row])
      sum += values[0]
      magnitude += values[0].magnitude
      target.first.pointer[row] = values[1]
      target.curvatures.weights.pointer[row] = -values[2]
      target.curvatures.thirds.pointer[row] = -values[3]
      target.curvatures.fourths.pointer[row] = -values[4]
    }
    return (sum, magnitude)
  }

  func start(weights: DoubleStorage, predictors: DoubleStorage) {
    for (row, count) in counts.enumerated() {
      weights.pointer[row] = count + 0.5
      predictors.pointer[row] = log(count + 0.5)
    }
  }

  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial {
    let weight = point.curvatures.weights.pointer[row]
    let center = expectations(
      ofRow: row, mean: point.means.pointer[row], variance: point.variances.pointer[row])
    return RemainderPolynomial(
      constant: -center[0] - 0.5 * weight * spread, linear: -center[1], curvature: weight)
  }

  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double> {
    var result = SIMD8<Double>.zero
    for lane in 0..<8 {
      result[lane] =
        expectations(
          ofRow: row, mean: point.means.pointer[row] + x[lane],
          variance: point.variances.pointer[row] - spread)[0]
    }
    return result
  }
}
