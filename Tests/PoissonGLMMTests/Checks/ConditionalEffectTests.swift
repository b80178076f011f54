import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// One random effect given all else, against fine sums over its density.
struct ConditionalEffectTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let rows: [(events: Double, slope: Double, rate: Double)]
  }

  static let cases = [
    Case(testDescription: "no event", rows: [(0, 0.5, 10)]),
    Case(testDescription: "a few events", rows: [(7, 0.6, 4)]),
    Case(testDescription: "large counts", rows: [(900, 0.4, 800)]),
    Case(testDescription: "slopes", rows: [(2, 0.7, 1.5), (0, -0.9, 2), (5, 0.2, 3)]),
    Case(testDescription: "no rows", rows: []),
  ]

  private static func conditional(_ rows: [(events: Double, slope: Double, rate: Double)])
    -> ConditionalEffect
  {
    var conditional = ConditionalEffect(rows: 3)
    for row in rows { conditional.add(events: row.events, slope: row.slope, rate: row.rate) }
    conditional.locate(from: 0)
    return conditional
  }

  /// Sums over 20,001 points from -10 to 10.
  private static func mean(
    _ rows: [(events: Double, slope: Double, rate: Double)], _ f: (Double) -> Double
  ) -> Double {
    let points = (0...20_000).map { -10 + 0.001 * Double($0) }
    let logs = points.map { t in
      rows.reduce(-0.5 * t * t) { $0 + $1.events * $1.slope * t - $1.rate * exp($1.slope * t) }
    }
    let peak = logs.max() ?? 0
    let weights = logs.map { exp($0 - peak) }
    let total = weights.reduce(0, +)
    return zip(points, weights).reduce(0) { $0 + f($1.0) * $1.1 } / total
  }

  @Test(arguments: cases)
  func shapeMomentsAreThoseOfTheDensity(_ example: Case) {
    let moments = Self.conditional(example.rows).shapeMoments()
    let mean = Self.mean(example.rows) { $0 }
    let variance = Self.mean(example.rows) { $0 * $0 } - mean * mean
    // The trapezoidal rule with 16 points.
    #expect(abs(moments.reliability - (1 - variance)) < 2e-4)
    let skewness = Self.mean(example.rows) { $0 * exp(-0.5 * $0 * $0) - $0 / 8.0.squareRoot() }
    #expect(abs(moments.skewness - skewness) < 2e-4)
    let tails = Self.mean(example.rows) {
      exp(-0.5 * $0 * $0) - 0.5.squareRoot() + ($0 * $0 - 1) / 32.0.squareRoot()
    }
    #expect(abs(moments.tails - tails) < 2e-4)
  }

  /// 20,000 draws: mean and variance within 4 standard errors.
  @Test(arguments: cases)
  func drawsHaveTheDensity(_ example: Case) throws {
    let conditional = Self.conditional(example.rows)
    let stream = try RandomStream(
      seed: 1, scenario: "test", replicate: 0, purpose: .modelChecks)
    let n = 20_000
    let draws = (0..<n).map { _ in conditional.draw(stream) }
    let mean = Self.mean(example.rows) { $0 }
    let variance = Self.mean(example.rows) { ($0 - mean) * ($0 - mean) }
    let fourth = Self.mean(example.rows) { pow($0 - mean, 4) }
    let sampleMean = draws.reduce(0, +) / Double(n)
    let sampleVariance = draws.reduce(0) { $0 + pow($1 - mean, 2) } / Double(n)
    #expect(abs(sampleMean - mean) < 4 * (variance / Double(n)).squareRoot())
    #expect(
      abs(sampleVariance - variance)
        < 4 * ((fourth - variance * variance) / Double(n)).squareRoot())
  }

  /// The variance of E(f(t) | y) where t = sqrt(r) m + sqrt(1 - r) e: by sums over both.
  @Test(arguments: [0.2, 0.6, 0.9, 1])
  func variancesOfShapeMoments(r: Double) {
    let grid = (0...240).map { -6 + 0.05 * Double($0) }
    let weights = grid.map { exp(-0.5 * $0 * $0) * 0.05 / (2 * Double.pi).squareRoot() }
    func variance(_ f: (Double) -> Double) -> Double {
      zip(grid, weights).reduce(0) { sum, outer in
        let mean = zip(grid, weights).reduce(0) {
          $0 + $1.1 * f(r.squareRoot() * outer.0 + (1 - r).squareRoot() * $1.0)
        }
        return sum + outer.1 * mean * mean
      }
    }
    let known = ShapeMoments(skewness: 0, tails: 0, reliability: r).variances
    let skewness = variance { $0 * exp(-0.5 * $0 * $0) - $0 / 8.0.squareRoot() }
    let tails = variance {
      exp(-0.5 * $0 * $0) - 0.5.squareRoot() + ($0 * $0 - 1) / 32.0.squareRoot()
    }
    #expect(abs(known.skewness - skewness) < 1e-7)
    #expect(abs(known.tails - tails) < 1e-7)
  }
}
