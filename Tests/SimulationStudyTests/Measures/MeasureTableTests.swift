import Testing

@testable import SimulationStudy

@Suite struct MeasureTableTests {
  private func rows(
    _ records: [ReplicateRecord], _ scenario: ScenarioSummary = Fixture.scenario()
  ) throws -> [MeasureRow] {
    MeasureTable.rows(try StudySample.collect(records, scenarios: [scenario]))
  }

  @Test func aKnownTruthListsEveryMeasureButTheMeanEstimate() throws {
    let records = (0..<3).map { Fixture.record($0, [Fixture.parameter("a", Double($0))]) }
    #expect(
      try rows(records).map(\.measure.rawValue) == [
        "bias", "empirical_se", "mse", "model_se", "relative_error_model_se", "coverage",
        "bias_eliminated_coverage", "rejection_rate", "interval_width",
      ])
  }

  @Test func anUnknownTruthListsTheMeanEstimateAndNothingThatNeedsATruth() throws {
    let records = (0..<3).map { Fixture.record($0, [Fixture.parameter("a", Double($0))]) }
    let rows = try rows(records, Fixture.scenario(truth: [:]))
    #expect(
      rows.map(\.measure.rawValue) == [
        "estimate", "empirical_se", "model_se", "relative_error_model_se",
        "bias_eliminated_coverage", "rejection_rate", "interval_width",
      ])
    #expect(rows[0].estimate == 1)
    #expect(rows.allSatisfy { $0.truth == nil })
  }

  @Test func aTruthThatIsNotFiniteIsUnknown() throws {
    let records = (0..<3).map { Fixture.record($0, [Fixture.parameter("a", Double($0))]) }
    let rows = try rows(records, Fixture.scenario(truth: ["a": .nan]))
    #expect(rows.first?.measure == .estimate)
  }

  @Test func aParameterWithoutPValuesHasNoRejectionRate() throws {
    let records = (0..<3).map { Fixture.record($0, [Fixture.parameter("a", 1, p: nil)]) }
    #expect(try !rows(records).contains { $0.measure == .rejectionRate })
  }

  @Test(arguments: [0, 1])
  func tooFewUsableReplicatesSaySo(_ usable: Int) throws {
    let records =
      (0..<usable).map { Fixture.record($0, [Fixture.parameter("a", 1)]) }
      + (usable..<4).map { Fixture.failure($0, "no") }
    let rows = try rows(records)
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(row.estimate == nil)
      #expect(row.monteCarloStandardError == nil)
      #expect((row.attempted, row.failed, row.used) == (4, 4 - usable, usable))
    }
  }

  @Test func aStudyWithoutRecordsHasRowsWithoutNumbers() throws {
    let rows = try rows([])
    #expect(!rows.isEmpty)
    #expect(rows.allSatisfy { $0.estimate == nil && $0.attempted == 0 })
  }

  @Test func relativePrecisionUsesReplicatesUsableForBothMethods() throws {
    // A fails on 0, B on 4: common are 1, 2, 3 with A = 1 2 3 (Var 1) and B = 2 4 6 (Var 4).
    let scenario = Fixture.scenario(methods: ["A", "B"], replicates: 5)
    let records =
      (1..<5).map {
        Fixture.record($0, [Fixture.parameter("a", Double($0))], method: "A")
      } + [Fixture.failure(0, "no", method: "A"), Fixture.failure(4, "no", method: "B")]
      + (0..<4).map {
        Fixture.record($0, [Fixture.parameter("a", Double(2 * $0))], method: "B")
      }
    let precision = try rows(records, scenario).filter { $0.measure == .relativePrecision }
    #expect(precision.count == 1)
    let row = try #require(precision.first)
    #expect(row.method == "B")
    #expect((row.attempted, row.failed, row.used) == (5, 1, 3))
    #expect(row.estimate == -75)
    // Perfectly correlated.
    #expect(row.monteCarloStandardError == 0)
  }
}
