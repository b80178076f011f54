import Testing

@testable import SimulationStudy

/// Methods whose usable replicates differ are also seen on those that all have.
@Suite struct CommonReplicatesTests {
  private static let scenarios = [
    Fixture.scenario("all", methods: ["m", "n"]), Fixture.scenario("some", methods: ["m", "n"]),
  ]

  /// Errors 0, 1, 2 and 9; in `some` the second method fails on the last.
  private static let records = ["all", "some"].flatMap { scenario in
    ["m", "n"].flatMap { method in
      [0.0, 1, 2, 9].enumerated().map { replicate, error in
        scenario == "some" && method == "n" && replicate == 3
          ? Fixture.failure(replicate, "no fit", scenario: scenario, method: method)
          : Fixture.record(
            replicate, [Fixture.parameter("a", error)], scenario: scenario, method: method)
      }
    }
  }

  @Test func onlyTheScenariosThatDifferAreThere() throws {
    let results = try StudyResults(scenarios: Self.scenarios, records: Self.records)
    #expect(results.row("some", "m", "a", .bias)?.estimate == 3)
    let common = try #require(results.onCommonReplicates.first)
    #expect(results.onCommonReplicates.count == 1)
    #expect(common.scenarios.map(\.name) == ["some"])
    for method in ["m", "n"] {
      #expect(common.row("some", method, "a", .bias)?.estimate == 1)
      #expect(common.row("some", method, "a", .bias)?.used == 3)
    }
    // Scenario by scenario, as from a store, it is the same.
    let read = try StudyResults(scenarios: Self.scenarios) { scenario in
      Self.records.filter { $0.scenario == scenario.name }
    }
    #expect(read.onCommonReplicates.first?.measures == common.measures)
    let section = try #require(CommonReplicatesSection.section(results))
    let text = MarkdownRenderer.text(of: ReportDocument(title: "", sections: [section]))
    #expect(text.contains("In 1 scenario some methods have results on data sets"))
    #expect(text.contains("on which all have a result: 3 of them."))
  }

  @Test func equalReplicatesHaveNoSection() throws {
    // Both fail on the same, and one that was never run says nothing.
    let records =
      Self.records.filter { $0.scenario == "some" && $0.replicate < 3 }
      + ["m", "n"].map { Fixture.failure(3, "no fit", scenario: "some", method: $0) }
    let scenarios = [Fixture.scenario("some", methods: ["m", "n", "never"])]
    let results = try StudyResults(scenarios: scenarios, records: records)
    #expect(results.onCommonReplicates.isEmpty)
    #expect(CommonReplicatesSection.section(results) == nil)
  }
}
