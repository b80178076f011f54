import Foundation
import Testing

@testable import PoissonGLMM

/// Expectations of log densities against sums in 50 digits that use no formula of a derivative:
/// `Reference/Family/expectations.py`.
@Suite struct OverdispersedFamilyTests {
  private struct Case: Decodable {
    let count: Double
    let mean: Double
    let variance: Double
    let logOverdispersionSd: Double?
    let logitZeroShare: Double?
    /// E l and the expectations of its first four derivatives.
    let values: [Double]
    /// The derivatives of E l by d and by logit(zero share), as far as there are such.
    let slopes: [Double]

    var family: CountFamily {
      switch (logOverdispersionSd, logitZeroShare) {
      case (nil, nil): .poisson
      case (_, nil): .negativeBinomial
      case (nil, _): .zeroInflatedPoisson
      default: .zeroInflatedNegativeBinomial
      }
    }
    var parameters: [Double] { [logOverdispersionSd, logitZeroShare].compactMap { $0 } }
  }

  private static func cases() throws -> [Case] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [Case].self, from: Data(contentsOf: ReferenceData.url("Family/expectations.json")))
  }

  /// E l, E l' and so on of one count, and the slopes by the family's parameters.
  private static func evaluate(
    _ family: any RowFamily, mean: Double, variance: Double
  ) -> (values: [Double], slopes: [Double]) {
    let expectations = family.expectations(count: 1)
    let (sum, _) = family.evaluate(
      means: DoubleStorage([mean]), variances: DoubleStorage([variance]), into: expectations)
    let curvatures = expectations.curvatures
    return (
      [
        sum, expectations.first.pointer[0], -curvatures.weights.pointer[0],
        -curvatures.thirds.pointer[0], -curvatures.fourths.pointer[0],
      ], expectations.parameterSlopes.array
    )
  }

  /// Errors are held against the size of what the row says: of E l without its constant for E l,
  /// and of y + the expected count of the family's scale for derivatives. The fourth derivative
  /// enters corrections alone.
  @Test func expectationsAreExact() throws {
    var largest = [Double](repeating: 0, count: 6)
    for item in try Self.cases() {
      let family = CountRows([item.count], family: item.family).family(at: item.parameters)
      let (values, slopes) = Self.evaluate(family, mean: item.mean, variance: item.variance)
      let size = item.values.dropFirst().reduce(1) { max($0, $1.magnitude) }
      let scales = [max(size, item.values[0].magnitude)] + [Double](repeating: size, count: 4)
      for r in 0..<5 {
        largest[r] = max(largest[r], (values[r] - item.values[r]).magnitude / scales[r])
      }
      for (own, expected) in zip(slopes, item.slopes) {
        largest[5] = max(largest[5], (own - expected).magnitude / scales[0])
      }
    }
    let limits = [1e-8, 1e-8, 1e-7, 1e-6, 1e-4, 1e-7]
    for (r, limit) in limits.enumerated() { #expect(largest[r] < limit, "\(r): \(largest)") }
  }

  /// Large sizes and small shares are Poisson.
  @Test func limitsArePoisson() {
    for mean in [-6.0, -1, 0, 2, 5] {
      for variance in [0.001, 0.3, 1, 5] {
        for count in [0.0, 1, 7, 150] {
          let poisson = Self.evaluate(
            PoissonFamily(counts: [count]), mean: mean, variance: variance
          ).values
          for (family, parameters) in [
            (CountFamily.negativeBinomial, [-18.0]), (.zeroInflatedPoisson, [-290]),
            (.zeroInflatedNegativeBinomial, [-18, -290]),
          ] {
            // Where exp(-mu) comes near the share, zeros of the other kind are there after all.
            guard count > 0 || family == .negativeBinomial || mean + 7 * variance.squareRoot() < 5
            else { continue }
            let values = Self.evaluate(
              CountRows([count], family: family).family(at: parameters), mean: mean,
              variance: variance
            ).values
            let scale = 1 + poisson[1].magnitude + poisson[2].magnitude + count
            for r in 0..<3 {
              #expect(
                (values[r] - poisson[r]).magnitude < 1e-8 * max(scale, poisson[r].magnitude),
                "\(family) \(count) N(\(mean), \(variance)) \(r)")
            }
          }
        }
      }
    }
  }

  /// The averaged family is the mean over its nodes, and its slopes are derivatives.
  @Test func slopesOfAnAveragedFamilyAreDerivatives() {
    let counts: [Double] = [0, 0, 1, 4, 30]
    let rows = CountRows(counts, family: .zeroInflatedNegativeBinomial)
    let (means, variances) = (
      DoubleStorage([0.1, 1, 0.4, 1.2, 3]), DoubleStorage([0.2, 0.5, 1, 2, 0.1])
    )
    func evaluate(_ point: [Double]) -> (sum: Double, slopes: [Double]) {
      let family = rows.family(
        means: Array(point[..<2]), variances: point[2...].map { exp($0) })
      let expectations = family.expectations(count: counts.count)
      let (sum, _) = family.evaluate(means: means, variances: variances, into: expectations)
      return (sum, expectations.parameterSlopes.array)
    }
    let point = [-0.3, -0.9, log(0.05), log(0.2)]
    let slopes = evaluate(point).slopes
    for index in point.indices {
      var (below, above) = (point, point)
      below[index] -= 1e-4
      above[index] += 1e-4
      let difference = (evaluate(above).sum - evaluate(below).sum) / 2e-4
      #expect((slopes[index] - difference).magnitude < 1e-6 * (1 + difference.magnitude))
    }
  }

  /// P(y <= k) is the sum of the densities, and the moments are theirs.
  @Test(arguments: CountFamily.allCases)
  func distributionsAddUp(family: CountFamily) {
    let parameters = family.parameters.map { $0 == .logitZeroShare ? -0.5 : 0.2 }
    let distribution = CountDistribution(family, parameters: parameters)
    for rate in [0.05, 1, 12] {
      var (sum, mean, square) = (0.0, 0.0, 0.0)
      for count in 0...4000 {
        let y = Double(count)
        let p = exp(distribution.logDensity(y, predictor: log(rate)))
        sum += p
        mean += p * y
        square += p * y * y
        if count % 7 == 0, count < 100 {
          #expect((distribution.cumulative(y, rate: rate) - sum).magnitude < 1e-12)
        }
      }
      let moments = distribution.moments(rate: rate)
      #expect((sum - 1).magnitude < 1e-10)
      #expect((moments.mean - mean).magnitude < 1e-9 * (1 + mean))
      #expect((moments.variance - (square - mean * mean)).magnitude < 1e-8 * (1 + square))
      #expect(
        (distribution.probabilityOfZero(rate: rate)
          - exp(distribution.logDensity(0, predictor: log(rate)))).magnitude < 1e-14)
    }
  }
}
