import Foundation

/// The report of a simulation study: from the records of its replicates to files a reader, a
/// spreadsheet and a gate check can use.
///
/// `measures.csv` and `failures.csv` depend on the records alone, not on their order, and so are
/// the same bytes whatever the workers; `report.md` is too, but for its sections on time and
/// machine.
public struct StudyReport: Sendable {
  let scenarios: [ScenarioSummary]
  let environment: RunEnvironment
  let command: String
  /// Other programs that the study runs, or would run if they were there.
  let programs: [ProgramRecord]
  private let results: StudyResults

  /// - Parameters:
  ///   - scenarios: in the order of the report.
  ///   - records: in any order; those of replicates not yet run may be absent.
  ///   - environment: the machine and the versions that the report names.
  ///   - command: the command line that prints the report again.
  /// - Throws: `StudyError` of kind `inconsistent` where two scenarios or methods share a name, or
  ///   a record belongs to none of them or comes twice.
  public init(
    scenarios: [Scenario], records: [ReplicateRecord], environment: RunEnvironment, command: String
  ) throws(StudyError) {
    try self.init(
      scenarios: scenarios.map { ScenarioSummary($0) }, records: records, environment: environment,
      command: command)
  }

  init(
    scenarios: [ScenarioSummary], records: [ReplicateRecord], environment: RunEnvironment,
    command: String, programs: [ProgramRecord] = []
  ) throws(StudyError) {
    self.scenarios = scenarios
    self.environment = environment
    self.command = command
    self.programs = programs
    results = try StudyResults(scenarios: scenarios, records: records)
  }

  /// The same from records that are fetched scenario by scenario, so that only one scenario's are
  /// in memory at a time.
  /// - Parameter recordsOf: gives the records of one scenario, in any order.
  /// - Throws: what `recordsOf` throws, and `StudyError` as above.
  init(
    scenarios: [ScenarioSummary], environment: RunEnvironment, command: String,
    programs: [ProgramRecord] = [],
    recordsOf: (ScenarioSummary) throws -> [ReplicateRecord]
  ) throws {
    self.scenarios = scenarios
    self.environment = environment
    self.command = command
    self.programs = programs
    results = try StudyResults(scenarios: scenarios, recordsOf: recordsOf)
  }

  /// Rows of `measures.csv`.
  public var measures: [MeasureRow] { results.measures }
  /// Rows of `timing.csv`.
  public var timings: [TimingRow] { results.timings }
  /// Rows of `failures.csv`.
  public var failures: [FailureRow] { results.failures }
  /// Rows of `calibration.csv`.
  public var calibrations: [CalibrationRow] { results.calibrations }
  /// One result a gate, in the order of scenarios and their gates.
  public var gates: [GateResult] { results.gates }
  var manifest: StudyManifest {
    StudyManifest(
      scenarios: scenarios, environment: environment, command: command, programs: programs)
  }

  /// The text of `report.md` without pictures.
  public func markdown() -> String { MarkdownRenderer.text(of: document([])) }

  /// The text of `report.html` without pictures.
  public func html() -> String { HTMLRenderer.text(of: document([])) }

  /// The verdict alone, as Markdown.
  public func verdict() -> String {
    VerdictSection(results: results).section().blocks.map(MarkdownRenderer.text)
      .joined(separator: "\n\n")
  }

  /// The verdict alone, as plain text for a terminal.
  public func plainVerdict() -> String {
    PlainTextRenderer.text(of: VerdictSection(results: results).section().blocks)
  }

  /// The files of a report, by kind.
  public enum Format: String, Sendable, CaseIterable {
    /// `report.md` and the pictures it shows.
    case markdown
    /// `report.html`: the same as one page that needs no other file.
    case html
    /// `measures.csv`, `timing.csv` and `failures.csv`, and `calibration.csv` if there is one.
    case csv
    /// Markdown and CSV, and `manifest.json`.
    case all
  }

  /// Writes files of the report, each of them whole or not at all; makes the directory if it is not
  /// there. Pictures that the program gnuplot cannot draw are left out of the report.
  /// - Returns: one sentence on pictures that are missing and what to do about it; nil if all are
  ///   there.
  /// - Throws: `StudyError` of kind `unwritable`.
  @discardableResult
  public func write(to directory: URL, format: Format = .all) throws(StudyError) -> String? {
    try write(to: directory, format: format, gnuplot: .find())
  }

