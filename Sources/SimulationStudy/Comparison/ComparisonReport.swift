import PoissonGLMM

/// A comparison as a comment on a pull request.
struct ComparisonReport {
  private let comparison: StudyComparison
  private static let maximumReplays = 10
  private static let maximumReplicatesNamed = 3

  init(_ comparison: StudyComparison) {
    self.comparison = comparison
  }

  var document: ReportDocument {
    var sections: [ReportSection] = []
    if comparison.hasRegression {
      sections.append(ReportSection(title: "Regressions", blocks: [.table(findings)] + replays))
    }
    if !comparison.changes.isEmpty {
      sections.append(
        ReportSection(title: "Changed, within tolerance", blocks: [.table(changes)]))
    }
    if !comparison.rows.isEmpty {
      sections.append(
        ReportSection(
          title: "What was compared",
          blocks: [
            .folded(
              summary:
                "\(NumberText.count(comparison.rows.count)) rows, one a scenario and method",
              [.table(rows)])
          ]))
    }
    if let calibration { sections.append(calibration) }
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
    let scenarios = NumberText.count(comparison.baseline.scenarios.count, "scenario")
    let compared: RichText =
      "\(NumberText.count(fits, "fit")) of \(scenarios) were compared, replicate by replicate."
    let rest = lack + uncompared + undecided + timeNotJudged
    switch comparison.verdict {
    case .same: return "\(strong: "No regression: the same.") \(compared)" + rest
    case .changed:
      let number = NumberText.count(comparison.changes.count, "change")
      return "\(strong: "No regression: changed, within tolerance.") \(compared) "
        + "\(number) in all; if it is meant, \(code: "make accept-baseline") makes it what is "
        + "compared with." + rest
    case .regression: break
    }
    let counts = ComparisonRule.allCases.compactMap { rule -> String? in
      let count = comparison.findings.count { $0.rule == rule }
      return count > 0 ? "\(rule.rawValue) (\(count))" : nil
    }.joined(separator: ", ")
    let number = NumberText.count(comparison.findings.count, "regression")
    return "\(strong: RichText(number)): \(counts). \(compared)" + rest
  }

  private var lack: RichText {
    comparison.baselineLacksNumbers
      ? " The baseline does not have all that fits report now: p values, log evidence or moments "
        + "of random effects were not compared everywhere; accept it anew." : ""
  }

  private var changes: ReportTable {
    ReportTable(
      columns: [
        .left("What"), .left("Scenario"), .left("Method"), .left("How much, and where most"),
      ],
      rows: comparison.changes.map {
        [
          .strong(RichText($0.what.rawValue)), .code($0.scenario), .code($0.method),
          RichText($0.evidence),
        ]
      })
  }

  /// Replicates that only one side has.
  private var uncompared: RichText {
    func sentence(_ side: ComparedStudy, _ count: KeyPath<StudyComparison.Uncompared, Int>)
      -> RichText
    {
      let concerned = comparison.uncompared.filter { $0[keyPath: count] > 0 }
      let replicates = concerned.reduce(0) { $0 + $1[keyPath: count] }
      guard replicates > 0 else { return "" }
      return " \(NumberText.count(replicates, "replicate")) of "
        + "\(NumberText.count(concerned.count, "scenario")), which only \(code: side.name) has, "
        + (replicates == 1 ? "was not." : "were not.")
    }
    return sentence(comparison.baseline, \.onlyInBaseline)
      + sentence(comparison.current, \.onlyInCurrent)
  }

  /// Nobody is to take silence on time for a judgement.
  private var timeNotJudged: RichText {
    let remedy: RichText = "\(code: "make compare") judges it."
    switch comparison.timing {
    case .notCompared(let reason):
      return " Time was not judged, because \(reason); " + remedy
    case .compared where comparison.rounds == 1:
      let allowed = ComparisonNumber.short(comparison.thresholds.timeRatioOfSingleRuns)
      return
        " Time was in effect not judged: with one run each, only fits that take more than "
        + "\(allowed) "
        + "times as long count; " + remedy
    case .compared: return ""
    }
  }

