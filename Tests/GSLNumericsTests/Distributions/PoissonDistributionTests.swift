import GSLNumerics
import Testing

@Suite struct PoissonDistributionTests {
  /// mpmath 1.3's regularized incomplete gamma function with 40 digits; R 4.2.2's `ppois` agrees to
  /// 15.
  @Test(arguments: [
    (0, 0.1, 0.90483741803595957), (3, 2.5, 0.75757613313306596),
    (10, 30, 2.2348775738450593e-5), (250, 200, 0.99971537859971164),
    (99_999, 100_000, 0.49957947788963482), (150_000, 150_500, 0.09890036925840572),
    (1e6, 999_000, 0.84158667642607021), (1e9, 1_000_030_000, 0.17139863157586789),
    (1e12, 999_998_000_000, 0.97724997603363684),
  ])
  func cumulative(count: Double, mean: Double, expected: Double) {
    // 1e-12 of GSL; the expansion for large counts leaves 1e-8.
    let tolerance = count < 1e5 ? 1e-12 * expected : 1e-8
    #expect(abs(PoissonDistribution.cumulative(count, mean: mean) - expected) < tolerance)
  }

  /// The two ways to compute it meet, and far tails end.
  @Test func theExpansionTakesOverSmoothly() {
    for z in [-6.0, -2, -0.3, 0, 0.004, 1, 5] {
      let mean = 1e5 + z * 1e5.squareRoot()
      let steps = [99_998.0, 99_999, 100_000, 100_001].map {
        PoissonDistribution.cumulative($0, mean: mean)
      }
      // A jump between the second and the third shows three times over in this difference, which is
      // 1e-8 for the Poisson distribution: its probability, 0.0013 at most, by its variance.
      let thirdDifference = steps[3] - 3 * steps[2] + 3 * steps[1] - steps[0]
      #expect(abs(thirdDifference) < 3e-8)
    }
    #expect(PoissonDistribution.cumulative(1e5, mean: 2e5) == 0)
    #expect(PoissonDistribution.cumulative(2e7, mean: 1e7) == 1)
  }

  @Test func theEdges() {
    #expect(PoissonDistribution.cumulative(-1, mean: 3) == 0)
    #expect(PoissonDistribution.cumulative(0, mean: 0) == 1)
    #expect(PoissonDistribution.cumulative(5, mean: .infinity) == 0)
    #expect(PoissonDistribution.cumulative(.infinity, mean: 5) == 1)
    #expect(PoissonDistribution.cumulative(2, mean: -1).isNaN)
    #expect(PoissonDistribution.cumulative(.nan, mean: 1).isNaN)
  }
}
