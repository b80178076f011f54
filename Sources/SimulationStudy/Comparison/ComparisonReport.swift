/// A comparison as a comment on a pull request.
struct ComparisonReport {
  private let comparison: StudyComparison
  private static let mostReplays = 10
  private static let mostReplicatesNamed = 3

  init(_ comparison: StudyComparison) {
    self.comparison = comparison
  }

  var document: ReportDocument {
    var sections: [ReportSection] = []
    if comparison.hasRegression {
      sections.append(ReportSection(title: "Regressions", blocks: [.table(findings)] + replays))
    }
    if !comparison.rows.isEmpty {
      sections.append(
        ReportSection(
          title: "What was compared",
          blocks: [
            .folded(
              summary:
                "\(ReportNumber.count(comparison.rows.count)) rows, one a scenario and method",
              [.table(rows)])
          ]))
    }
    sections.append(ReportSection(title: "How", blocks: [.bullets(conditions)]))
    return ReportDocument(
      title: verdictTitle,
      sections: [ReportSection(title: "Verdict", blocks: [.paragraph(verdict)])] + sections)
  }

  private var verdictTitle: RichText {
    "\(code: comparison.current.name) against \(code: comparison.baseline.name)"
  }

  private var verdict: RichText {
    let fits = comparison.rows.reduce(0) { $0 + $1.pairing.pairs.count }
    let scenarios = ReportNumber.count(comparison.baseline.scenarios.count, "scenario")
    let compared: RichText =
      "\(ReportNumber.count(fits, "fit")) of \(scenarios) were compared, replicate by replicate."
    guard comparison.hasRegression else { return "\(strong: "No regression.") \(compared)" }
    let counts = ComparisonRule.allCases.compactMap { rule -> String? in
      let count = comparison.findings.count { $0.rule == rule }
      return count > 0 ? "\(rule.rawValue) (\(count))" : nil
    }.joined(separator: ", ")
    let number = ReportNumber.count(comparison.findings.count, "regression")
    return "\(strong: RichText(number)): \(counts). \(compared)"
  }

  private var findings: ReportTable {
    ReportTable(
      columns: [
        .left("Rule"), .left("Scenario"), .left("Method"), .left("What was found"),
        .left("Worst replicates"),
      ],
      rows: comparison.findings.map { finding in
        [
          .strong(RichText(finding.rule.rawValue)), .code(finding.scenario),
          finding.method.map { .code($0) } ?? "all", RichText(finding.evidence),
          RichText(
            finding.replicates.prefix(Self.mostReplicatesNamed).map(String.init)
              .joined(separator: ", ")),
        ]
      })
  }

  /// The commands that fit the worst replicates again.
  private var replays: [ReportBlock] {
    var commands: [String] = []
    for finding in comparison.findings {
      guard let replicate = finding.replicates.first else { continue }
      let command =
        "glmm-poisson study replay \(StudyRecipe.quoted(comparison.current.name)) --scenario "
        + "\(StudyRecipe.quoted(finding.scenario)) --replicate \(replicate)"
      if !commands.contains(command) { commands.append(command) }
    }
    guard !commands.isEmpty else { return [] }
    return [
      .paragraph("The worst of each again:"),
      .code(commands.prefix(Self.mostReplays).joined(separator: "\n")),
    ]
  }

  private var rows: ReportTable {
    ReportTable(
      columns: [
        .left("Scenario"), .left("Method"), .right("Fits"), .right("Largest drift, SDs"),
        .right("Bound lower"), .right("Bound higher"), .right("Bias, empirical SEs"),
        .right("Coverage"), .right("New failures"), .right("Mended"), .right("Iterations"),
        .right("Time"),
      ],
      rows: comparison.rows.map { row in
        let bias = row.bias.filter { $0.empiricalStandardError > 0 }
          .map { ($0.current - $0.baseline) / $0.empiricalStandardError }
          .max { abs($0) < abs($1) }
        let coverage = row.coverage.map { $0.current - $0.baseline }.max { abs($0) < abs($1) }
        return [
          .code(row.scenario), .code(row.method),
          RichText(ReportNumber.count(row.pairing.pairs.count)),
          RichText(row.drift.fits.first.map { drift($0.sds) } ?? ReportNumber.absent),
          RichText(ReportNumber.count(row.optimum.lower.count)),
          RichText(ReportNumber.count(row.optimum.higher)),
          RichText(signed(bias, decimals: 3)), RichText(signed(coverage, decimals: 3)),
          RichText(ReportNumber.count(row.pairing.newFailures.count)),
          RichText(ReportNumber.count(row.pairing.mended.count)),
          RichText(row.iterations.ratio.map(ComparisonNumber.ratio) ?? ReportNumber.absent),
          RichText(row.time.map(ComparisonNumber.interval) ?? ReportNumber.absent),
        ]
      })
  }

  /// A baseline keeps its numbers to within 1e-4 SDs; what is below that says nothing.
  private func drift(_ sds: Double) -> String {
    if sds == 0 { return "0" }
    guard sds.isFinite else { return "gone" }
    return sds < 1e-4 ? "< 0.0001" : ComparisonNumber.short(sds)
  }

  private func signed(_ value: Double?, decimals: Int) -> String {
    guard let value, value.isFinite else { return ReportNumber.absent }
    let text = ReportNumber.fixed(value, decimals: decimals)
    return value > 0 && text.contains { "123456789".contains($0) } ? "+" + text : text
  }

  private var conditions: [RichText] {
    let thresholds = comparison.thresholds
    let short = ComparisonNumber.short
    let time: RichText
    switch comparison.timing {
    case .compared:
      let level = ReportNumber.percent(thresholds.timeConfidence)
      time =
        "Time: the median over replicates of new over old seconds, with its \(level) % bootstrap "
        + "interval. A regression is above \(short(thresholds.timeRatio)), and its interval above 1."
    case .notCompared(let reason):
      time = "Times are not compared, because \(reason)."
    }
    return [
      "Baseline: \(code: comparison.baseline.command)",
      "Current: \(code: comparison.current.command)",
      time,
      "Bias and coverage: the largest change of any parameter. A regression is farther from nothing by "
        + "\(short(thresholds.biasStandardErrors)) empirical SEs, or from nominal by "
        + "\(short(thresholds.coverage)), and significant at \(short(thresholds.significance)) over all "
        + "tests together.",
      "Allowed besides: a drift of \(short(thresholds.driftSDs)) SDs, bounds lower by "
        + "\(short(thresholds.boundRelative)) of their size, "
        + "\(ReportNumber.count(thresholds.newFailures)) new failures, "
        + "\(short(thresholds.iterationRatio)) times the iterations.",
    ]
  }
}

extension StudyComparison {
  /// The comparison as GitHub-flavoured Markdown.
  public func markdown() -> String {
    MarkdownRenderer.text(of: ComparisonReport(self).document)
  }
}
