import Foundation
import Testing

@testable import SimulationStudy

/// A study of fits of every kind, good and bad, as one table.
@Suite struct StudyExportTests {
  private static func study(_ body: (StoreFixture) throws -> Void) throws {
    let fixture = try StoreFixture()
    let text =
      ScenarioText.simulated.replacing("replicates: 20", with: "replicates: 12")
      + "\nvary: {data.groups: [8, 9], data.group_size: {even: 4, skewed: {poisson: 3}}}\n"
      + "where: [{data.groups: 9, data.group_size: even}, {data.groups: 8}]\n"
    let source = ScenarioSource(file: "s.yml", text: text)
    let cells = try ScenarioFile.scenarios(bytes: Array(text.utf8), file: "s.yml")
    #expect(cells.count == 3)
    try fixture.run(cells.map { SourcedScenario($0, source: source) })
    try body(fixture)
  }

  private static func text(
    _ unit: StudyExport.Unit, _ format: StudyExport.Format, _ fixture: StoreFixture
  ) throws -> String {
    let store = try StudyStore.openForReading(directory: fixture.directory)
    var text = ""
    try StudyExport(unit, as: format).write(
      store.study(), in: store, fallback: Fixture.environment, to: { text += $0 })
    return text
  }

  @Test func everyFitAndParameterHasARow() throws {
    try Self.study { fixture in
      let lines = try CSVText.records(of: Self.text(.replicate, .csv, fixture)).map(\.fields)
      #expect(
        lines[0] == [
          "scenario", "groups", "group_size", "seed", "replicate", "method", "parameter",
          "estimate", "standard_error", "lower", "upper", "p_value", "truth",
          "probability_below_truth", "used", "reason", "iterations", "seconds",
        ])
      let store = try StudyStore.openForReading(directory: fixture.directory)
      let study = try store.study()
      var position = 1
      for (index, sourced) in study.scenarios.enumerated() {
        let scenario = sourced.scenario
        for record in try store.records(of: study, scenario: index) {
          for name in scenario.parameters {
            let row = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[position]))
            position += 1
            #expect(row["scenario"] == scenario.name)
            #expect(row["groups"] == scenario.gridSettings[0].value)
            #expect(row["group_size"] == scenario.gridSettings[1].value)
            #expect(row["seed"] == String(ScenarioSummary(scenario).seed))
            #expect(row["replicate"] == String(record.replicate))
            #expect(row["method"] == record.method)
            #expect(row["parameter"] == name)
            #expect(row["truth"] == CSVText.number(scenario.truth[name]))
            var estimate: Double?
            if case .fitted(let result) = record.outcome {
              estimate = result.parameters.first { $0.parameter == name }?.estimate
            }
            #expect(row["estimate"] == CSVText.number(estimate))
            switch record.usability {
            case .usable(let result):
              #expect(row["used"] == "1" && row["reason"] == result.reason)
            case .failed(let reason): #expect(row["used"] == "0" && row["reason"] == reason)
            }
          }
        }
      }
      #expect(position == lines.count)
      #expect(Set(lines.dropFirst().map { $0[14] }) == ["0", "1"], "fits of both kinds are there")
    }
  }

  @Test func measuresAreThoseOfTheReport() throws {
    try Self.study { fixture in
      let store = try StudyStore.openForReading(directory: fixture.directory)
      let report = try StudyReport(store.study(), in: store, fallback: Fixture.environment)
      let text = try Self.text(.measure, .csv, fixture)
      #expect(
        text == StudyTables.measures(report.measures, factors: GridColumns(report.scenarios)))
      #expect(try StudyTables.readMeasures(text) == report.measures)
    }
  }

  @Test(arguments: StudyExport.Unit.allCases)
  func jsonSaysTheSame(_ unit: StudyExport.Unit) throws {
    try Self.study { fixture in
      let lines = try CSVText.records(of: Self.text(unit, .csv, fixture)).map(\.fields)
      let json = try JSONSerialization.jsonObject(with: Data(Self.text(unit, .json, fixture).utf8))
      let objects = try #require(json as? [[String: Any]])
      #expect(objects.count == lines.count - 1)
      for (object, fields) in zip(objects, lines.dropFirst()) {
        #expect(object.count == fields.count)
        for (name, field) in zip(lines[0], fields) {
          switch object[name] {
          case is NSNull: #expect(field.isEmpty)
          case let text as String: #expect(text == field)
          // JSONSerialization rounds the last digits of what it reads.
          case let number as NSNumber:
            let value = try #require(Double(field))
            #expect((number.doubleValue - value).magnitude <= 1e-14 * value.magnitude)
          default: Issue.record("\(name) is not there")
          }
        }
      }
      let first = try #require(objects.first)
      #expect(first["groups"] is NSNumber, "what is a number is one")
      #expect(first["group_size"] is String)
    }
  }
}
