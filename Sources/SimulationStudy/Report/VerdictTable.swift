/// The numbers behind the verdict: for each method and kind of parameters the range of what is
/// judged, and how much of it is marked.
enum VerdictTable {
  /// nil where nothing is judged.
  static func table(_ results: StudyResults) -> ReportTable? {
    let hasTests = results.methods.contains { !results.telling($0, .rejectionRate).isEmpty }
    var columns: [ReportTable.Column] = [
      .left("Method"), .left("Cases"), .right("Coverage"), .right("Bias, SE"),
      .right("Error of SE, %"),
    ]
    if hasTests { columns.append(.right("Rejects true nulls")) }
    let rows = results.methods.flatMap { method in
      ParameterKind.allCases.compactMap { row(results, method, $0, hasTests: hasTests) }
    }
    return rows.isEmpty ? nil : ReportTable(columns: columns, rows: rows)
  }

  private static func row(
    _ results: StudyResults, _ method: String, _ kind: ParameterKind, hasTests: Bool
  ) -> [RichText]? {
    func rows(_ measure: PerformanceMeasure) -> [JudgedRow] {
      results.telling(method, measure).filter { $0.kind == kind }
    }
    func range(_ measure: PerformanceMeasure) -> RichText {
      CaseRange(entries: rows(measure).compactMap(CaseRange.Entry.init)).text()
    }
    let biases = rows(.bias)
    let count = max(rows(.coverage).count, biases.count)
    if count == 0 { return nil }
    let cells: [RichText] = [
      .code(method), RichText(kind.count(count)), range(.coverage),
      CaseRange(
        entries: biases.compactMap { StandardizedBias(results, $0) }.map(CaseRange.Entry.init)
      ).text(),
      range(.relativeErrorOfModelStandardError),
    ]
    let nulls = rows(.rejectionRate)
    return hasTests ? cells + [nulls.isEmpty ? .empty : range(.rejectionRate)] : cells
  }

  static let note: RichText =
    "From the lowest to the highest case (a parameter in a scenario), and how many are marked: ▼ "
    + "below, ▲ above what "
    + "they should be by more than 3 Monte Carlo standard errors. Bias is in units of the "
    + "empirical standard error."
}
