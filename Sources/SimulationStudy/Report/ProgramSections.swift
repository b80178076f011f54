/// What a report says of methods that are other programs.
enum ProgramSections {
  /// Methods that were not run, and why.
  static func skipped(_ results: StudyResults) -> ReportSection? {
    let skipped = grouped(results)
    guard !skipped.isEmpty else { return nil }
    let table = ReportTable(
      columns: [.left("Method"), .left("Why"), .right("Scenarios")],
      rows: skipped.map { method, scenarios in
        [
          .code(method.name), RichText(method.reason),
          RichText(
            "\(NumberText.count(scenarios)) of \(NumberText.count(results.scenarios.count))"),
        ]
      })
    return ReportSection(
      title: "Skipped methods",
      blocks: [
        .table(table),
        .paragraph(
          "Their program was missing when the study was begun. No number of this report is theirs, "
            + "and "
            + "no gate on them passes."),
      ])
  }

  /// The same in a sentence; nil if all methods were run.
  static func verdict(_ results: StudyResults) -> RichText? {
    let skipped = grouped(results)
    guard !skipped.isEmpty else { return nil }
    let list = skipped.map { method, _ -> RichText in "\(code: method.name) (\(method.reason))" }
    return "\(strong: "Skipped:") " + RichText.list(list) + "."
  }

  /// Each method and reason once, with the number of its scenarios.
  private static func grouped(_ results: StudyResults) -> [(method: SkippedMethod, scenarios: Int)]
  {
    let all = results.scenarios.flatMap(\.skipped)
    let names = all.reduce(into: [SkippedMethod]()) { names, method in
      if !names.contains(method) { names.append(method) }
    }
    return names.map { name in (name, all.count { $0 == name }) }
  }

  /// The section on time, with a word on whose clock it was.
  static func timing(
    _ section: ReportSection?, _ results: StudyResults, _ programs: [ProgramRecord]
  ) -> ReportSection? {
    guard var section else { return nil }
    func methods(_ isMeant: (ProgramRecord) -> Bool) -> [RichText] {
      let commands = programs.filter { $0.version != nil && isMeant($0) }.map(\.command)
      return results.methods.filter { method in
        results.scenarios.contains { scenario in
          scenario.methods.contains(method)
            && scenario.commands[method].map(commands.contains) ?? false
        }
      }.map { .code($0) }
    }
    let (own, ours) = (methods(\.timesItself), methods { !$0.timesItself })
    if !own.isEmpty {
      section.blocks.append(
        .paragraph(
          "The time of " + RichText.list(own)
            + " is what the program measures itself: the fit and its standard errors, without the "
            + "exchange of data."))
    }
    if !ours.isEmpty {
      section.blocks.append(
        .paragraph(
          "The time of " + RichText.list(ours)
            + " includes handing over the data and reading the answer."))
    }
    return section
  }

  /// The section on failures, with what resembles a failure and is none: data sets that were given
  /// to a new process, and parameters without an estimate in some usable replicates.
  static func failures(
    _ section: ReportSection, _ results: StudyResults, _ programs: [ProgramRecord]
  ) -> ReportSection {
    var section = section
    section.blocks += handedOn(programs) + withoutEstimate(results)
    return section
  }

  private static func handedOn(_ programs: [ProgramRecord]) -> [ReportBlock] {
    let items = programs.compactMap { program in
      program.handedOn.map { count -> RichText in
        "\(code: program.command): \(NumberText.count(count, "data set"))"
      }
    }
    guard !items.isEmpty else { return [] }
    return [
      .paragraph(
        "Data sets that were given to a new process, because the one before had crashed after an "
          + "answer and read nothing of the next data set, or had answered an earlier data set "
          + "once more. No replicate fails by "
          + "that, but the program has a fault."),
      .bullets(items),
    ]
  }

  /// What is said of these parameters is said of the other replicates alone.
  private static func withoutEstimate(_ results: StudyResults) -> [ReportBlock] {
    let partial = results.measures.filter { row in
      row.measure == .empiricalStandardError && row.used > 0
        && row.used < row.usable
    }
    guard !partial.isEmpty else { return [] }
    let items = partial.map { row -> RichText in
      "\(code: row.parameter) by \(code: row.method) in \(code: row.scenario): "
        + "\(NumberText.count(row.usable - row.used)) of \(NumberText.count(row.usable))"
    }
    return [
      .paragraph(
        "Replicates without an estimate of one parameter, such as the log of an SD that came out "
          + "as "
          + "zero; its bias and coverage are those of the other replicates."),
      .bullets(items),
    ]
  }

  /// The last section, with the programs' versions.
  static func provenance(
    _ sections: [ReportSection], _ programs: [ProgramRecord]
  ) -> [ReportSection] {
    var sections = sections
    let versions = programs.compactMap { program in
      program.version.map { version -> RichText in "\(code: program.command): \(version)" }
    }
    if !versions.isEmpty, !sections.isEmpty {
      sections[sections.count - 1].blocks.append(.bullets(versions))
    }
    return sections
  }
}
