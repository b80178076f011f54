import Foundation
import GSLNumerics
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

  /// Beyond the variances of the reference, where a fit's last nodes may be: E l' and E l'' are
  /// derivatives of E l by the mean and the variance, as the ascent needs them, and a plain sum
  /// gives the same.
  @Test(arguments: [20.0, 60, 150])
  func largeVariancesAreConsistent(variance: Double) {
    for (family, parameters) in [
      (CountFamily.zeroInflatedPoisson, [0.9]), (.zeroInflatedPoisson, [-4]),
      (.zeroInflatedNegativeBinomial, [-0.5, -1]), (.negativeBinomial, [0.5]),
    ] {
      let rows = CountRows([0], family: family).family(at: parameters)
      let distribution = CountDistribution(family, parameters: parameters)
      for mean in [-4.0, 0, 3] {
        func value(_ mean: Double, _ variance: Double) -> Double {
          Self.evaluate(rows, mean: mean, variance: variance).values[0]
        }
        let values = Self.evaluate(rows, mean: mean, variance: variance).values
        let byMean = (value(mean + 1e-4, variance) - value(mean - 1e-4, variance)) / 2e-4
        let step = 1e-4 * variance
        let byVariance = (value(mean, variance + step) - value(mean, variance - step)) / (2 * step)
        #expect((values[1] - byMean).magnitude < 1e-7, "\(family) \(mean)")
        #expect((0.5 * values[2] - byVariance).magnitude < 1e-7, "\(family) \(mean)")
        let sd = variance.squareRoot()
        let sum = stride(from: -9.0, through: 9, by: 0.001).reduce(0.0) { sum, t in
          sum + 0.001 * exp(-0.5 * t * t) / (2 * Double.pi).squareRoot()
            * distribution.logDensity(0, predictor: mean + sd * t)
        }
        #expect((values[0] - sum).magnitude < 1e-8 * (1 + sum.magnitude), "\(family) \(mean)")
      }
    }
  }

  /// Negative binomial counts under a normal of d: the closed form against 40 points of it, over
  /// counts in whole vectors and beside them.
  @Test(arguments: [0.001, 0.05, 0.6])
  func averagedNegativeBinomialIsExact(spread: Double) throws {
    let counts: [Double] = [0, 3, 0, 1, 0, 0, 2, 40, 7, 0, 1]
    let (m, v) = (
      counts.indices.map { 0.3 * Double($0) - 1 },
      counts.indices.map { 0.1 * Double($0 % 4) + 0.01 }
    )
    let rows = CountRows(counts, family: .negativeBinomial)
    func evaluate(_ family: any RowFamily) -> (sum: Double, first: [Double], weights: [Double]) {
      let expectations = family.expectations(count: counts.count)
      let (sum, _) = family.evaluate(
        means: DoubleStorage(m), variances: DoubleStorage(v), into: expectations)
      return (sum, expectations.first.array, expectations.curvatures.weights.array)
    }
    let own = evaluate(rows.family(means: [-0.3], variances: [spread]))
    let rule = try GaussHermiteRule(points: 40)
    var sum = 0.0
    var (first, weights) = (counts.map { _ in 0.0 }, counts.map { _ in 0.0 })
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let d = -0.3 + (2 * spread).squareRoot() * node
      let part = evaluate(rows.family(at: [d]))
      let share = weight / Double.pi.squareRoot()
      sum += share * part.sum
      for i in counts.indices {
        first[i] += share * part.first[i]
        weights[i] += share * part.weights[i]
      }
    }
    // The constants keep a rule of three points, whose error is of the sixth order of the SD.
    #expect((own.sum - sum).magnitude < 1e-8 * sum.magnitude + 2 * pow(spread, 3))
    for i in counts.indices {
      #expect((own.first[i] - first[i]).magnitude < 1e-7 * (1 + counts[i]))
      #expect((own.weights[i] - weights[i]).magnitude < 1e-7 * (1 + counts[i]))
    }
  }

  /// The averaged family is the mean over its nodes, and its slopes are derivatives.
  @Test(arguments: [CountFamily.negativeBinomial, .zeroInflatedNegativeBinomial])
  func slopesOfAnAveragedFamilyAreDerivatives(kind: CountFamily) {
    let counts: [Double] = [0, 0, 1, 4, 30]
    let rows = CountRows(counts, family: kind)
    let count = kind.parameters.count
    let (means, variances) = (
      DoubleStorage([0.1, 1, 0.4, 1.2, 3]), DoubleStorage([0.2, 0.5, 1, 2, 0.1])
    )
    func evaluate(_ point: [Double]) -> (sum: Double, slopes: [Double]) {
      let family = rows.family(
        means: Array(point[..<count]), variances: point[count...].map { exp($0) })
      let expectations = family.expectations(count: counts.count)
      let (sum, _) = family.evaluate(means: means, variances: variances, into: expectations)
      return (sum, expectations.parameterSlopes.array)
    }
    let point = count == 1 ? [-0.3, log(0.05)] : [-0.3, -0.9, log(0.05), log(0.2)]
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
