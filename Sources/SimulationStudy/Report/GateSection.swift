/// What the scenarios require, and whether it is so.
enum GateSection {
  static func section(_ results: [GateResult]) -> ReportSection? {
    guard !results.isEmpty else { return nil }
    return ReportSection(title: "Gates", blocks: [.table(table(results))])
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
          result.passed ? "passed" : .strong(RichText(result.status.rawValue)),
        ]
      })
  }

  private static func required(_ gate: Gate) -> String {
    switch (gate.lower.isFinite, gate.upper.isFinite) {
    case (true, false):
      "at least \(ReportNumber.setting(gate.lower))"
    case (false, true):
      "at most \(ReportNumber.setting(gate.upper))"
    default:
      "\(ReportNumber.setting(gate.lower)) to \(ReportNumber.setting(gate.upper))"
    }
  }

  private static func found(_ result: GateResult) -> String {
    guard let row = result.row else { return "no such row" }
    guard let value = row.estimate else { return JudgedRow.withoutNumber(row) }
    // One digit more than the error supports: the gate compares the unrounded number, and 0.9196
    // must not read as 0.92 beside "at least 0.92".
    let error = row.monteCarloStandardError
    let decimals = ReportNumber.decimals(supportedBy: error).map { $0 + 1 }
    let number = ReportNumber.rounded(value, decimals: decimals)
    guard let error else { return number }
    return number + " (" + ReportNumber.rounded(error, decimals: decimals) + ")"
  }
}
