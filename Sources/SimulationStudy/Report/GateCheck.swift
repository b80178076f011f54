import Foundation

/// What became of a gate.
public struct GateResult: Sendable, Equatable {
  public enum Status: String, Sendable {
    case passed
    case failed
    /// The study has no such row, or the row has no number. Counts as not passed.
    case missing
  }

  public let gate: Gate
  /// The row the gate speaks of, if the study has it.
  public let row: MeasureRow?
  public let status: Status
  public var passed: Bool { status == .passed }
}

/// Compares a study's numbers with what its scenarios require.
public enum GateCheck {
  /// One result a gate, in the order of the gates.
  public static func evaluate(gates: [Gate], rows: [MeasureRow]) -> [GateResult] {
    guard !gates.isEmpty else { return [] }
    let rowOfKey = Dictionary(rows.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    return gates.map { gate in
      let key = MeasureRow.Key(
        scenario: gate.scenario, method: gate.method, parameter: gate.parameter,
        measure: gate.measure)
      let row = rowOfKey[key]
      return GateResult(gate: gate, row: row, status: status(gate, row?.estimate))
    }
  }

  /// Checks a study from its directory alone: the gates of `manifest.json` on `measures.csv`.
  /// - Throws: `ReportError` of kind `missingFile`, `unreadable` or `malformed`.
  public static func evaluate(directory: URL) throws(ReportError) -> [GateResult] {
    let manifestFile = directory.appendingPathComponent(StudyReport.FileName.manifest)
    let measuresFile = directory.appendingPathComponent(StudyReport.FileName.measures)
    let manifest = try StudyManifest(
      json: StudyFile.read(manifestFile), name: manifestFile.path)
    let rows = try StudyTables.readMeasures(
      StudyFile.read(measuresFile), name: measuresFile.path)
    return evaluate(gates: manifest.gates, rows: rows)
  }

  /// A table of results that reads well on a terminal and as Markdown.
  public static func table(_ results: [GateResult]) -> String {
    MarkdownRenderer.text(of: GateSection.table(results))
  }

  private static func status(_ gate: Gate, _ value: Double?) -> GateResult.Status {
    guard let value, value.isFinite else { return .missing }
    return gate.lower <= value && value <= gate.upper ? .passed : .failed
  }
}
