import Foundation

/// The report of a simulation study: from the records of its replicates to files a reader, a
/// spreadsheet and a gate check can use.
///
/// `measures.csv` and `failures.csv` depend on the records alone, not on their order, and so are
/// the same bytes whatever the workers; `report.md` is too, but for its sections on time and
/// machine.
public struct StudyReport: Sendable {
  /// Names of the files in a study's directory.
  public enum FileName {
    public static let report = "report.md"
    public static let measures = "measures.csv"
    public static let timing = "timing.csv"
    public static let failures = "failures.csv"
    /// Only of a study with a calibration.
    public static let calibration = "calibration.csv"
    public static let manifest = "manifest.json"
    /// The report as one page.
    public static let page = "report.html"
    /// The folder of the pictures that `report.md` shows.
    public static let plots = "plots"
    static let all =
      [report, measures, timing, failures, calibration, manifest, page]
      + StudyFigure.names.map(plot)

    static func plot(_ name: String) -> String { "\(plots)/\(name).svg" }
  }

  public let scenarios: [ScenarioSummary]
  public let environment: RunEnvironment
  public let command: String
  /// Other programs that the study runs, or would run if they were there.
  public let programs: [ProgramRecord]
  private let results: StudyResults

  /// - Parameters:
  ///   - scenarios: in the order of the report.
  ///   - records: in any order; those of replicates not yet run may be absent.
  ///   - command: the command line that prints the report again.
  /// - Throws: `ReportError` of kind `inconsistent` where two scenarios or methods share a name, or
  ///   a record belongs to none of them or comes twice.
  public init(
    scenarios: [ScenarioSummary], records: [ReplicateRecord], environment: RunEnvironment,
    command: String, programs: [ProgramRecord] = []
  ) throws(ReportError) {
    self.scenarios = scenarios
    self.environment = environment
    self.command = command
    self.programs = programs
    results = try StudyResults(scenarios: scenarios, records: records)
  }

  /// The same from records that are fetched scenario by scenario, so that only one scenario's are
  /// in memory at a time.
  /// - Parameter recordsOf: gives the records of one scenario, in any order.
  /// - Throws: what `recordsOf` throws, and `ReportError` as above.
  public init(
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
  /// What the pictures of calibration show, in the order of the rows.
  public var calibrationCurves: [CalibrationCurve] { calibrations.compactMap(\.curve) }
  /// One result a gate, in the order of scenarios and their gates.
  public var gates: [GateResult] { results.gates }
  public var manifest: StudyManifest {
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
  /// - Throws: `ReportError` of kind `unwritable`.
  @discardableResult
  public func write(to directory: URL, format: Format = .all) throws(ReportError) -> String? {
    try write(to: directory, format: format, gnuplot: .find())
  }

  func write(
    to directory: URL, format: Format, gnuplot: Gnuplot?
  ) throws(ReportError) -> String? {
    try StudyFile.createDirectory(directory)
    var files: [(name: String, text: String)] = []
    if format == .csv || format == .all {
      files += [
        (FileName.measures, StudyTables.measures(measures)),
        (FileName.timing, StudyTables.timing(timings)),
        (FileName.failures, StudyTables.failures(failures)),
      ]
      if calibrations.isEmpty {
        // One of other scenarios, which the directory had before, would mislead.
        try? FileManager.default.removeItem(
          at: directory.appendingPathComponent(FileName.calibration))
      } else {
        files.append((FileName.calibration, StudyTables.calibration(calibrations)))
      }
    }
    if format == .all { files.append((FileName.manifest, try manifest.json())) }
    var pictures: DrawnFigures?
    if format != .csv {
      let drawn = DrawnFigures(StudyFigure.all(of: results), by: gnuplot)
      let document = document(drawn.pictures)
      if format == .html {
        files.append((FileName.page, HTMLRenderer.text(of: document)))
      } else {
        try drawn.write(to: directory)
        files.append((FileName.report, MarkdownRenderer.text(of: document)))
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
      TestSection.section(results),
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
    if !titles.isEmpty { return Wording.list(titles) }
    return "Simulation study: \(ReportNumber.count(scenarios.count, "scenario")), "
      + "\(ReportNumber.count(results.methods.count, "method"))"
  }
}
