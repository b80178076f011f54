import Testing

@testable import SimulationStudy

@Suite struct TimeRuleTests {
  /// Of five values 1 to 5 a resample's median is at most i with the probability that at least 3 of 5 draws
  /// are: 0.05792 for i = 1, 0.31744 for 2, 0.68256 for 3, 0.94208 for 4, by hand from p = i / 5.
  @Test func theBootstrapIntervalOfAMedianIsExact() {
    func interval(_ confidence: Double) -> [Double] {
      let (lower, upper) = TimeRatio.bootstrapInterval(
        ofSorted: [1, 2, 3, 4, 5], confidence: confidence)
      return [lower, upper]
    }
    // Tails of 0.05 < 0.05792, of 0.06 beyond it, and of 0.32 beyond 0.31744.
    #expect(interval(0.90) == [1, 5])
    #expect(interval(0.88) == [2, 4])
    #expect(interval(0.36) == [3, 3])
  }

  /// The same interval by brute force: 20,000 resamples of 31 skewed values.
  @Test func theBootstrapIntervalAgreesWithResampling() {
    var noise = Noise(seed: 7)
    let values = (0..<31).map { _ in noise.disturbance() }.sorted()
    let medians = (0..<20_000).map { _ in
      (0..<31).map { _ in values[Int.random(in: 0..<31, using: &noise)] }.sorted()[15]
    }.sorted()
    let (lower, upper) = TimeRatio.bootstrapInterval(ofSorted: values, confidence: 0.95)
    // The share of medians below an end is known to 4 standard errors of sqrt(0.025 * 0.975 / 20000).
    let error = 4 * 0.0011
    func share(below value: Double) -> Double {
      Double(medians.count { $0 < value }) / Double(medians.count)
    }
    func share(upTo value: Double) -> Double {
      Double(medians.count { $0 <= value }) / Double(medians.count)
    }
    #expect(share(below: lower) < 0.025 + error)
    #expect(share(upTo: lower) > 0.025 - error)
    #expect(share(below: upper) < 0.975 + error)
    #expect(share(upTo: upper) > 0.975 - error)
  }

  @Test func aFewDisturbedFitsDoNotMatter() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let disturbed = records.map { $0.with(seconds: $0.replicate % 4 == 0 ? 1 : $0.seconds) }
    #expect(
      try ComparisonFixture.findings(of: disturbed, against: records, on: scenario).isEmpty)
  }

  @Test func ofSeveralRunsTheShortestTimeCounts() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let slow = records.map { $0.with(seconds: 2 * $0.seconds) }
    let current = ComparisonFixture.study(scenario, slow)
    #expect(
      try StudyComparison(
        baseline: ComparisonFixture.study(scenario, records), current: current
      ).findings.allSatisfy { $0.rule == .time })
    let again = try current.withFastestSeconds(among: [ComparisonFixture.study(scenario, records)])
    #expect(
      try !StudyComparison(
        baseline: ComparisonFixture.study(scenario, records), current: again
      ).hasRegression)
    let foreign = ComparedStudy(name: "other", environment: nil, command: "", scenarios: [])
    #expect(throws: ComparisonError.self) { try current.withFastestSeconds(among: [foreign]) }
  }
}
