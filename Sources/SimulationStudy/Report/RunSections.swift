/// The sections on how the study went: time, failures, design, provenance.
enum RunSections {
  /// How long does a fit take? The only section, with that on the machine, that differs from one
  /// run to the next.
  static func timing(_ results: StudyResults) -> ReportSection? {
    let timings = results.scenarios.flatMap { scenario in
      results.methods.compactMap { method in
        results.timings.first { $0.scenario == scenario.name && $0.method == method && $0.fits > 0 }
      }
    }
    guard !timings.isEmpty else { return nil }
    let summary = comparison(results, timings).map { [ReportBlock.paragraph($0)] } ?? []
    let whole = ReportBlock.table(
      ReportTable(
        columns: [
          .left("Scenario"), .left("Method"), .right("Fits"), .right("Median, ms"),
          .right("5 % point, ms"), .right("95 % point, ms"), .right("Fits per second"),
          .right("Median iterations"),
        ],
        rows: timings.enumerated().map { position, row in
          let isFirst = position == 0 || timings[position - 1].scenario != row.scenario
          return [
            isFirst ? .code(row.scenario) : .empty, .code(row.method),
            RichText(NumberText.count(row.fits)), milliseconds(row.medianSeconds),
            milliseconds(row.fifthPercentileSeconds),
            milliseconds(row.ninetyFifthPercentileSeconds),
            RichText(NumberText.significant(row.fitsPerSecond)),
            RichText(row.medianIterations.map(NumberText.setting) ?? NumberText.absent),
          ]
        }))
    let note = ReportBlock.paragraph(
      "Wall-clock time of the fits that ended by themselves, converged or not; fits per second of "
        + "one worker.")
    guard timings.count > ParameterTable.comfortableRows else {
      return ReportSection(title: "Time", blocks: summary + [whole, note])
    }
    let folded = ReportBlock.folded(
      summary: "All \(NumberText.count(timings.count)) rows", [whole])
    return ReportSection(
      title: "Time",
      blocks: summary + [.table(timingByMethod(results.methods, timings)), folded, note])
  }

  /// What the methods take in the scenario with the most rows, the fastest first; nil where nothing
  /// is compared.
  private static func comparison(_ results: StudyResults, _ timings: [TimingRow]) -> RichText? {
    let largest = results.scenarios.filter { $0.methods.count > 1 }
      .max { ($0.rows ?? 0) < ($1.rows ?? 0) }
    guard let largest, let rows = largest.rows else { return nil }
    let own = timings.filter { $0.scenario == largest.name && $0.medianSeconds != nil }
      .sorted { ($0.medianSeconds ?? 0) < ($1.medianSeconds ?? 0) }
    guard own.count > 1 else { return nil }
    let times = own.map { row -> RichText in
      milliseconds(row.medianSeconds) + " ms by \(code: row.method)"
    }
    return
      "With the most rows, \(NumberText.count(Int(rows.rounded()))) in \(code: largest.name), a "
      + "fit takes "
      + RichText.list(times) + " (medians)."
  }

  private static func timingByMethod(_ methods: [String], _ timings: [TimingRow]) -> ReportTable {
    ReportTable(
      columns: [
        .left("Method"), .right("Fits"), .right("Shortest median, ms"),
        .right("Longest median, ms"), .right("Most iterations (median)"),
      ],
      rows: methods.map { method in
        let rows = timings.filter { $0.method == method }
        let medians = rows.compactMap(\.medianSeconds)
        return [
          .code(method), RichText(NumberText.count(rows.reduce(0) { $0 + $1.fits })),
          milliseconds(medians.min()), milliseconds(medians.max()),
          RichText(
            rows.compactMap(\.medianIterations).max().map(NumberText.setting)
              ?? NumberText.absent),
        ]
      })
  }

  private static func milliseconds(_ seconds: Double?) -> RichText {
    RichText(NumberText.significant(seconds.map { 1000 * $0 }))
  }

  /// Which fits gave nothing, and why?
  static func failures(_ results: StudyResults) -> ReportSection {
    let failing = results.samples.flatMap { sample in
      sample.methods.filter { !$0.failures.isEmpty }.map { (sample.summary.name, $0) }
    }
    guard !failing.isEmpty else {
      return ReportSection(title: "Failures", blocks: [.paragraph("No fit failed.")])
    }
    let table = ReportTable(
      columns: [
        .left("Scenario"), .left("Method"), .right("Attempted"), .right("Failed"), .right("Used"),
        .left("Reasons"),
      ],
      rows: failing.map { scenario, sample in
        let failed = sample.failures.count
        return [
          .code(scenario), .code(sample.method), RichText(NumberText.count(sample.attempted)),
          RichText(NumberText.count(failed)),
          RichText(NumberText.count(sample.attempted - failed)), reasons(sample.failures),
        ]
      })
    let blocks: [ReportBlock] = [
      .table(table),
      .paragraph(
        "Each failed replicate is in \(code: "failures.csv"), with the command that replays it "
          + "when given in "
          + "this directory."),
    ]
    return ReportSection(title: "Failures", blocks: blocks)
  }

  /// The three most frequent reasons, each with its count; equally frequent ones by name.
  private static func reasons(_ failures: [FailureRow]) -> RichText {
    let counts = Dictionary(failures.map { ($0.reason, 1) }, uniquingKeysWith: +)
    let ordered = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var parts = ordered.prefix(3).map { reason, count -> RichText in
      "\(NumberText.count(count)) × \(reason)"
    }
    let rest = ordered.dropFirst(3).reduce(0) { $0 + $1.value }
    if rest > 0 { parts.append("\(NumberText.count(rest)) × other") }
    return parts.joined(separator: "; ")
  }

  /// How to print it again, and with what it was printed.
  static func provenance(
    _ results: StudyResults, _ environment: RunEnvironment, command: String
  ) -> [ReportSection] {
    let again = ReportSection(
      title: "Print it again",
      blocks: [
        .code(command),
        .paragraph(
          "The same scenarios give the same bytes of \(code: "measures.csv") and "
            + "\(code: "failures.csv") (as far as other programs, where there are any, repeat "
            + "their answers), whatever the number of workers or shards, and this report but for "
            + "times, machine and the name of the directory. \(code: "measures.csv") holds every "
            + "measure unrounded, also mean squared error and bias-eliminated coverage, which no "
            + "table here has."
        ),
        .folded(
          summary: "Scenario digests",
          [.bullets(results.scenarios.map { "\(code: $0.name): \(code: $0.contentHash)" })]),
      ])
    let machine = ReportSection(
      title: "Versions and machine",
      blocks: [
        .bullets([
          "glmm-poisson \(environment.packageVersion), Swift \(environment.swiftVersion), "
            + "GSL \(environment.gslVersion)",
          "\(environment.processor), \(NumberText.count(environment.cores, "core")), "
            + "\(NumberText.count(environment.workers, "worker")), "
            + "\(environment.operatingSystem)",
        ])
      ])
    return [again, machine]
  }
}
