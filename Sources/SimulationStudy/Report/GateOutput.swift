extension GateCheck {
  /// The results in a format.
  /// - Throws: `StudyError`.
  package static func text(
    of results: [GateResult], as format: JudgementFormat
  ) throws(StudyError) -> String {
    switch format {
    case .text:
      return PlainTextRenderer.text(of: GateSection.table(results)) + "\n\n"
        + GateSection.summary(results) + "\n"
    case .markdown: return table(results) + "\n\n" + GateSection.summary(results) + "\n"
    case .json: return try JSONText.text(of: GatesJSON(results))
    case .junit:
      return JUnitReport(
        name: "gates",
        cases: results.map { result in
          let gate = result.gate
          let sentence =
            "\(result.status.rawValue): required \(GateSection.required(gate)), found "
            + "\(GateSection.found(result))"
          return JUnitReport.Case(
            group: "\(gate.scenario).\(gate.method)",
            name: "\(gate.parameter) \(gate.measure.rawValue)",
            failure: result.passed ? nil : sentence,
            note: result.status == .withinError ? sentence : "")
        }
      ).text
    }
  }
}

/// What `study check --format json` prints.
private struct GatesJSON: Encodable {
  struct Item: Encodable {
    let scenario: String
    let method: String
    let parameter: String
    let measure: String
    /// nil where there is no such limit.
    let lower: Double?
    let upper: Double?
    /// nil where the study has no such number.
    let estimate: Double?
    let mcse: Double?
    let replicates: Int?
    let status: String
  }

  let passed: Bool
  let gates: [Item]

  init(_ results: [GateResult]) {
    passed = results.allSatisfy(\.passed)
    gates = results.map { result in
      let gate = result.gate
      func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
      return Item(
        scenario: gate.scenario, method: gate.method, parameter: gate.parameter,
        measure: gate.measure.rawValue, lower: finite(gate.lower), upper: finite(gate.upper),
        estimate: finite(result.row?.estimate), mcse: finite(result.row?.monteCarloStandardError),
        replicates: result.row?.used, status: result.status.rawValue)
    }
  }
}
