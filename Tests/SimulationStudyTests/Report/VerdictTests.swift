import Testing

@testable import SimulationStudy

/// The verdict must follow the numbers: the same words never stand over different results.
@Suite struct VerdictTests {
  /// One scenario and parameter with truth 0: `missing` of `count` intervals do not hold it, and
  /// the estimates alternate around `bias`.
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
        "**`m`: the 95 % intervals show no departure from their level in 1 fixed effect (with n = "
          + "1,000 one "
          + "below 0.021 can go unseen).**\n\nStandard errors and estimates show no departure.\n"))
    #expect(text.contains("| `m`    | 1 fixed effect |    0.946 |     0.00 |"))
    #expect(!text.contains("Too rarely"))
    #expect(
      text.contains("is 0.007 with 1,000 replicates; a departure below 0.021 may go unmarked."))
    #expect(!text.contains("gate"))
  }

  @Test func estimatesThatDoNotDependOnTheData() throws {
    let records = (0..<60).map { replicate in
      Fixture.record(
        replicate,
        [
          ParameterEstimate(
            parameter: "a", estimate: 0.1, standardError: 0.1, intervalLower: -1, intervalUpper: 1,
            pValue: nil)
        ])
    }
    let text = try verdict(records, [Fixture.scenario(replicates: 60)])
    #expect(
      text.contains(
        "Gave the same estimate in all 60 data sets, which leaves no error to judge it by: `a`.\n"))
    #expect(!text.contains("biased"))
    let usual = try verdict(self.records(60, missing: 3), [Fixture.scenario(replicates: 60)])
    #expect(!usual.contains("the same estimate"))
  }

  @Test func intervalsThatFallShort() throws {
    // 72 of 1000 miss: 0.928, 3.2 standard errors below nominal; 70 would be 2.9.
    let scenarios = [Fixture.scenario(replicates: 1000)]
    let text = try verdict(records(1000, missing: 72), scenarios)
    #expect(
      text.contains(
        "**`m`: the 95 % intervals cover the truth too rarely for 1 of 1 fixed effect "
          + "(0.928).**\n\n"
          + "Too rarely: `a`. "))
    #expect(text.contains("| 1 fixed effect |  0.928 ▼ |"))
    let close = try verdict(records(1000, missing: 70), scenarios)
    #expect(close.contains("show no departure from their level in 1 fixed effect"))
  }

  @Test func intervalsThatAreTooWide() throws {
    // None misses: 1.000, 7 standard errors above nominal.
    let text = try verdict(records(1000, missing: 0), [Fixture.scenario(replicates: 1000)])
    #expect(
      text.contains(
        "**`m`: the 95 % intervals cover the truth too often for 1 of 1 fixed effect (1.000), too "
          + "rarely for none.**"
      ))
    #expect(text.contains("Too often: `a`."))
  }

  @Test func fewReplicatesClaimNothing() throws {
    // 10 of 10 hold: the estimated error is 0, and yet nothing is marked; the nominal one is 0.07.
    let text = try verdict(records(10, missing: 0), [Fixture.scenario(replicates: 10)])
    #expect(
      text.contains(
        "show no departure from their level in 1 fixed effect (with n = 10 one below 0.21 can"))
    #expect(!text.contains("Too often"))
    #expect(
      text.contains(
        "is 0.07 with 10 replicates; a departure below 0.21 may go unmarked, and intervals that "
          + "are too wide do, even "
          + "if they always cover the truth."))
    #expect(text.contains("the standard errors themselves are rough"))
  }

  @Test func biasIsNamedWithItsSize() throws {
    // Estimates 0.05 +- 0.1: 0.5 empirical SE (0.10005), 15 standard errors from zero.
    let text = try verdict(
      records(1000, missing: 50, bias: 0.05), [Fixture.scenario(replicates: 1000)])
    #expect(text.contains("Estimates are biased for the fixed effect (by 0.50 SE)."))
    #expect(text.contains("Standard errors show no departure."))
  }

  @Test func scenariosAreCountedByParameter() throws {
    let scenarios = ["s", "t", "u"].map { Fixture.scenario($0, replicates: 1000) }
    let all =
      records(1000, missing: 300, scenario: "s") + records(1000, missing: 50, scenario: "t")
      + records(1000, missing: 200, scenario: "u")
    let text = try verdict(all, scenarios)
    #expect(text.contains("too rarely for 2 of 3 fixed effects (down to 0.700).**"))
    #expect(text.contains("Too rarely: `a` in 2 of 3 scenarios; most of all in `s`."))
    #expect(text.contains("| 0.700 to 0.950, 2 ▼ |"))
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
        "in 2 fixed effects, for 1 of them given that there is an interval (with n = 184 one below "
          + "0.05 can go unseen).**"
      ))
    #expect(
      text.contains(
        "In 1 case some replicates have no interval, and the coverage is that of the others alone: "
          + "184 of 200 have one where the fewest do. With every missing interval as a miss the "
          + "lowest of these coverages is "
          + "0.91 (`a` in `s`).\n"))
    let alone = try verdict(records(without: 16, missing: 60, scenario: "s"), [scenarios[0]])
    #expect(
      alone.contains(
        "too rarely for 1 of 1 fixed effect (0.67), given that there is an interval.**"))
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
        "cover the truth too rarely for 1 of 1 log SD (0.700); no departure in 1 fixed effect "
          + "(with n = 1,000 one "
          + "below 0.021 can go unseen).**"))
    #expect(text.contains("Too rarely: `log_sd(a)`. Standard errors are too small for the log SD."))
    // empSE = 0.1 sqrt(1000/999): 0.0500 % and 50.03 % below it; MCSEs 100/sqrt(1998) = 2.2 % and
    // 1.1 %.
    #expect(text.contains("| 1 fixed effect |    0.950 |     0.00 |              0 |"))
    #expect(text.contains("| 1 log SD       |  0.700 ▼ |     0.00 |          -50 ▼ |"))
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
    #expect(text.contains("Failed: 5 of 5 fits (100 %)."))
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
    #expect(
      text.contains(
        "**`m`: the nominal intervals show no departure from their level in 2 fixed effects"))
  }

  @Test func longTablesAreFoldedBehindAnOverview() throws {
    let scenarios = (0..<41).map { Fixture.scenario("s\($0)", replicates: 100) }
    let all = (0..<41).flatMap { records(100, missing: 5 + $0, scenario: "s\($0)") }
    let text = try StudyReport(
      scenarios: scenarios, records: all, environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(text.contains("| `s40`    | 0.55 ▼ |"))
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

  /// Cases of few replicates, which say little, do not set the range where others have many.
  @Test func casesOfFewReplicatesStandInTheTablesOnly() throws {
    let scenarios = [
      Fixture.scenario("s", replicates: 1000), Fixture.scenario("t", replicates: 2),
    ]
    let all = records(1000, missing: 50, scenario: "s") + records(2, missing: 1, scenario: "t")
    let text = try verdict(all, scenarios)
    #expect(text.contains("in 1 fixed effect (with n = 1,000 one below 0.021 can go unseen)"))
    #expect(text.contains("| 1 fixed effect |    0.950 |"))
    #expect(text.contains("Cases of fewer than 40 replicates stand in the tables only."))
  }

  @Test func everythingThatIsJudgedIsCounted() throws {
    let text = try verdict(records(1000, missing: 50), [Fixture.scenario(replicates: 1000)])
    #expect(
      text.contains(
        "Of the 3 numbers judged (coverages, biases and standard errors), chance alone would mark "
          + "fewer"
      ))
  }

  @Test func aStudyIsCalledByItsTitleAndAsksItsQuestion() throws {
    var scenarios = ["s", "t"].map { Fixture.scenario($0, replicates: 50) }
    scenarios[0].study = StudyTitle(title: "Two coins", question: "Are they fair?")
    scenarios[1].study = scenarios[0].study
    let all = records(50, missing: 2, scenario: "s") + records(50, missing: 3, scenario: "t")
    let text = try StudyReport(
      scenarios: scenarios, records: all, environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(
      text.hasPrefix(
        "# Two coins\n\n## Verdict\n\n**Are they fair?** 2 scenarios, 50 data sets each"))
  }

  @Test func methodsThatSayTheSameAreNamed() throws {
    let scenario = Fixture.scenario(
      methods: ["corrected", "structured", "glmer"], replicates: 100)
    let all =
      records(100, missing: 5, method: "corrected")
      + records(100, missing: 5, bias: 0.004, method: "glmer")
      + records(100, missing: 5, bias: 0.02, method: "structured")
    let text = try verdict(all, [scenario])
    // 0.004 and 0.02 against a spread of 0.1: 0.04 and 0.2 of it.
    #expect(
      text.contains(
        "`corrected` and `glmer` give the same estimates on average, within 0.05 of their "
          + "empirical SE, and the same "
          + "standard errors, within 5 %."))
    #expect(!text.contains("`structured` and"))
  }

  @Test func gridsSayWhereIntervalsMiss() throws {
    let scenarios = ["3", "4", "5", "20"].map { groups in
      var scenario = Fixture.scenario("g\(groups)", replicates: 1000)
      scenario.gridSettings = [.init("groups", groups)]
      return scenario
    }
    let misses = ["g3": 0, "g4": 5, "g5": 50, "g20": 50]
    let all = scenarios.flatMap { records(1000, missing: misses[$0.name] ?? 0, scenario: $0.name) }
    let text = try verdict(all, scenarios)
    #expect(
      text.contains("Too often: `a` in 2 of 4 scenarios (`groups` 3 to 4); most of all in `g3`."))
    let report = try StudyReport(
      scenarios: scenarios, records: all, environment: Fixture.environment, command: "c"
    ).markdown()
    #expect(report.contains("**`g3`** to **`g20`**, 4 scenarios"))
    #expect(report.contains("- every combination of `groups` 3, 4, 5 and 20"))
    // A share of all replicates has no error that could be estimated.
    #expect(report.contains("1,000 of 1,000 ▲"))
  }

  @Test func departuresSayWhatTheyBreak() throws {
    let scenario = ScenarioSummary(
      name: "s", description: "odd counts", seed: 1, generator: "g", replicates: 1000,
      departsFromModel: true, alpha: 0.05, truth: ["a": 0], methods: ["m"], gates: [],
      contentHash: "h", details: [])
    let text = try verdict(records(1000, missing: 200, bias: 0.1), [scenario])
    #expect(
      text.contains(
        "- `s` (odd counts): intervals cover the truth too rarely for `a` (0.800); estimates are "
          + "biased for `a` (by 1.00 SE)."
      ))
  }

  /// Where a coefficient is 0 each rejection is an error, elsewhere it is power.
  @Test func trueNullsAreCountedAmongTheTests() throws {
    let records = (0..<1000).map { replicate in
      Fixture.record(
        replicate,
        [("x1", 450), ("x2", 900)].map { name, rejections in
          ParameterEstimate(
            parameter: name, estimate: replicate.isMultiple(of: 2) ? 0.1 : -0.1, standardError: 0.1,
            intervalLower: -2, intervalUpper: 2, pValue: replicate < rejections ? 0.05 : 0.06)
        })
    }
    let scenario = Fixture.scenario(truth: ["x1": 0, "x2": 0.1], replicates: 1000)
    let text = try verdict(records, [scenario])
    #expect(
      text.contains("Tests at 5 % reject true nulls too often in 1 of 1 cases (up to 0.450)."))
    let report = try StudyReport(
      scenarios: [scenario], records: records, environment: Fixture.environment, command: "c"
    ).markdown()
    let parts = report.components(separatedBy: "<summary>Power")
    #expect(parts.count == 2)
    #expect(parts[0].contains("| `x1`      | 0.450 (0.016) ▲ |"))
    #expect(parts[1].contains("| `x2`      |   0.1 | 0.900 (0.009) |"))
  }
}
