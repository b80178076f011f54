import Testing

@testable import SimulationStudy

/// A measure of one's own over fits of every kind.
@Suite struct OwnMeasureTests {
  private struct Largest: OwnMeasure {
    let name = "largest"

    func estimate(_ estimates: [ParameterEstimate], truth: Double?) -> MonteCarloEstimate {
      MonteCarloEstimate(
        estimates.map { $0.estimate - (truth ?? 0) }.max(), monteCarloStandardError: 1,
        used: estimates.count)
    }
  }

  @Test func itSeesUsableEstimatesAndTheTruth() throws {
    let scenario = try ScenarioText.parse(
      ScenarioText.simulated.replacing("name: small", with: "name: s"))
    let method = scenario.methods[0].name
    let parameter = scenario.parameters[0]
    let truth = try #require(scenario.truth[parameter])
    let records = [
      Fixture.record(2, [Fixture.parameter(parameter, 5)], method: method),
      Fixture.record(0, [Fixture.parameter(parameter, 3)], method: method),
      Fixture.record(3, [Fixture.parameter(parameter, .nan)], method: method),
      Fixture.failure(1, "no", method: method),
    ]
    let rows = records.rows(of: Largest(), in: [scenario])
    #expect(rows.count == scenario.methods.count * scenario.parameters.count)
    #expect(
      rows[0]
        == OwnMeasureRow(
          scenario: "s", method: method, parameter: parameter, measure: "largest",
          result: MonteCarloEstimate(5 - truth, monteCarloStandardError: 1, used: 2)))
    // A parameter that no fit has an estimate of.
    #expect(rows[1].result == MonteCarloEstimate(nil, monteCarloStandardError: nil, used: 0))
  }

  @Test func onlyTheMeasuresAskedForAreReportedInTheirOrder() throws {
    let scenario = try ScenarioText.parse(
      ScenarioText.simulated + "\nmeasures: [rejection_rate, coverage]\n")
    let records = StudyRunner([scenario], estimator: { Moody(name: $1.name) }).records(workers: 1)
    let report = try StudyReport(
      scenarios: [scenario], records: records, environment: Fixture.environment, command: "c")
    let measures = report.measures.filter { $0.parameter == "Intercept" }.map(\.measure)
    #expect(measures == Array(repeating: [.rejectionRate, .coverage], count: 2).flatMap { $0 })
    #expect(!report.verdict().isEmpty)
    for (list, complaint) in [
      ("[coverage, coverage]", "measures[2]: 'coverage' appears twice."),
      ("[]", "measures: expected at least one measure."),
      ("[coverge]", "measures[1]: unknown measure 'coverge'; did you mean 'coverage'?"),
      // The scenario's gate is on coverage.
      ("[bias]", "is not among the 'measures' of the scenario."),
    ] {
      let found = ScenarioText.complaint(about: ScenarioText.simulated + "\nmeasures: \(list)\n")
      #expect(found?.contains(complaint) == true, "\(found ?? "")")
    }
  }

  @Test func withoutCoverageTheVerdictSaysSo() throws {
    let text = ScenarioText.simulated.replacing(#/\ngates:(.|\n)*/#, with: "")
    let scenario = try ScenarioText.parse(text + "\nmeasures: [bias]\n")
    let records = StudyRunner([scenario], estimator: { Moody(name: $1.name) }).records(workers: 1)
    let report = try StudyReport(
      scenarios: [scenario], records: records, environment: Fixture.environment, command: "c")
    let words = report.plainVerdict().split(whereSeparator: \.isWhitespace)
    #expect(words.joined(separator: " ").contains("Coverage is not among the measures"))
  }
}
