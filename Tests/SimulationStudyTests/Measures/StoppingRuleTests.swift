import Testing

@testable import SimulationStudy

@Suite struct StoppingRuleTests {
  /// A scenario whose one parameter has the truth 0.
  private func summary(
    replicates: Int = 1000, methods: [String] = ["m"], measure: PerformanceMeasure = .coverage,
    error: Double
  ) -> ScenarioSummary {
    ScenarioSummary(
      name: "s", description: "", seed: 1, generator: "philox4x64-10", replicates: replicates,
      precision: PrecisionTarget(measure: measure, monteCarloStandardError: error),
      alpha: 0.05, truth: ["a": 0], methods: methods, gates: [], contentHash: "00ff",
      details: [])
  }

  /// Intervals [e - 2, e + 2], which miss the truth in every tenth replicate: coverage 0.9.
  private func record(_ replicate: Int, method: String = "m") -> ReplicateRecord {
    Fixture.record(
      replicate, [Fixture.parameter("a", replicate % 10 == 0 ? 3 : 1)], method: method)
  }

  private func stop(_ summary: ScenarioSummary, order: [Int]) throws -> Int? {
    var rule = try #require(StoppingRule(summary))
    for replicate in order {
      rule.add(summary.methods.map { record(replicate, method: $0) }, ofReplicate: replicate)
    }
    return rule.stop
  }

  @Test func theFirstCheckThatIsPreciseEnoughStops() throws {
    // At n replicates the error is sqrt(0.9 * 0.1 / n): 0.0212 at 200, 0.0173 at 300, 0.015 at 400.
    for (error, expected) in [(0.03, 200), (0.0212, 300), (0.0174, 300), (0.0150001, 400)] {
      #expect(try stop(summary(error: error), order: Array(0..<1000)) == expected)
    }
    // Not reached, and reached with the last replicate only (0.3 / sqrt(950) is 0.00973).
    #expect(try stop(summary(error: 0.009), order: Array(0..<1000)) == nil)
    #expect(
      try stop(summary(replicates: 950, error: 0.00974), order: Array(0..<950)) == 950)
    #expect(try stop(summary(replicates: 50, error: 1), order: Array(0..<50)) == 50)
  }

  @Test func beyondTwentyThousandChecksAreAHundredthApart() throws {
    // 0.3 / sqrt(n) is at most 0.0018 from n = 27,778 on; checks there are at 20,000, 20,200, ...
    #expect(
      try stop(summary(replicates: 100_000, error: 0.0018), order: Array(0..<30_000)) == 27_800)
  }

  @Test func theOrderOfArrivalDoesNotMatterAndGapsAreWaitedFor() throws {
    let target = summary(error: 0.0174)
    #expect(try stop(target, order: (0..<1000).reversed()) == 300)
    #expect(try stop(target, order: Array(16..<700) + Array(0..<16)) == 300)
    #expect(try stop(target, order: Array(0..<150) + Array(151..<1000)) == nil)
  }

  @Test func everyMethodHasToBePrecise() throws {
    let target = summary(methods: ["m", "n"], error: 0.03)
    var rule = try #require(StoppingRule(target))
    for replicate in 0..<1000 {
      // The second method fails on all of the first 250 replicates but one; its error is 0.03 at
      // 100 used replicates: after 351, seen at 400.
      let second =
        replicate < 250 && replicate != 7
        ? Fixture.failure(replicate, "why", method: "n") : record(replicate, method: "n")
      rule.add([record(replicate), second], ofReplicate: replicate)
    }
    #expect(rule.stop == 400)
  }

  @Test func intervalsThatAlwaysHoldDoNotCountAsExact() throws {
    var rule = try #require(StoppingRule(summary(error: 0.002)))
    for replicate in 0..<1000 {
      rule.add(
        [Fixture.record(replicate, [Fixture.parameter("a", 1)])], ofReplicate: replicate)
    }
    // sqrt(1/n (1 - 1/n) / n), close to 1 / n, is at most 0.002 at 500.
    #expect(rule.stop == 500)
  }

  @Test func aReportUsesTheReplicatesUpToTheStopAlone() throws {
    let target = summary(error: 0.0174)
    func measures(_ count: Int) throws -> StudyReport {
      try StudyReport(
        scenarios: [target], records: (0..<count).reversed().map { record($0) },
        environment: Fixture.environment, command: "")
    }
    let exact = try measures(300)
    #expect(try measures(517).measures == exact.measures)
    #expect(exact.measures.allSatisfy { $0.attempted == 300 })
    let text = try measures(517).markdown()
    #expect(
      text.contains(
        "replicates: 300 of at most 1,000, stopped there: the Monte Carlo standard error of every "
          + "`coverage` is at most 0.0174"))
    #expect(!text.contains("incomplete"))
    let running = try measures(250).markdown()
    #expect(running.contains("**The study is incomplete:** 1,000 fits were planned."))
    #expect(running.contains("replicates: 250 of at most 1,000, not yet enough"))
    let exhausted = try StudyReport(
      scenarios: [summary(error: 0.001)], records: (0..<1000).map { record($0) },
      environment: Fixture.environment, command: ""
    ).markdown()
    #expect(
      exhausted.contains(
        "replicates: 1,000 of at most 1,000, all used: the Monte Carlo standard error of "
          + "`coverage` is "
          + "still up to 0.00949, and 0.001 was to be reached"))
  }
}
