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

  private static func found(_ result: GateResult) -> String {
    guard let row = result.row else { return "no such row" }
    guard let value = row.estimate else { return JudgedRow.withoutNumber(row) }
    // One digit more than the error supports, and eight where there is none: the gate compares the
    // unrounded number, and 0.9196 must not read as 0.92 beside "at least 0.92".
    guard let error = row.monteCarloStandardError else {
      return ReportNumber.significant(value, digits: 8)
    }
    let decimals = ReportNumber.decimals(supportedBy: error).map { $0 + 1 }
    return ReportNumber.rounded(value, decimals: decimals) + " ("
      + ReportNumber.rounded(error, decimals: decimals) + ")"
  }
}
