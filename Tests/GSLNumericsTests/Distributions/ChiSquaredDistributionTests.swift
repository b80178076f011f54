import Foundation
import GSLNumerics
import Testing

@Suite struct ChiSquaredDistributionTests {
  /// scipy 1.17.1, `scipy.stats.chi2.sf`.
  @Test(arguments: [
    (0.5, 1.0, 0.47950012218695337), (23.8, 19, 0.2039362965926189),
    (300, 19, 2.0005232442947767e-52), (1e-8, 4, 1.0), (1000, 1000, 0.49405285382923964),
  ])
  func upperTailAgrees(x: Double, degreesOfFreedom: Double, expected: Double) {
    let found = ChiSquaredDistribution.upperTail(x, degreesOfFreedom: degreesOfFreedom)
    // GSL's incomplete gamma function loses up to three digits far in a tail.
    #expect(abs(found / expected - 1) < 1e-12)
  }

  @Test func twoDegreesOfFreedomAreExponential() {
    for x in [0.1, 1, 7, 300] {
      let found = ChiSquaredDistribution.upperTail(x, degreesOfFreedom: 2)
      #expect(abs(found / exp(-x / 2) - 1) < 1e-13)
    }
  }

  @Test func whatHasNoAnswerIsNaN() {
    #expect(ChiSquaredDistribution.upperTail(-1, degreesOfFreedom: 3) == 1)
    #expect(ChiSquaredDistribution.upperTail(.infinity, degreesOfFreedom: 3) == 0)
    for (x, degrees) in [(Double.nan, 1.0), (1, 0), (1, -2), (1, .nan), (1, .infinity)] {
      #expect(ChiSquaredDistribution.upperTail(x, degreesOfFreedom: degrees).isNaN)
    }
  }
}
