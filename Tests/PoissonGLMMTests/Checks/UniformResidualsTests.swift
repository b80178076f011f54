import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

struct UniformResidualsTests {
  /// scipy 1.17.1 `scipy.stats.kstwo.sf(d, n)`, exact for finite n.
  @Test(
    arguments: [
      (distance: 0.3, count: 10, p: 0.270536),
      (distance: 0.41, count: 10, p: 0.049321),
      (distance: 0.1, count: 50, p: 0.662311),
      (distance: 0.19, count: 50, p: 0.046989),
      (distance: 0.05, count: 400, p: 0.261212),
      (distance: 0.068, count: 400, p: 0.047208),
      (distance: 0.02, count: 5000, p: 0.036139),
      (distance: 0.0272, count: 5000, p: 0.001201),
    ] as [(distance: Double, count: Int, p: Double)])
  func kolmogorovTailIsThatOfScipy(_ golden: (distance: Double, count: Int, p: Double)) {
    // What the approximation claims.
    #expect(
      abs(KolmogorovDistribution.upperTail(golden.distance, count: golden.count) - golden.p)
        < (golden.p < 0.06 ? 0.0005 : 0.02))
  }

  @Test func tailIsOneAtZero() {
    #expect(KolmogorovDistribution.upperTail(0, count: 100) == 1)
  }

  private static func rows(_ counts: [Double]) throws -> CheckRows {
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: counts.count)],
      random: [.intercept(rows: counts.count)],
      grouping: Grouping(numbers: counts.indices.map { Double($0 % 3) }))
    return CheckRows(model.data)
  }

  /// A count far out is found, and the p value is that of the smallest of n tails.
  @Test func theMostExtremeRowIsFound() throws {
    var counts = (0..<99).map { Double($0 % 3 + 3) }
    counts[40] = 20
    let rows = try Self.rows(counts)
    let stream = try RandomStream(seed: 2, scenario: "t", replicate: 0, purpose: .modelChecks)
    let means = DoubleStorage(count: 99)
    means.fill(with: 4)
    let residuals = try #require(UniformResiduals(rows, means: means, stream))
    #expect(rows.rowOrder[residuals.extremeRow] == 40)
    // P(Y > 20) and P(Y >= 20) for a mean of 4.
    let (beyond, from) = (
      1 - PoissonDistribution.cumulative(20, mean: 4),
      1 - PoissonDistribution.cumulative(19, mean: 4)
    )
    #expect(residuals.extremeP > 0.9 * 99 * 2 * beyond && residuals.extremeP < 99 * 2 * from)
    #expect(residuals.extremeScore > 5)
  }

  /// Under the right means both p values are uniform: over 400 samples of 200 counts, how often
  /// they are below 0.05, within 4 standard errors of 0.011.
  @Test func pValuesAreUniformUnderTheRightMeans() throws {
    var (uniformity, outliers) = (0, 0)
    for sample in 0..<400 {
      let stream = try RandomStream(
        seed: 3, scenario: "t", replicate: UInt64(sample), purpose: .modelChecks)
      let rows = try Self.rows((0..<200).map { _ in stream.poisson(mean: 1.5) })
      let means = DoubleStorage(count: 200)
      means.fill(with: 1.5)
      let residuals = try #require(UniformResiduals(rows, means: means, stream))
      if residuals.uniformityP < 0.05 { uniformity += 1 }
      if residuals.extremeP < 0.05 { outliers += 1 }
    }
    #expect((3...37).contains(uniformity))
    #expect((3...37).contains(outliers))
  }

  @Test func noResidualsWithoutNumbers() throws {
    let rows = try Self.rows([1, 2, 3])
    let stream = try RandomStream(seed: 2, scenario: "t", replicate: 0, purpose: .modelChecks)
    #expect(UniformResiduals(rows, means: DoubleStorage([1, .nan, 1]), stream) == nil)
  }
}
