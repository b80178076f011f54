import Foundation
import Testing

@testable import SimulationStudy

@Suite struct GateCheckTests {
  private func row(_ parameter: String, _ estimate: Double?) -> MeasureRow {
    MeasureRow(
      scenario: "s", method: "m", parameter: parameter, measure: .coverage, estimate: estimate,
      monteCarloStandardError: estimate == nil ? nil : 0.007, truth: 0, attempted: 1000, failed: 0,
      used: estimate == nil ? 1 : 1000)
  }

  private func status(
    _ lower: Double, _ upper: Double, parameter: String = "a",
    measure: PerformanceMeasure = .coverage
  ) -> GateResult.Status? {
    let gate = Gate(
      scenario: "s", method: "m", parameter: parameter, measure: measure, lower: lower,
      upper: upper)
    return GateCheck.evaluate(gates: [gate], rows: [row("a", 0.93), row("b", nil)]).first?.status
  }

  @Test func limitsAreInclusive() {
    #expect(status(0.92, 0.98) == .passed)
    #expect(status(0.93, 0.93) == .passed)
    #expect(status(-.infinity, 0.93) == .passed)
    #expect(status(0.93.nextUp, 1) == .failed)
    #expect(status(0, 0.93.nextDown) == .failed)
  }

  @Test func limitsThatHoldNothingFail() {
    #expect(status(1, 0) == .failed)
    #expect(status(.nan, 1) == .failed)
    #expect(status(0, .nan) == .failed)
  }

  @Test func aMissingRowOrNumberDoesNotPass() {
    #expect(status(0, 1, parameter: "c") == .missing)
    #expect(status(0, 1, parameter: "b") == .missing)
    #expect(status(0, 1, measure: .bias) == .missing)
  }

  @Test func noGatesNoResults() {
    #expect(GateCheck.evaluate(gates: [], rows: []) == [])
  }

  @Test func theTableSaysWhatWasFound() {
    let gates = ["a", "b", "c"].map {
      Gate(
        scenario: "s", method: "m", parameter: $0, measure: .coverage, lower: 0.9301,
        upper: .infinity)
    }
    let results = GateCheck.evaluate(gates: gates, rows: [row("a", 0.93), row("b", nil)])
    // One digit more than the error supports, so that 0.9300 is seen to be short of 0.9301.
    #expect(
      GateCheck.table(results) == """
        | Scenario | Method | Parameter | Measure    |        Required |           Found | Result      |
        | -------- | ------ | --------- | ---------- | --------------: | --------------: | ----------- |
        | `s`      | `m`    | `a`       | `coverage` | at least 0.9301 | 0.9300 (0.0070) | **failed**  |
        | `s`      | `m`    | `b`       | `coverage` | at least 0.9301 |    n/a (1 used) | **missing** |
        | `s`      | `m`    | `c`       | `coverage` | at least 0.9301 |     no such row | **missing** |
        """)
  }

  @Test func aDirectoryWithoutAStudySaysWhatIsMissing() {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    let file = directory.appendingPathComponent("manifest.json").path
    #expect(throws: ReportError(.missingFile, "There is no file '\(file)'.")) {
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
    #expect(throws: ReportError(.malformed, "'\(file.path)' is not a UTF-8 text file.")) {
      try GateCheck.evaluate(directory: directory)
    }
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    let error = #expect(throws: ReportError.self) { try GateCheck.evaluate(directory: directory) }
    #expect(error?.kind == .unreadable)
  }
}
