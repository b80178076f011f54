import Testing

@testable import SimulationStudy

@Suite struct MomentsTests {
  @Test func varianceSurvivesALargeMean() {
    // 1, 2, 3 shifted by 10^9: the variance stays exactly 1; the one-pass textbook formula
    // loses every digit here.
    let shifted = [1e9 + 1, 1e9 + 2, 1e9 + 3]
    #expect(Moments.mean(shifted) == 1e9 + 2)
    #expect(Moments.variance(shifted) == 1)
  }

  @Test func varianceNeedsTwoValues() {
    #expect(Moments.variance([]).isNaN)
    #expect(Moments.variance([3]).isNaN)
    #expect(Moments.variance([3, 5]) == 2)
  }

  @Test func squaredCorrelation() {
    // Deviations -2 -1 0 3 and -1 -1 0 2: 9^2 / (14 * 6). A few roundings.
    #expect(
      abs(Moments.squaredCorrelation([1, 2, 3, 6], [2, 2, 3, 5]) - 81.0 / 84) < 1e-15)
    #expect(Moments.squaredCorrelation([1, 2, 3], [2, 4, 6]) == 1)
    #expect(Moments.squaredCorrelation([1, 2, 3], [-0.1, -0.2, -0.3]) <= 1)
    #expect(Moments.squaredCorrelation([1, 2, 3], [4, 4, 4]).isNaN)
  }

  @Test func quantileIsTypeSeven() {
    // Position (4 - 1) * 0.05 = 0.15 between 1 and 2; 3 * 0.95 = 2.85 between 3 and 10.
    let sorted: [Double] = [1, 2, 3, 10]
    #expect(Moments.quantile(ofSorted: sorted, 0.5) == 2.5)
    #expect(abs((Moments.quantile(ofSorted: sorted, 0.05) ?? 0) - 1.15) < 1e-15)
    #expect(abs((Moments.quantile(ofSorted: sorted, 0.95) ?? 0) - 8.95) < 1e-14)
    #expect(Moments.quantile(ofSorted: sorted, 0) == 1)
    #expect(Moments.quantile(ofSorted: sorted, 1) == 10)
    #expect(Moments.quantile(ofSorted: [7], 0.95) == 7)
    #expect(Moments.quantile(ofSorted: [], 0.5) == nil)
  }
}
