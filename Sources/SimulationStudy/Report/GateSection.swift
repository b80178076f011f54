/// What the scenarios require, and whether it is so.
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
      "\(ReportNumber.count(passed)) of \(ReportNumber.count(results.count, "gate")) passed.")
    let failing = open.isEmpty ? [] : [ReportBlock.table(table(open))]
    let folded = ReportBlock.folded(
      summary: "All \(ReportNumber.count(results.count)) gates", [whole])
    return ReportSection(title: "Gates", blocks: [summary] + failing + [folded])
  }

  private static let comfortableGates = 12

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
          result.passed ? "passed" : .strong(RichText(result.status.rawValue)),
        ]
      })
  }

  private static func required(_ gate: Gate) -> String {
    switch (gate.lower.isFinite, gate.upper.isFinite) {
    case (true, false):
      "at least \(ReportNumber.exact(gate.lower))"
    case (false, true):
      "at most \(ReportNumber.exact(gate.upper))"
    default:
      "\(ReportNumber.exact(gate.lower)) to \(ReportNumber.exact(gate.upper))"
    }
  }

  /// The number as the other tables have it. The gate compares the unrounded one: 0.9196 must not
  /// read as 0.92 beside "at least 0.92", and has as many digits more as show on which side it is.
  private static func found(_ result: GateResult) -> String {
    guard let row = result.row else { return "no such row" }
    let judged = JudgedRow(row: row, alpha: result.alpha)
    let digits = (0...mostDigitsMore).first { digits in
      judged.printedValue(digitsMore: digits).map { result.gate.status(of: $0) == result.status }
        ?? true
    }
    return judged.text(digitsMore: digits ?? mostDigitsMore)
  }

  /// With these a number has all that it can have.
  private static let mostDigitsMore = 14
}
