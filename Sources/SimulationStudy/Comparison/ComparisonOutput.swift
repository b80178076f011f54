extension StudyComparison {
  /// The comparison in a format.
  /// - Throws: `StudyError`.
  package func text(as format: JudgementFormat) throws(StudyError) -> String {
    switch format {
    case .text: return PlainTextRenderer.text(of: ComparisonReport(self).document)
    case .markdown: return markdown()
    case .json: return try JSONText.text(of: ComparisonJSON(self))
    case .junit: return junit.text
    }
  }

  /// One case for each rule on each scenario and method; changes are notes of the rule that allows
  /// them.
  private var junit: JUnitReport {
    func group(_ scenario: String, _ method: String?) -> String {
      method.map { "\(scenario).\($0)" } ?? scenario
    }
    var cases = findings.filter { $0.method == nil }.map {
      JUnitReport.Case(
        group: group($0.scenario, nil), name: $0.rule.rawValue, failure: $0.evidence)
    }
    for row in rows {
      let (scenario, method) = (row.scenario, row.method)
      for rule in ComparisonRule.allCases where rule != .stream {
        let isOfRule = { (finding: ComparisonFinding) in
          finding.rule == rule && finding.scenario == scenario && finding.method == method
        }
        let notes = changes.filter {
          $0.rule == rule && $0.scenario == scenario && $0.method == method
        }
        cases.append(
          JUnitReport.Case(
            group: group(scenario, method), name: rule.rawValue,
            failure: findings.first(where: isOfRule)?.evidence,
            note: notes.map(\.evidence).joined(separator: "\n")))
      }
    }
    return JUnitReport(name: "\(current.name) against \(baseline.name)", cases: cases)
  }
}

/// What `study compare --format json` prints.
private struct ComparisonJSON: Encodable {
  struct Finding: Encodable {
    let rule: String
    let scenario: String
    /// nil where all methods are meant.
    let method: String?
    let evidence: String
    /// The worst first.
    let replicates: [Int]
  }

  struct Change: Encodable {
    let what: String
    let scenario: String
    let method: String
    let fits: Int
    let evidence: String
    let replicate: Int?
  }

  let verdict: String
  let baseline: String
  let current: String
  let scenarios: Int
  let fits: Int
  /// Whether a baseline of an older version lacks some of the numbers.
  let baselineLacksNumbers: Bool
  let regressions: [Finding]
  let changes: [Change]

  init(_ comparison: StudyComparison) {
    verdict = comparison.verdict.rawValue
    baseline = comparison.baseline.name
    current = comparison.current.name
    scenarios = comparison.baseline.scenarios.count
    fits = comparison.rows.reduce(0) { $0 + $1.pairing.pairs.count }
    baselineLacksNumbers = comparison.baselineLacksNumbers
    regressions = comparison.findings.map {
      Finding(
        rule: $0.rule.rawValue, scenario: $0.scenario, method: $0.method, evidence: $0.evidence,
        replicates: $0.replicates)
    }
    changes = comparison.changes.map {
      Change(
        what: $0.what.rawValue, scenario: $0.scenario, method: $0.method, fits: $0.fits,
        evidence: $0.evidence, replicate: $0.replicate)
    }
  }
}
