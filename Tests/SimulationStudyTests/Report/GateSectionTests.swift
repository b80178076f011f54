import Foundation
import Testing

@testable import SimulationStudy

@Suite struct GateSectionTests {
  private func row(_ parameter: String, _ estimate: Double?) -> MeasureRow {
    MeasureRow(
      scenario: "s", method: "m", parameter: parameter, measure: .coverage, estimate: estimate,
      monteCarloStandardError: estimate == nil ? nil : 0.007, truth: 0, attempted: 1000, failed: 0,
      used: estimate == nil ? 1 : 1000)
  }

  @Test func theTableSaysWhatWasFound() {
    let gates = ["a", "b", "c"].map {
      Gate(
        scenario: "s", method: "m", parameter: $0, measure: .coverage, lower: 0.96,
        upper: .infinity)
    }
    let results = GateCheck.evaluate([(gates, 0.05)], rows: [row("a", 0.93), row("b", nil)])
    #expect(
      GateCheck.table(results) == """
        | Scenario | Method | Parameter | Measure    |      Required |         Found | Result      |
        | -------- | ------ | --------- | ---------- | ------------: | ------------: | ----------- |
        | `s`      | `m`    | `a`       | `coverage` | at least 0.96 | 0.930 (0.007) | **failed**  |
        | `s`      | `m`    | `b`       | `coverage` | at least 0.96 |  n/a (1 used) | **missing** |
        | `s`      | `m`    | `c`       | `coverage` | at least 0.96 |   no such row | **missing** |
        """)
  }

  /// As many digits as elsewhere, and more only where these would be on the other side of a limit.
  @Test(
    arguments: [
      (0.9196, 0.007, 0.9, "0.920 (0.007)"), (0.9196, 0.007, 0.92, "0.9196 (0.0070)"),
      (0.9204, 0.007, 0.92, "0.920 (0.007)"), (0.93, 0.007, 0.9301, "0.930 (0.007)"),
      (0.91999, 0.007, 0.92, "0.91999 (0.00700)"),
      (0.919_999_99, 0.007, 0.92, "0.91999999 (0.007)"),
      // All intervals cover the truth: no error can be estimated.
      (1, 0, 0.9, "1,000 of 1,000"), (0.55, 0.0157, 0.9, "0.550 (0.016)"),
    ] as [(Double, Double, Double, String)])
  func theNumberFoundIsOnItsSideOfTheLimit(
    _ value: Double, _ error: Double, _ lower: Double, _ text: String
  ) throws {
    #expect(try found(.coverage, value, error, lower...1) == text)
  }

  @Test func aNumberWithoutAnErrorHasThreeDigitsOrAsManyAsItNeeds() throws {
    #expect(try found(.calibrationECDFP, 0.136_964_64, nil, 0.0001...1) == "0.137")
    #expect(
      try found(.estimate, -0.222_303_427_1, nil, -0.222_304_427...(-0.222_302_427)) == "-0.222303")
  }

  @Test func otherProgramsReadWhatWasFound() throws {
    let gates = [0.94, 0.96, 0.9].enumerated().map { index, lower in
      Gate(
        scenario: "s", method: "m", parameter: ["a", "a", "<b>"][index], measure: .coverage,
        lower: lower, upper: .infinity)
    }
    let results = GateCheck.evaluate([(gates, 0.05)], rows: [row("a", 0.93), row("<b>", nil)])
    #expect(results.map(\.status) == [.withinError, .failed, .missing])
    #expect(
      try GateCheck.text(of: results, as: .junit) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="gates" tests="3" failures="2">
          <testsuite name="s.m" tests="3" failures="2">
            <testcase classname="s.m" name="a coverage"><system-out>within error: required \
        at least 0.94, found 0.930 (0.007)</system-out></testcase>
            <testcase classname="s.m" name="a coverage"><failure message="failed: required \
        at least 0.96, found 0.930 (0.007)"/></testcase>
            <testcase classname="s.m" name="&lt;b&gt; coverage"><failure message="missing: \
        required at least 0.9, found n/a (1 used)"/></testcase>
          </testsuite>
        </testsuites>

        """)
    struct Read: Decodable {
      struct Gate: Decodable {
        let status: String
        let estimate: Double?
        let lower: Double?
        let upper: Double?
      }
      let passed: Bool
      let gates: [Gate]
    }
    let json = try JSONDecoder().decode(
      Read.self, from: Data(GateCheck.text(of: results, as: .json).utf8))
    #expect(!json.passed)
    #expect(json.gates.map(\.status) == ["within error", "failed", "missing"])
    #expect(json.gates.map(\.estimate) == [0.93, 0.93, nil])
    #expect(json.gates.map(\.lower) == [0.94, 0.96, 0.9])
    #expect(json.gates.allSatisfy { $0.upper == nil })
    #expect(
      try GateCheck.text(of: results, as: .markdown).hasSuffix(
        "\n\n1 of 3 gates passed, 1 of them within 3 Monte Carlo standard errors of a limit.\n"))
  }

  private func found(
    _ measure: PerformanceMeasure, _ value: Double, _ error: Double?, _ limits: ClosedRange<Double>
  ) throws -> String {
    let row = MeasureRow(
      scenario: "s", method: "m", parameter: "a", measure: measure, estimate: value,
      monteCarloStandardError: error, truth: 0, attempted: 1000, failed: 0, used: 1000)
    let gate = Gate(
      scenario: "s", method: "m", parameter: "a", measure: measure, lower: limits.lowerBound,
      upper: limits.upperBound)
    let table = GateCheck.table(GateCheck.evaluate([([gate], 0.05)], rows: [row]))
    let cells = try #require(table.split(separator: "\n").last).split(separator: "|")
    return cells[5].trimmingCharacters(in: .whitespaces)
  }

  @Test func aDirectoryWithoutAStudySaysWhatIsMissing() {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    let file = directory.appendingPathComponent("manifest.json").path
    #expect(throws: StudyError(.missingFile, "There is no file '\(file)'.")) {
      try GateCheck.evaluate(directory: directory)
    }
  }

  @Test func aBrokenFileIsNamed() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try StudyReport(
      scenarios: [Fixture.scenario()], records: [], environment: Fixture.environment, command: "c"
    ).write(to: directory)
    let file = directory.appendingPathComponent("measures.csv")
    try Data([0xff, 0xfe, 0x41]).write(to: file)
    #expect(throws: StudyError(.malformed, "'\(file.path)' is not a UTF-8 text file.")) {
      try GateCheck.evaluate(directory: directory)
    }
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    let error = #expect(throws: StudyError.self) { try GateCheck.evaluate(directory: directory) }
    #expect(error?.kind == .unreadable)
  }
}
