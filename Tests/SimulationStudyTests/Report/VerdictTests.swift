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
    #expect(
      text.contains(
        "**`m`: the 95 % intervals hold for the fixed effect.**\n\n"
          + "- Coverage of fixed effects: 0.946.\n"))
    #expect(text.contains("- Bias: fixed effects up to 0.000 empirical SE (`a`), none beyond"))
    #expect(!text.contains("Below nominal"))
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
        "**`m`: the 95 % intervals fall short for 1 of 1 fixed effect (down to 0.928).**\n\n"
          + "- Coverage of fixed effects: 0.928. Below nominal: `a` (0.928).\n"))
    let close = try verdict(records(1000, missing: 70), scenarios)
    #expect(close.contains("hold for the fixed effect.**\n\n- Coverage of fixed effects: 0.930."))
  }

  @Test func intervalsThatAreTooWide() throws {
    // None misses: 1.000, 7 standard errors above nominal.
    let text = try verdict(records(1000, missing: 0), [Fixture.scenario(replicates: 1000)])
    #expect(text.contains("**`m`: the 95 % intervals hold for the fixed effect.**"))
    #expect(text.contains("- Coverage of fixed effects: 1.000. Above nominal: `a` (1.000)."))
  }

  @Test func fewReplicatesClaimNothing() throws {
    // 10 of 10 hold: the estimated error is 0, and yet nothing is marked; the nominal one is 0.07.
    let text = try verdict(records(10, missing: 0), [Fixture.scenario(replicates: 10)])
    #expect(text.contains("the 95 % intervals show no shortfall for the fixed effect.**"))
    #expect(!text.contains("Above nominal"))
    #expect(text.contains("is 0.07 with 10 replicates; a departure below 0.21 may go unmarked."))
    #expect(text.contains("the standard errors themselves are rough"))
  }

  @Test func biasIsNamedWithItsSize() throws {
    // Estimates 0.05 +- 0.1: 0.5 empirical SE (0.10005), 15 standard errors from zero.
    let text = try verdict(
      records(1000, missing: 50, bias: 0.05), [Fixture.scenario(replicates: 1000)])
    #expect(
      text.contains(
        "Bias: fixed effects up to 0.500 empirical SE (`a`), 1 of 1 beyond Monte Carlo error."))
  }

  @Test func scenariosAreCountedByParameter() throws {
    let scenarios = ["s", "t", "u"].map { Fixture.scenario($0, replicates: 1000) }
    let all =
      records(1000, missing: 300, scenario: "s") + records(1000, missing: 50, scenario: "t")
      + records(1000, missing: 200, scenario: "u")
    let text = try verdict(all, scenarios)
    #expect(text.contains("fall short for 2 of 3 fixed effects (down to 0.700).**"))
    #expect(text.contains("- Coverage of fixed effects: 0.700 to 0.950, median 0.800. Below"))
    #expect(text.contains("Below nominal: `a` (2 of 3 scenarios, worst 0.700 in `s`)."))
  }

  /// What intervals do that are there says nothing of the replicates that have none.
  @Test func coveragesOfTheReplicatesWithAnIntervalAreCalledConditional() throws {
    func records(without: Int, missing: Int, scenario: String) -> [ReplicateRecord] {
      (0..<200).map { replicate in
        let hasInterval = replicate >= without
        return Fixture.record(
          replicate,
          [
            ParameterEstimate(
              parameter: "a", estimate: replicate.isMultiple(of: 2) ? 0.1 : -0.1,
              standardError: hasInterval ? 0.1 : nil,
              intervalLower: hasInterval ? (replicate < without + missing ? 1 : -2) : nil,
              intervalUpper: hasInterval ? 2 : nil, pValue: nil)
          ], scenario: scenario)
      }
    }
    let scenarios = ["s", "t"].map { Fixture.scenario($0, replicates: 200) }
    let whole = records(without: 0, missing: 10, scenario: "t")
    // 182 of 184 hold, which is 0.989, and 182 of 200 are 0.910.
    let text = try verdict(records(without: 16, missing: 2, scenario: "s") + whole, scenarios)
    #expect(
      text.contains(
        "**`m`: the 95 % intervals hold for both fixed effects, for 1 of them given that there is an interval.**"
      ))
    #expect(
      text.contains(
        "- In 1 case some replicates have no interval, and the coverage is that of the others alone: 184 of "
          + "200 have one where the fewest do. With every missing interval as a miss the lowest of these coverages is "
          + "0.910 (`a` in `s`).\n"))
    let alone = try verdict(records(without: 16, missing: 60, scenario: "s"), [scenarios[0]])
    #expect(
      alone.contains(
        "fall short for 1 of 1 fixed effect (down to 0.674), given that there is an interval.**"))
    #expect(!(try verdict(whole, [scenarios[1]])).contains("interval."))
  }

  @Test func fixedEffectsAndLogSDsAreToldApart() throws {
    let records = (0..<1000).map { replicate in
      // The log SD's interval misses in 300 of 1000, the fixed effect's in 50.
      Fixture.record(
        replicate,
        [("a", 50), ("log_sd(a)", 300)].map { name, missing in
          ParameterEstimate(
            parameter: name, estimate: replicate.isMultiple(of: 2) ? 0.1 : -0.1,
            standardError: name == "a" ? 0.1 : 0.05,
            intervalLower: replicate < missing ? 1 : -2, intervalUpper: 2, pValue: nil)
        })
    }
    let text = try verdict(
      records, [Fixture.scenario(truth: ["a": 0, "log_sd(a)": 0], replicates: 1000)])
    #expect(
      text.contains(
        "hold for the fixed effect and fall short for 1 of 1 log SD (down to 0.700).**"))
    #expect(text.contains("- Coverage of log SDs: 0.700. Below nominal: `log_sd(a)` (0.700)."))
    // empSE = 0.1 sqrt(1000/999): 0.0500 % and 50.03 % below it; MCSE 100/sqrt(1998) = 2.2 %.
    #expect(
      text.contains(
        "fixed effects -0.1 % (`a`), none beyond Monte Carlo error; "
          + "log SDs -50.0 % (`log_sd(a)`), 1 of 1 too small beyond Monte Carlo error."))
  }

  @Test func aStudyWithoutATruthClaimsNothing() throws {
    let text = try verdict(
      records(3, missing: 0), [Fixture.scenario(truth: [:], replicates: 3)])
    #expect(text.contains("The truth is not known"))
    #expect(!text.contains("overage"))
  }

  @Test func everyFitFailed() throws {
    let failed = (0..<5).map { Fixture.failure($0, "no") }
    let text = try verdict(failed, [Fixture.scenario(replicates: 5)])
    #expect(text.contains("5 fits, of which 5 failed (100 %)."))
    #expect(text.contains("**`m`: too few usable replicates for any coverage.**"))
    #expect(text.contains("- Failed: 5 of 5 fits (100 %)."))
    #expect(!text.contains("How sure"))
  }

  @Test func aSingleFit() throws {
    let one = [Fixture.scenario(replicates: 1)]
    #expect(try verdict([Fixture.failure(0, "no")], one).contains(" 1 fit, which failed."))
    #expect(try verdict(records(1, missing: 0), one).contains(" 1 fit, which did not fail."))
  }

  @Test func differentLevelsAreNotCalledByOneNumber() throws {
    let scenarios = [
      Fixture.scenario("s", replicates: 100), Fixture.scenario("t", replicates: 100, alpha: 0.1),
    ]
    let all = records(100, missing: 5, scenario: "s") + records(100, missing: 10, scenario: "t")
    let text = try verdict(all, scenarios)
    #expect(text.contains("**`m`: the nominal intervals hold for both fixed effects.**"))
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

  @Test func manyGatesShowThoseThatDidNotPass() throws {
    let gates = (0..<13).map {
      Gate(
        scenario: "s", method: "m", parameter: "a", measure: .coverage,
        lower: $0 == 4 ? 0.99 : 0.9, upper: 1)
    }
    let text = try StudyReport(
      scenarios: [Fixture.scenario(replicates: 100, gates: gates)],
      records: records(100, missing: 5), environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(text.contains("**1 of 13 gates does not pass:** `coverage` of `a` by `m` in `s`."))
    #expect(text.contains("12 of 13 gates passed."))
    // Once by itself, once among all, folded.
    #expect(text.components(separatedBy: "**failed**").count == 3)
    #expect(text.contains("<summary>All 13 gates</summary>"))
  }
}
