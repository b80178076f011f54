/// What does a method's certainty cost: how wide are its intervals, and how precise its estimates,
/// against those of the first method of each scenario?
enum PrecisionSection {
  /// nil unless the study compares methods.
  static func section(_ results: StudyResults) -> ReportSection? {
    guard results.methods.count > 1 else { return nil }
    let widths = table(results) { sample, method, parameter in
      width(results, sample.summary, method, parameter).map {
        CaseRange.Entry($0, decimals: 2)
      }
    }
    guard let widths else { return nil }
    let precisions = table(results) { sample, method, parameter in
      results.judged(sample.summary, method, parameter, .relativePrecision)
        .flatMap(CaseRange.Entry.init)
    }
    let references = Set(results.scenarios.compactMap(\.methods.first))
    let reference: RichText =
      references.count == 1 ? .code(references.first ?? "") : "the first method of its scenario"
    var blocks: [ReportBlock] = [
      .table(widths),
      .paragraph(
        "Mean width of the \(Wording.level(results)) intervals over that of " + reference
          + ", from the lowest to the highest scenario. Narrower is better only among methods "
          + "whose intervals cover the truth "
          + "as often as they say."),
    ]
    if let precisions {
      blocks += [
        .table(precisions),
        .paragraph(
          "Relative precision against " + reference
            + ", %: by how much the variance of its estimates is larger than that of the method's. "
            + "Estimates that vary less may "
            + "be more biased. Each width and precision is in \(code: "measures.csv"), with its "
            + "Monte Carlo standard error."
        ),
      ]
    }
    return ReportSection(
      title: "Width of the intervals, precision of the estimates", blocks: blocks)
  }

  /// A row for each parameter, a column for each method; nil where there are no numbers.
  private static func table(
    _ results: StudyResults,
    _ entry: (_ sample: ScenarioSample, _ method: String, _ parameter: String) -> CaseRange.Entry?
  ) -> ReportTable? {
    let parameters = results.samples.flatMap(\.parameters).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    func entries(_ method: String, _ parameter: String) -> [CaseRange.Entry] {
      results.samples.compactMap { sample in
        sample.summary.methods.contains(method) ? entry(sample, method, parameter) : nil
      }
    }
    let listed = ParameterKind.allCases.flatMap { kind in
      parameters.filter { ParameterKind(parameter: $0) == kind }
    }
    let methods = results.methods.filter { method in
      listed.contains { !entries(method, $0).isEmpty }
    }
    let rows = listed.filter { parameter in
      methods.contains { !entries($0, parameter).isEmpty }
    }
    if rows.isEmpty { return nil }
    return ReportTable(
      columns: [.left("Parameter")] + methods.map { .right(.code($0)) },
      rows: rows.map { parameter in
        [.code(parameter)] + methods.map { CaseRange(entries: entries($0, parameter)).text() }
      })
  }

  /// Against the scenario's first method; nil for that itself, and where a width is missing.
  private static func width(
    _ results: StudyResults, _ scenario: ScenarioSummary, _ method: String, _ parameter: String
  ) -> Double? {
    guard let reference = scenario.methods.first, reference != method,
      let own = results.row(scenario.name, method, parameter, .intervalWidth)?.estimate,
      let other = results.row(scenario.name, reference, parameter, .intervalWidth)?.estimate,
      other > 0, (own / other).isFinite
    else { return nil }
    return own / other
  }
}
