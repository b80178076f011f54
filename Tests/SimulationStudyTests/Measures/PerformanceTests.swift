import Testing

@testable import SimulationStudy

/// Every measure on a table of four replicates that can be worked by hand:
///
///     estimates t   1  2  3  6     mean 3, deviations -2 -1 0 3, sum of squares 14, Var 14/3
///     errors e      1  1  2  2     e^2 1 1 4 4, mean 2.5, Var 3
///     intervals     t - e ... t + e:  [0, 2]  [1, 3]  [1, 5]  [4, 8]
///     truth 2
@Suite struct PerformanceTests {
  private let estimates: [Double] = [1, 2, 3, 6]
  private let errors: [Double] = [1, 1, 2, 2]
  private let lower: [Double] = [0, 1, 1, 4]
  private let upper: [Double] = [2, 3, 5, 8]

  /// A few roundings of numbers of this size: 1e-14 relative.
  private func expect(
    _ result: MonteCarloEstimate, _ value: Double, _ standardError: Double, used: Int = 4,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.used == used, sourceLocation: sourceLocation)
    for (found, expected) in [
      (result.value, value), (result.monteCarloStandardError, standardError),
    ] {
      guard let found else {
        Issue.record("no number", sourceLocation: sourceLocation)
        continue
      }
      #expect(
        abs(found - expected) <= 1e-14 * max(1, abs(expected)), sourceLocation: sourceLocation)
    }
  }

  @Test func meanEstimate() {
    // sqrt(14/3 / 4)
    expect(EstimatePerformance.meanEstimate(estimates), 3, (7 / 6.0).squareRoot())
  }

  @Test func bias() {
    expect(EstimatePerformance.bias(estimates, truth: 2), 1, (7 / 6.0).squareRoot())
  }

  @Test func empiricalStandardError() {
    // sqrt(14/3), and that over sqrt(2 * 3)
    expect(
      EstimatePerformance.empiricalStandardError(estimates), (14 / 3.0).squareRoot(),
      (14 / 18.0).squareRoot())
  }

  @Test func meanSquaredError() {
    // Squares 1 0 1 16, mean 4.5; deviations -3.5 -4.5 -3.5 11.5, sum of squares 177; / (4 * 3)
    expect(
      EstimatePerformance.meanSquaredError(estimates, truth: 2), 4.5, (177 / 12.0).squareRoot())
  }

  @Test func relativePrecision() {
    // Against B = 2 2 3 5, Var 2: ratio 7/3, r^2 = 81/84, 1 - r^2 = 1/28; 200 * 7/3 * sqrt(1/84)
    expect(
      EstimatePerformance.relativePrecision([2, 2, 3, 5], against: estimates), 400 / 3.0,
      200 * 7 / 3.0 * (1 / 84.0).squareRoot())
    // The other way round the ratio is 3/7.
    expect(
      EstimatePerformance.relativePrecision(estimates, against: [2, 2, 3, 5]), -400 / 7.0,
      200 * 3 / 7.0 * (1 / 84.0).squareRoot())
  }

  @Test func modelStandardError() {
    // sqrt(2.5); sqrt(3 / (4 * 4 * 2.5))
    expect(
      IntervalPerformance.modelStandardError(errors), 2.5.squareRoot(), (3 / 40.0).squareRoot())
  }

  @Test func relativeErrorOfModelStandardError() {
    // Ratio sqrt(2.5 / (14/3)); inside the root 3 / (4 * 4 * 6.25) + 1 / 6
    let ratio = (7.5 / 14).squareRoot()
    expect(
      IntervalPerformance.relativeErrorOfModelStandardError(errors, estimates: estimates),
      100 * (ratio - 1), 100 * ratio * (0.03 + 1 / 6.0).squareRoot())
  }

  @Test func coverageOfTheTruth() {
    // 2 lies in all but [4, 8]; the ends count: [0, 2] holds it.
    expect(
      IntervalPerformance.coverage(lower: lower, upper: upper, of: 2), 0.75,
      (0.75 * 0.25 / 4).squareRoot())
  }

  @Test func coverageOfTheMean() {
    // 3 lies in [1, 3] and [1, 5].
    expect(IntervalPerformance.coverage(lower: lower, upper: upper, of: 3), 0.5, 0.25)
  }

  @Test func rejectionRate() {
    // 0.05 itself is rejected.
    expect(IntervalPerformance.rejectionRate([0.01, 0.05, 0.06, 0.5], alpha: 0.05), 0.5, 0.25)
    expect(
      IntervalPerformance.rejectionRate([0.01, 0.05, 0.06, 0.5], alpha: 0.01), 0.25,
      (0.25 * 0.75 / 4).squareRoot())
  }

  @Test func intervalWidth() {
    // Widths 2 2 4 4: mean 3, Var 4/3; / 4
    expect(
      IntervalPerformance.intervalWidth(lower: lower, upper: upper), 3, (1 / 3.0).squareRoot())
  }

  @Test(arguments: [[], [1.5]])
  func fewerThanTwoReplicatesGiveNoNumber(_ one: [Double]) {
    let measures = [
      EstimatePerformance.bias(one, truth: 0),
      EstimatePerformance.empiricalStandardError(one),
      EstimatePerformance.meanSquaredError(one, truth: 0),
      EstimatePerformance.relativePrecision(one, against: one),
      IntervalPerformance.modelStandardError(one),
      IntervalPerformance.relativeErrorOfModelStandardError(one, estimates: one),
      IntervalPerformance.coverage(lower: one, upper: one, of: 1.5),
      IntervalPerformance.rejectionRate(one, alpha: 0.05),
      IntervalPerformance.intervalWidth(lower: one, upper: one),
    ]
    for measure in measures {
      #expect(measure == .unavailable(used: one.count))
    }
  }

  @Test func oneReplicateGivesAnEstimateWithoutAnError() {
    let one = EstimatePerformance.meanEstimate([1.5])
    #expect(one.value == 1.5)
    #expect(one.monteCarloStandardError == nil)
    #expect(one.used == 1)
    #expect(EstimatePerformance.meanEstimate([]) == .unavailable(used: 0))
  }

  @Test func aConstantEstimatorGivesNoNaN() {
    let constant: [Double] = [2, 2, 2]
    // No spread: the error of the model SE relative to it is not a number.
    let relative = IntervalPerformance.relativeErrorOfModelStandardError(
      [1, 1, 1], estimates: constant)
    #expect(relative == .unavailable(used: 3))
    #expect(
      EstimatePerformance.relativePrecision(constant, against: [1, 2, 3])
        == .unavailable(used: 3))
    // Standard errors of zero have a mean, but no Monte Carlo error by the formula.
    let zero = IntervalPerformance.modelStandardError([0, 0, 0])
    #expect(zero.value == 0)
    #expect(zero.monteCarloStandardError == nil)
  }

  @Test func overflowGivesNoNumber() {
    #expect(EstimatePerformance.empiricalStandardError([1e200, -1e200]).value == nil)
    #expect(EstimatePerformance.meanEstimate([1e308, 1e308, 1e308]).value == nil)
  }
}
