import Testing

@testable import SimulationStudy

@Suite struct TimeRuleTests {
  /// Of five values 1 to 5 a resample's median is at most i with the probability that at least 3 of
  /// 5 draws are: 0.05792 for i = 1, 0.31744 for 2, 0.68256 for 3, 0.94208 for 4, by hand from p =
  /// i / 5.
  @Test func theBootstrapIntervalOfAMedianIsExact() {
    func interval(_ confidence: Double) -> [Double] {
      let interval = TimeRatio.bootstrapInterval(
        ofSorted: [1, 2, 3, 4, 5], confidence: confidence)
      return [interval.lower, interval.upper]
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
    let interval = TimeRatio.bootstrapInterval(ofSorted: values, confidence: 0.95)
    let (lower, upper) = (interval.lower, interval.upper)
    // The share of medians below an end is known to 4 standard errors of sqrt(0.025 * 0.975 /
    // 20000).
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

  /// Of 8 rounds all are on one side of 1 with probability 2 / 2^8 = 0.0078, and 7 or more with 2
  /// (1 + 8) / 2^8 = 0.0703.
  @Test func theIntervalOfRoundsIsThatOfTheSignTest() {
    let values = (1...8).map(Double.init)
    func interval(_ confidence: Double) -> [Double]? {
      TimeRatio.signTestInterval(ofSorted: values, confidence: confidence)
        .map { [$0.lower, $0.upper] }
    }
    #expect(interval(0.993) == nil)
    #expect(interval(0.992) == [1, 8])
    #expect(interval(0.93) == [1, 8])
    #expect(interval(0.929) == [2, 7])
    #expect(interval(0.01) == [4, 5])
    #expect(TimeRatio.minimumRounds(confidence: 0.992) == 8)
    #expect(TimeRatio.minimumRounds(confidence: 0.993) == 9)
    #expect(TimeRatio.minimumRounds(confidence: 1) < 100)
    #expect(TimeRatio.signTestInterval(ofSorted: [], confidence: 0.5) == nil)
  }

  private func comparison(
    factors: [Double], single: Double = 1
  ) throws -> StudyComparison {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    func study(_ factor: Double) -> ComparedStudy {
      ComparisonFixture.study(
        scenario, records.map { $0.with(seconds: factor * $0.seconds) })
    }
    return try StudyComparison(
      baseline: study(1), current: study(single),
      rounds: factors.map { .init(baseline: study(1), current: study($0)) })
  }

  /// What slows a whole run down is in all its fits, and says nothing on the program.
  @Test func oneRunEachTellsOnlyWhatCannotBeMissed() throws {
    #expect(try !comparison(factors: [], single: 15).hasRegression)
    #expect(try comparison(factors: [], single: 25).findings.map(\.rule) == [.time, .time])
  }

  /// With 2 rows a level of 99 % takes 9 rounds.
  @Test func roundsHaveToAgree() throws {
    let agreeing = try comparison(factors: Array(repeating: 1.2, count: 8), single: 1.2)
    #expect(agreeing.findings.map(\.rule) == [.time, .time])
    #expect(
      agreeing.findings[0].evidence.hasPrefix(
        "A fit takes 1.20 [1.20, 1.20] times as long, in 9 rounds;"))
    // One of 9 rounds was the other way round.
    let disagreeing = try comparison(factors: Array(repeating: 1.2, count: 8), single: 0.9)
    #expect(!disagreeing.hasRegression)
    #expect(disagreeing.markdown().contains("In 2 of 2 rows fits took longer than allowed, maybe"))
    let few = try comparison(factors: Array(repeating: 1.2, count: 7), single: 1.2)
    #expect(!few.hasRegression)
    #expect(few.markdown().contains("more rounds would tell"))
    #expect(few.markdown().contains("These are too few for an interval, which takes 9."))
    // All agree on what is allowed.
    let allowed = try comparison(factors: Array(repeating: 1.05, count: 15), single: 1.05)
    #expect(!allowed.hasRegression)
    #expect(!allowed.markdown().contains("more rounds would tell"))
  }

  @Test func aFewDisturbedFitsDoNotMatter() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let disturbed = records.map { $0.with(seconds: $0.replicate % 4 == 0 ? 1 : $0.seconds) }
    let rounds = Array(
      repeating: StudyComparison.Round(
        baseline: ComparisonFixture.study(scenario, records),
        current: ComparisonFixture.study(scenario, disturbed)),
      count: ComparisonFixture.furtherRounds)
    #expect(
      try ComparisonFixture.findings(
        of: disturbed, against: records, on: scenario, rounds: rounds
      ).isEmpty)
  }

  @Test func aRoundIsOfTheSameStudies() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let study = ComparisonFixture.study(scenario, records)
    let foreign = ComparisonFixture.study(
      try ComparisonFixture.scenario(seed: 2), records, name: "other")
    #expect(throws: ComparisonError.self) {
      try StudyComparison(
        baseline: study, current: study, rounds: [.init(baseline: study, current: foreign)])
    }
    // A round on another machine takes the times away.
    let elsewhere = ComparisonFixture.study(scenario, records, processor: "6502")
    let mixed = try StudyComparison(
      baseline: study, current: study, rounds: [.init(baseline: study, current: elsewhere)])
    #expect(mixed.timing != .compared)
  }
}
