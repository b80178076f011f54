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
    return ReportNumber.withError(value, row.monteCarloStandardError)
  }
}