  func write(
    to directory: URL, format: Format, gnuplot: Gnuplot?
  ) throws(StudyError) -> String? {
    try StudyFile.createDirectory(directory)
    var files: [(name: String, text: String)] = []
    if format == .csv || format == .all {
      files += [
        (StudyFile.Name.measures, StudyTables.measures(measures, factors: GridColumns(scenarios))),
        (StudyFile.Name.timing, StudyTables.timing(timings)),
        (StudyFile.Name.failures, StudyTables.failures(failures)),
      ]
      if calibrations.isEmpty {
        // One of other scenarios, which the directory had before, would mislead.
        try? FileManager.default.removeItem(
          at: directory.appendingPathComponent(StudyFile.Name.calibration))
      } else {
        files.append((StudyFile.Name.calibration, StudyTables.calibration(calibrations)))
      }
    }
    if format == .all { files.append((StudyFile.Name.manifest, try manifest.json())) }
    var pictures: DrawnFigures?
    if format != .csv {
      let drawn = DrawnFigures(StudyFigure.all(of: results), by: gnuplot)
      let document = document(drawn.pictures)
      if format == .html {
        files.append((StudyFile.Name.page, HTMLRenderer.text(of: document)))
      } else {
        try drawn.write(to: directory)
        files.append((StudyFile.Name.report, MarkdownRenderer.text(of: document)))
      }
      pictures = drawn
    }
    for (name, text) in files {
      try StudyFile.write(text, to: directory.appendingPathComponent(name))
    }
    return pictures?.complaint
  }

  private func document(_ pictures: [DrawnFigures.Picture]) -> ReportDocument {
    let questions = MeasureSections(results: results)
    let illustration = Illustration(pictures: pictures, results: results, command: command)
    let sections: [ReportSection?] = [
      VerdictSection(results: results).section(),
      ProgramSections.skipped(results),
      GateSection.section(results.gates),
      illustration.added(to: CalibrationSection.section(results), .calibration),
      illustration.added(to: questions.coverage(), .coverage),
      illustration.added(to: questions.bias(), .bias),
      illustration.added(to: questions.standardErrors(), .standardErrors),
      illustration.added(to: TestSection.section(results), .tests),
      CommonReplicatesSection.section(results),
      PrecisionSection.section(results),
      questions.estimates(),
      illustration.added(
        to: ProgramSections.timing(RunSections.timing(results), results, programs), .time),
      ProgramSections.failures(RunSections.failures(results), results, programs),
      DesignSection.section(results),
    ]
    let provenance = ProgramSections.provenance(
      RunSections.provenance(results, environment, command: command), programs)
    return ReportDocument(title: title, sections: sections.compactMap { $0 } + provenance)
  }

  private var title: RichText {
    let titles = results.titles.map { RichText($0.title) }
    if !titles.isEmpty { return RichText.list(titles) }
    return "Simulation study: \(NumberText.count(scenarios.count, "scenario")), "
      + "\(NumberText.count(results.methods.count, "method"))"
  }
}

extension StudyReport {
  /// The report of what a store holds, without fitting anything.
  /// - Throws: `StoreError`; `StudyError` of kind `inconsistent`.
  package init(_ study: StoredStudy, in store: StudyStore, fallback: RunEnvironment) throws {
    let positions = Dictionary(
      study.scenarios.enumerated().map { ($1.scenario.name, $0) },
      uniquingKeysWith: { first, _ in first })
    try self.init(
      scenarios: study.scenarios.map { ScenarioSummary($0.scenario) },
      environment: study.environment ?? fallback,
      command: study.recipe.command(
        out: store.directory.relativePath, shard: study.shard, programs: study.programs),
      programs: study.programs
    ) { summary in
      guard let position = positions[summary.name] else { return [] }
      return try store.records(of: study, scenario: position)
    }
  }
}

/// Puts pictures beside the questions that they answer.
struct Illustration {
  let pictures: [DrawnFigures.Picture]
  let results: StudyResults
  /// Prints the study again.
  let command: String

  /// The section with its pictures in front: first the picture, then the numbers.
  func added(
    to section: ReportSection?, _ question: StudyFigure.Question
  ) -> ReportSection? {
    guard var section else { return nil }
    section.blocks = blocks(question) + section.blocks
    return section
  }

  /// The pictures of a question.
  func blocks(_ question: StudyFigure.Question) -> [ReportBlock] {
    pictures.filter { $0.figure.question == question }.map { picture in
      .figure(
        ReportFigure(
          name: picture.figure.figure.name, alternative: picture.figure.alternative,
          caption: picture.figure.caption + source(of: picture.figure), svg: picture.svg))
    }
  }

  /// How much data is behind a picture, and what prints it again.
  private func source(of figure: StudyFigure) -> RichText {
    let samples = results.samples.filter {
      figure.scenario == nil || $0.summary.name == figure.scenario
    }
    let replicates = samples.flatMap(\.methods).map(\.attempted)
    var text: RichText = " n = \(Wording.range(replicates.min() ?? 0, replicates.max() ?? 0))"
    let seeds = Set(
      samples.map(\.summary).filter { !$0.generator.isEmpty }.map(\.seed)
    ).sorted()
    switch seeds.count {
    case 0: break
    case 1: text += ", seed \(String(seeds[0]))"
    default: text += ", \(NumberText.count(seeds.count)) seeds"
    }
    return text + "; again by \(code: command)."
  }
}
