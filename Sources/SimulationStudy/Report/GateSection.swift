import Foundation

/// What the scenarios require, and whether the study has it.
enum GateSection {
  /// The table; where it is long, the gates that did not pass, and the whole folded away.
  static func section(_ results: [GateResult]) -> ReportSection? {
    guard !results.isEmpty else { return nil }
    let whole = ReportBlock.table(table(results))
    guard results.count > comfortableGates else {
      return ReportSection(title: "Gates", blocks: [whole])
    }
    let open = results.filter { !$0.passed }
    let passed = results.count - open.count
    let summary: ReportBlock = .paragraph(
      "\(NumberText.count(passed)) of \(NumberText.count(results.count, "gate")) passed.")
    let failing = open.isEmpty ? [] : [ReportBlock.table(table(open))]
    let folded = ReportBlock.folded(
      summary: "All \(NumberText.count(results.count)) gates", [whole])
    return ReportSection(title: "Gates", blocks: [summary] + failing + [folded])
  }

  private static let comfortableGates = 12

  /// One sentence: how many passed, and how many of them by what the error allows.
  static func summary(_ results: [GateResult]) -> String {
    let passed = results.count { $0.passed }
    let byError = results.count { $0.status == .withinError }
    let addition =
      byError == 0
      ? ""
      : ", \(byError) of them within \(NumberText.exact(Gate.standardErrors)) Monte Carlo standard "
        + "errors of a limit"
    return "\(passed) of \(results.count) gates passed\(addition)."
  }

  static func table(_ results: [GateResult]) -> ReportTable {
    ReportTable(
      columns: [
        .left("Scenario"), .left("Method"), .left("Parameter"), .left("Measure"),
        .right("Required"), .right("Found"), .left("Result"),
      ],
      rows: results.map { result in
        let gate = result.gate
        return [
          .code(gate.scenario), .code(gate.method), .code(gate.parameter),
          .code(gate.measure.rawValue), RichText(required(gate)), RichText(found(result)),
          result.passed
            ? RichText(result.status.rawValue) : .strong(RichText(result.status.rawValue)),
        ]
      })
  }

  static func required(_ gate: Gate) -> String {
    switch (gate.lower.isFinite, gate.upper.isFinite) {
    case (true, false):
      "at least \(NumberText.exact(gate.lower))"
    case (false, true):
      "at most \(NumberText.exact(gate.upper))"
    default:
      "\(NumberText.exact(gate.lower)) to \(NumberText.exact(gate.upper))"
    }
  }

  /// The number as the other tables have it. The gate compares the unrounded one: 0.9196 must not
  /// read as 0.92 beside "at least 0.92", and has as many digits more as show on which side it is.
  static func found(_ result: GateResult) -> String {
    guard let row = result.row else { return "no such row" }
    let judged = JudgedRow(row: row, alpha: result.alpha)
    let digits = (0...maximumAddedDigits).first { digits in
      judged.printedValue(digitsMore: digits).map {
        result.gate.status(of: $0, in: row) == result.status
      }
        ?? true
    }
    return judged.text(digitsMore: digits ?? maximumAddedDigits)
  }

  /// With so many added digits a double is written in full.
  private static let maximumAddedDigits = 14
}

extension GateCheck {
  /// Checks a study from its directory alone: the gates of `manifest.json` on `measures.csv`.
  /// - Throws: `StudyError` of kind `missingFile`, `unreadable` or `malformed`.
  public static func evaluate(directory: URL) throws(StudyError) -> [GateResult] {
    let manifestFile = directory.appendingPathComponent(StudyFile.Name.manifest)
    let measuresFile = directory.appendingPathComponent(StudyFile.Name.measures)
    let manifest = try StudyManifest(
      json: StudyFile.read(manifestFile), name: manifestFile.path)
    let rows = try StudyTables.readMeasures(
      StudyFile.read(measuresFile), name: measuresFile.path)
    return evaluate(manifest.scenarios.map { ($0.gates, $0.alpha) }, rows: rows)
  }

  /// A table of results that reads well on a terminal and as Markdown.
  public static func table(_ results: [GateResult]) -> String {
    MarkdownRenderer.text(of: GateSection.table(results))
  }
}
