import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// A small study of several factors from the file to the report, in memory.
@Suite struct FactorStudyTests {
  private static let simulation = """
    name: small-factors
    seed: 20261122
    replicates: 3
    data:
      factors:
        school: {levels: 6}
        class: {within: school, levels: 2}
      rows_per_cell: 5
      covariates: [{name: x1, distribution: normal}]
      fixed: {Intercept: 1, x1: 0.3}
      random:
        school: {Intercept: 0.5, x1: 0.3, correlations: {"Intercept,x1": -0.4}}
        class: {Intercept: 0.4}
    methods:
      - {name: structured, approximation: structured}
    """

  private static let calibration = """
    kind: calibration
    name: small-calibration
    seed: 20261122
    replicates: 3
    priors: {fixed_effect_sd: 0.5, log_sd_sd: 0.3, correlation_shape: 2}
    data:
      factors:
        school: {levels: 6}
        class: {within: school, levels: 2}
      rows_per_cell: 5
      covariates: [{name: x1, distribution: normal}]
      fixed: [Intercept, x1]
      random:
        school: {terms: [Intercept, x1], correlations: ["Intercept,x1"]}
        class: [Intercept]
    methods:
      - {name: structured, approximation: structured}
    """

  private static let parameters = [
    "Intercept", "x1", "log_sd(school:Intercept)", "log_sd(school:x1)", "log_sd(class:Intercept)",
    "cor(school:Intercept,x1)",
  ]

  private func report(_ scenario: Scenario) throws -> (StudyReport, [ReplicateRecord]) {
    let records = StudyRunner([scenario]).records(workers: 2)
    let report = try StudyReport(
      scenarios: [ScenarioSummary(scenario)], records: records,
      environment: .current(packageVersion: "0", workers: 2), command: "")
    return (report, records)
  }

  @Test func parametersOfAnyFactorAreMeasuredAndReported() throws {
    let scenario = try ScenarioText.parse(Self.simulation)
    let (report, records) = try report(scenario)
    for record in records {
      guard case .fitted(let result) = record.outcome else {
        Issue.record("\(record.outcome)")
        continue
      }
      #expect(result.parameters.map(\.parameter) == Self.parameters)
      let correlation = try #require(result.parameters.last)
      #expect(abs(correlation.estimate) < 1)
      #expect(try #require(correlation.intervalLower) > -1)
      #expect(try #require(correlation.intervalUpper) < 1)
      #expect(correlation.pValue != nil)
    }
    for measure in [PerformanceMeasure.bias, .coverage, .rejectionRate] {
      let rows = report.measures.filter { $0.measure == measure }
      let expected = Self.parameters.filter {
        measure != .rejectionRate || !$0.hasPrefix("log_sd")
      }
      #expect(rows.map(\.parameter) == expected, "\(measure)")
    }
    #expect(
      report.measures.first { $0.parameter == "cor(school:Intercept,x1)" }?.truth == -0.4)
  }

  @Test func everyParameterOfACalibrationHasARank() throws {
    let (report, records) = try report(try ScenarioText.parse(Self.calibration))
    for record in records {
      guard case .fitted(let result) = record.outcome else {
        Issue.record("\(record.outcome)")
        continue
      }
      #expect(result.parameters.map(\.parameter) == Self.parameters)
      #expect(result.parameters.allSatisfy { $0.truth != nil })
      #expect(
        result.parameters.allSatisfy { (0...1).contains($0.probabilityBelowTruth ?? -1) })
    }
    #expect(Set(report.calibrations.map(\.parameter)) == Set(Self.parameters))
  }

  @Test func aCalibrationOfCorrelationsNamesTheirPrior() {
    let text = Self.calibration.replacing(", correlation_shape: 2", with: "")
    #expect(
      ScenarioText.complaint(about: text)
        == "s.yml:5:9: priors: the key 'correlation_shape' is missing: a calibration draws its "
        + "parameters from it.")
    let given = Self.calibration.replacing(
      "correlations: [\"Intercept,x1\"]", with: "correlations: {\"Intercept,x1\": 0}")
    #expect(
      ScenarioText.complaint(about: given)
        == "s.yml:14:52: data.random.school.correlations: a calibration draws these from their "
        + "prior; expected a list of pairs, such as [\"Intercept,x1\"], found a mapping.")
  }
}