  private var undecided: RichText {
    let count = comparison.rows.count { $0.isUndecided(comparison.thresholds) }
    guard count > 0 else { return "" }
    return
      " In \(NumberText.count(count)) of \(NumberText.count(comparison.rows.count, "row")) "
      + "fits took longer than allowed, maybe by chance: more rounds would tell."
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
            finding.replicates.prefix(Self.maximumReplicatesNamed).map(String.init)
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
        "glmm-poisson study replay \(ShellWord.quoted(comparison.current.name)) --scenario "
        + "\(ShellWord.quoted(finding.scenario)) --replicate \(replicate)"
      if !commands.contains(command) { commands.append(command) }
    }
    guard !commands.isEmpty else { return [] }
    return [
      .paragraph("The worst of each again:"),
      .code(commands.prefix(Self.maximumReplays).joined(separator: "\n")),
    ]
  }

  private var rows: ReportTable {
    ReportTable(
      columns: [
        .left("Scenario"), .left("Method"), .right("Fits"), .right("Largest drift, SDs"),
        .right("Bound lower"), .right("Bound higher"), .right("Change of bias"),
        .right("Change of coverage"), .right("New failures"), .right("Mended"),
        .right("Iterations"),
        .right("Time"),
      ],
      rows: comparison.rows.map { row in
        let bias = row.bias.max { abs($0.standardized) < abs($1.standardized) }
        let coverage = row.coverage.max { abs($0.difference) < abs($1.difference) }
        return [
          .code(row.scenario), .code(row.method),
          RichText(NumberText.count(row.pairing.pairs.count)),
          RichText(row.drift.fits.first.map { drift($0.sds) } ?? NumberText.absent),
          RichText(NumberText.count(row.optimum.lower.count)),
          RichText(NumberText.count(row.optimum.higher)),
          change(bias?.parameter, bias?.difference, bias?.monteCarloStandardError),
          change(coverage?.parameter, coverage?.difference, coverage?.monteCarloStandardError),
          RichText(NumberText.count(row.pairing.newFailures.count)),
          RichText(NumberText.count(row.pairing.mended.count)),
          RichText(row.iterations.ratio.map(ComparisonNumber.ratio) ?? NumberText.absent),
          RichText(row.time.map(ComparisonNumber.interval) ?? NumberText.absent),
        ]
      })
  }

  /// Curves that have left their band, or come back; nil for a study without calibrations.
  private var calibration: ReportSection? {
    let changes = comparison.rows.flatMap { row in row.calibration.map { (row: row, change: $0) } }
    guard !changes.isEmpty else { return nil }
    let changed = changes.filter(\.change.hasChanged)
    let curves = NumberText.count(changes.count, "curve")
    guard !changed.isEmpty else {
      return ReportSection(
        title: "Calibration",
        blocks: [.paragraph("Of \(curves) none has left its band or come back into it.")])
    }
    func pValue(_ value: Double?) -> RichText {
      RichText(value.map(ComparisonNumber.short) ?? NumberText.absent)
    }
    return ReportSection(
      title: "Calibration",
      blocks: [
        .paragraph(
          "Of \(curves) these have left their band or come back. p values are before and now."),
        .table(
          ReportTable(
            columns: [
              .left("Scenario"), .left("Method"), .left("Parameter"), .left("Now"),
              .right("ECDF p"), .right(""), .right("χ² p"), .right(""),
            ],
            rows: changed.map { row, change in
              [
                .code(row.scenario), .code(row.method), .code(change.parameter),
                change.current.isInside ? "inside" : "outside", pValue(change.baseline.ecdf),
                pValue(change.current.ecdf), pValue(change.baseline.chiSquared),
                pValue(change.current.chiSquared),
              ]
            })),
      ])
  }

  /// What ran in one version before and in another now.
  private var otherVersions: [RichText] {
    var notes: [RichText] = []
    func note(_ what: RichText, _ old: String, _ new: String) {
      guard old != new else { return }
      notes.append(
        "\(what) was \(old) and is \(new): what differs may be its doing.")
    }
    if let old = comparison.baseline.environment, let new = comparison.current.environment {
      note("glmm-poisson", old.packageVersion, new.packageVersion)
      note("The Swift compiler", old.swiftVersion, new.swiftVersion)
      note("GSL", old.gslVersion, new.gslVersion)
    }
    for program in comparison.current.programs {
      let old = comparison.baseline.programs.first { $0.command == program.command }
      note(
        .code(program.command), old.map { $0.version ?? "missing" } ?? "not noted",
        program.version ?? "missing")
    }
    return notes
  }

  /// A baseline keeps its numbers to within 1e-4 SDs; what is below that says nothing.
  private func drift(_ sds: Double) -> String {
    if sds == 0 { return "0" }
    guard sds.isFinite else { return "gone" }
    return sds < 1e-4 ? "< 0.0001" : ComparisonNumber.short(sds)
  }

  private func change(_ parameter: String?, _ value: Double?, _ error: Double?) -> RichText {
    guard let parameter, let value, let error else { return RichText(NumberText.absent) }
    let text = ComparisonNumber.change(value, error)
    return text == "0" ? "0" : "\(text) (\(code: parameter))"
  }

  private var conditions: [RichText] {
    let thresholds = comparison.thresholds
    let short = ComparisonNumber.short
    let time: RichText
    switch comparison.timing {
    case .compared:
      time = comparison.rounds == 1 ? timeOfSingleRuns : timeOfRounds
    case .notCompared(let reason):
      time = "Times are not compared, because \(reason)."
    }
    return otherVersions + [
      "Baseline: \(code: comparison.baseline.command)",
      "Current: \(code: comparison.current.command)",
      time,
      "Bias and coverage: the paired difference, now less before, ± its MCSE, of the parameter in "
        + "brackets, whose bias has changed most in units of its empirical SE, or whose coverage "
        + "has; the files of a baseline are rounded to a ten-thousandth of an SD. A regression is "
        + "farther from nothing by \(short(thresholds.biasStandardErrors)) empirical SEs, or from "
        + "nominal by \(short(thresholds.coverage)), and significant at "
        + "\(short(thresholds.significance)) over all tests together.",
      "Allowed besides: a drift of \(short(thresholds.driftSDs)) SDs (nats for logarithms), bounds "
        + "lower by "
        + "\(short(thresholds.boundRelative)) of their size, "
        + "\(NumberText.count(thresholds.newFailures)) new failures, "
        + "\(short(thresholds.iterationRatio)) times the iterations.",
    ]
  }

  private var timeOfSingleRuns: RichText {
    "Time: the median over replicates of new over old seconds, with its bootstrap interval. Each "
      + "has run once, and whatever else went on is in it: a regression is above "
      + "\(ComparisonNumber.short(comparison.thresholds.timeRatioOfSingleRuns))."
  }

  private var timeOfRounds: RichText {
    let thresholds = comparison.thresholds
    let level = NumberText.percent(thresholds.timeConfidence)
    let fewest = TimeRatio.minimumRounds(confidence: comparison.timeLevel)
    let lack: RichText =
      comparison.rounds < fewest
      ? " These are too few for an interval, which takes \(NumberText.count(fewest))." : ""
    return
      "Time: the median over replicates of new over old seconds, and of that the median over "
      + "\(NumberText.count(comparison.rounds)) rounds, with the interval of the sign test "
      + "(\(level) % for all rows together). A regression is above "
      + "\(ComparisonNumber.short(thresholds.timeRatio)), and its "
      + "interval above 1." + lack
  }
}

extension StudyComparison {
  /// The comparison as GitHub-flavoured Markdown.
  package func markdown() -> String {
    MarkdownRenderer.text(of: ComparisonReport(self).document)
  }
}
