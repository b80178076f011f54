import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Checks of the model as parameters of a study.
@Suite struct CheckParametersTests {
  private static func scenario(_ departures: String) throws -> Scenario {
    try ScenarioText.parse(
      """
      name: checked
      seed: 1
      replicates: 20
      data:
        groups: 60
        group_size: 6
        covariates: [{name: x1, distribution: normal}]
        fixed: {Intercept: 1, x1: 0.3}
        random: {Intercept: 0.5}
        departures: \(departures)
      methods:
        - {name: structured, approximation: structured, checks: true}
      gates:
        - method: structured
          parameter: check(dispersion)
          measure: rejection_rate
          between: [0, 1]
      """)
  }

  private static let names = [
    "check(dispersion)", "check(zeros)", "check(uniformity)", "check(outliers)",
    "check(normality(Intercept))",
  ]

  @Test func checksAreParametersWithAPValueAndNothingElse() throws {
    let scenario = try Self.scenario("{}")
    #expect(
      scenario.parameters == ["Intercept", "x1", "log_sd(Intercept)"] + Self.names)
    let data = try DataGenerator(scenario).dataSet(replicate: 0).data
    let result = try VariationalEstimator(
      name: "s", VariationalSettings(approximation: .structured, checks: true)
    ).estimate(data)
    #expect(result.parameters.map(\.parameter) == scenario.parameters)
    for check in result.parameters.dropFirst(3) {
      #expect(check.pValue != nil && check.standardError == nil && check.intervalLower == nil)
    }
    // Without being asked there are none.
    let plain = try VariationalEstimator(
      name: "s", VariationalSettings(approximation: .structured)
    ).estimate(data)
    #expect(plain.parameters == Array(result.parameters.prefix(3)))
  }

  /// Nothing is to be found where the data are the model's; elsewhere nobody can say in numbers
  /// what is.
  @Test func theTruthOfACheckIsZeroWithoutDepartures() throws {
    let own = try Self.scenario("{}")
    let departing = try Self.scenario("{overdispersion: {gamma: 2}}")
    for name in Self.names {
      #expect(own.truth[name] == 0)
      #expect(departing.truth[name] == nil)
      #expect(own.reasonAgainst(.rejectionRate, of: name, by: "structured") == nil)
      #expect(own.reasonAgainst(.bias, of: name, by: "structured") != nil)
      #expect(departing.reasonAgainst(.estimate, of: name, by: "structured") != nil)
    }
    #expect(own.contentHash != departing.contentHash)
  }

  @Test func aStudyReportsHowOftenTheyReject() throws {
    let scenarios = [try Self.scenario("{overdispersion: {gamma: 1}}")]
    let report = try StudyReport(
      scenarios: scenarios.map { ScenarioSummary($0) },
      records: StudyRunner(scenarios).records(workers: 1),
      environment: .current(packageVersion: "0", workers: 1), command: "")
    let rows = report.measures.filter { $0.parameter.hasPrefix("check(") }
    #expect(rows.map(\.parameter) == Self.names)
    #expect(rows.allSatisfy { $0.measure == .rejectionRate })
    // Variances are four times as large as the model has them.
    #expect(rows[0].estimate ?? 0 > 0.9)
    let passed = report.gates.allSatisfy { $0.passed }
    #expect(passed)
  }
}
