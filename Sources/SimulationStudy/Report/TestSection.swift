/// How often is a true null rejected, and how often is an effect found that is there?
enum TestSection {
  /// nil for a study without tests.
  static func section(_ results: StudyResults) -> ReportSection? {
    let nulls = table(results, ofNulls: true).blocks()
    let power = table(results, ofNulls: false).blocks()
    var blocks: [ReportBlock] = []
    if !nulls.isEmpty {
      blocks.append(.paragraph("\(strong: "How often is a true null rejected?")"))
      blocks += nulls
      blocks.append(
        .paragraph(
          "Type I error: share of replicates with p at most \(Wording.testLevel(results)) for a "
            + "coefficient that is 0 "
            + "(Monte Carlo standard error). ▲ ▼: more or less often than the level by more than 3 "
            + "Monte Carlo standard "
            + "errors, those of an exactly nominal test."))
    }
    if !power.isEmpty {
      let note: RichText =
        "Power: share of replicates with p at most \(Wording.testLevel(results)) for a coefficient "
        + "that is not 0 "
        + "(Monte Carlo standard error). A method that rejects true nulls too often has its power "
        + "for nothing."
      blocks.append(
        .folded(
          summary: "Power: how often is an effect found that is there?", power + [.paragraph(note)])
      )
    }
    if blocks.isEmpty { return nil }
    return ReportSection(title: "Tests at the \(Wording.testLevel(results)) level", blocks: blocks)
  }

  private static func table(_ results: StudyResults, ofNulls: Bool) -> ParameterTable {
    func isListed(_ scenario: ScenarioSummary, _ parameter: String) -> Bool {
      guard let truth = scenario.truth[parameter], (truth == 0) == ofNulls else { return false }
      // Whether there is an intercept at all is nobody's question.
      if !ofNulls, parameter == DataGeneratingMechanism.interceptName { return false }
      return scenario.methods.contains {
        results.row(scenario.name, $0, parameter, .rejectionRate) != nil
      }
    }
    return ParameterTable(
      results: results, isListed: isListed, showsTruth: !ofNulls,
      methodColumns: [.init(title: "") { results.judged($0, $1, $2, .rejectionRate)?.cell }],
      summary: { sample, method in
        let rows = results.rows(sample, method, .rejectionRate)
          .filter { isListed(sample.summary, $0.parameter) }
        return CaseRange(entries: rows.compactMap(CaseRange.Entry.init)).text()
      })
  }
}
