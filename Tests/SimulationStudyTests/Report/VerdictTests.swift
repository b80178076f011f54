import Testing

@testable import SimulationStudy

/// The verdict must follow the numbers: the same words never stand over different results.
@Suite struct VerdictTests {
  /// One scenario and parameter with truth 0: `missing` of `count` intervals do not hold it, and the
  /// estimates alternate around `bias`.
  private func records(
    _ count: Int, missing: Int, bias: Double = 0, method: String = "m", scenario: String = "s"
  ) -> [ReplicateRecord] {
    (0..<count).map { replicate in
      let estimate = bias + (replicate.isMultiple(of: 2) ? 0.1 : -0.1)
      let parameter = ParameterEstimate(
        parameter: "a", estimate: estimate, standardError: 0.1,
        intervalLower: replicate < missing ? 1 : -2, intervalUpper: 2, pValue: nil)
      return Fixture.record(replicate, [parameter], scenario: scenario, method: method)
    }
  }

  private func verdict(
    _ records: [ReplicateRecord], _ scenarios: [ScenarioSummary]
  ) throws -> String {
    try StudyReport(
      scenarios: scenarios, records: records, environment: Fixture.environment, command: "c"
    ).verdict()
  }

  @Test func intervalsThatHold() throws {
    // 54 of 1000 miss: 0.946, half a standard error (0.0069) below nominal.
    let text = try verdict(
      records(1000, missing: 54), [Fixture.scenario(replicates: 1000)])
    #expect(text.contains("1 scenario, 1,000 data sets, 1 method: `m`. 1,000 fits, none of which"))
    #expect(text.contains("**`m`: the 95 % intervals hold.**"))
    #expect(text.contains("- Coverage: 0.946 (0.007) (`a`)."))
    #expect(text.contains("none beyond Monte Carlo error"))
    #expect(
      text.contains("is 0.007 with 1,000 replicates; a departure below 0.021 may go unmarked."))
    #expect(!text.contains("gate"))
  }

  @Test func intervalsThatFallShort() throws {
    // 72 of 1000 miss: 0.928, 3.2 standard errors below nominal; 70 would be 2.9.
    let scenarios = [Fixture.scenario(replicates: 1000)]
    let text = try verdict(records(1000, missing: 72), scenarios)
    #expect(
      text.contains(
        "**`m`: the 95 % intervals fall short in 1 of 1 case, at worst 0.928 (0.008).**"))
    #expect(text.contains("Below nominal: `a` (0.928)."))
    #expect(try verdict(records(1000, missing: 70), scenarios).contains("intervals hold."))
  }

  @Test func intervalsThatAreTooWide() throws {
    // None misses: 1.000, 7 standard errors above nominal; they still hold.
    let text = try verdict(records(1000, missing: 0), [Fixture.scenario(replicates: 1000)])
    #expect(text.contains("**`m`: the 95 % intervals hold.**"))
    #expect(text.contains("Coverage: 1.000 (0.000) (`a`). Above nominal: `a` (1.000)."))
  }

  @Test func fewReplicatesClaimNothing() throws {
    // 10 of 10 hold: the estimated error is 0, and yet nothing is marked.
    let text = try verdict(records(10, missing: 0), [Fixture.scenario(replicates: 10)])
    #expect(text.contains("no shortfall of the 95 % intervals is seen, nor could a small one be"))
    #expect(!text.contains("Above nominal"))
    #expect(text.contains("the standard errors themselves are rough"))
  }

  @Test func biasIsNamedWithItsSize() throws {
    // Estimates 0.05 +- 0.1: 0.5 empirical SE (0.10005), 15 standard errors from zero.
    let text = try verdict(
      records(1000, missing: 50, bias: 0.05), [Fixture.scenario(replicates: 1000)])
    #expect(
      text.contains(
        "Bias: largest 0.500 empirical SE (`a`). Beyond Monte Carlo error: `a` (0.500)."))
  }

  @Test func scenariosAreCountedByParameter() throws {
    let scenarios = ["s", "t", "u"].map { Fixture.scenario($0, replicates: 1000) }
    let all =
      records(1000, missing: 300, scenario: "s") + records(1000, missing: 50, scenario: "t")
      + records(1000, missing: 200, scenario: "u")
    let text = try verdict(all, scenarios)
    #expect(text.contains("fall short in 2 of 3 cases, at worst 0.700 (0.014).**"))
    #expect(text.contains("Below nominal: `a` (2 of 3 scenarios, worst 0.700 in `s`)."))
  }

  @Test func everyFitFailed() throws {
    let failed = (0..<5).map { Fixture.failure($0, "no") }
    let text = try verdict(failed, [Fixture.scenario(replicates: 5)])
    #expect(text.contains("5 fits, of which 5 failed (100 %)."))
    #expect(text.contains("**`m`: too few usable replicates for any coverage.**"))
    #expect(text.contains("- Failed: 5 of 5 fits (100 %)."))
    #expect(!text.contains("How sure"))
  }

  @Test func differentLevelsAreNotCalledByOneNumber() throws {
    let scenarios = [
      Fixture.scenario("s", replicates: 100), Fixture.scenario("t", replicates: 100, alpha: 0.1),
    ]
    let all = records(100, missing: 5, scenario: "s") + records(100, missing: 10, scenario: "t")
    #expect(try verdict(all, scenarios).contains("**`m`: the nominal intervals hold.**"))
  }

  @Test func longTablesAreFoldedBehindAnOverview() throws {
    let scenarios = (0..<41).map { Fixture.scenario("s\($0)", replicates: 100) }
    let all = (0..<41).flatMap { records(100, missing: 5 + $0, scenario: "s\($0)") }
    let text = try StudyReport(
      scenarios: scenarios, records: all, environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(text.contains("| `s40`    | 0.550 to 0.550, 1 ▼ |"))
    #expect(text.contains("<summary>All 41 rows</summary>"))
    let short = try StudyReport(
      scenarios: [scenarios[0]], records: records(100, missing: 5, scenario: "s0"),
      environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(!short.contains("<summary>All"))
  }
}
