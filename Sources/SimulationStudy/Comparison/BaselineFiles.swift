import Foundation

/// An accepted baseline on the disk: few files, small enough to be committed, of text so that a
/// change shows line by line.
///
/// `baseline.json` says what was run and on which machine. `SCENARIO.csv` has one line a fit; see
/// `BaselineTable`.
package enum BaselineFiles {
  static let headerName = "baseline.json"

  static func header(in directory: URL) -> URL { directory.appendingPathComponent(headerName) }

  private static func table(of scenario: String, in directory: URL) -> URL {
    directory.appendingPathComponent(scenario + ".csv")
  }

  /// Makes a study the baseline in a directory, in place of the one that is there.
  /// - Throws: `StudyError`.
  package static func write(_ study: ComparedStudy, to directory: URL) throws(StudyError) {
    let old = try? read(header(in: directory))
    try StudyFile.createDirectory(directory)
    for scenario in study.scenarios {
      try StudyFile.write(
        BaselineTable.text(of: scenario), to: table(of: scenario.name, in: directory))
    }
    try StudyFile.write(try Header(study).json(), to: header(in: directory))
    let names = Set(study.scenarios.map(\.name))
    for scenario in old?.scenarios ?? [] where !names.contains(scenario.name) {
      // What stays behind would only mislead; it is not part of the baseline any more.
      try? FileManager.default.removeItem(at: table(of: scenario.name, in: directory))
    }
  }

  /// - Throws: `StudyError` of kind `missingFile`, `unreadable` or `malformed`.
  static func read(from directory: URL) throws(StudyError) -> ComparedStudy {
    let header = try read(header(in: directory))
    var scenarios: [ComparedScenario] = []
    for scenario in header.scenarios {
      let file = table(of: scenario.name, in: directory)
      let records = try BaselineTable.records(
        of: StudyFile.read(file), scenario: scenario.name, name: file.relativePath)
      try checkWhole(records, scenario, name: file.relativePath)
      scenarios.append(
        ComparedScenario(
          name: scenario.name, content: scenario.content.map { $0 + "\n" }.joined(),
          fingerprint: scenario.fingerprint, alpha: scenario.alpha, truth: scenario.truth,
          methods: scenario.methods, records: records))
    }
    return ComparedStudy(
      name: directory.relativePath, environment: header.environment, command: header.command,
      programs: header.programs ?? [], scenarios: scenarios)
  }

  /// A line that is lost, or there twice, would change what is compared in silence.
  /// - Throws: `StudyError` of kind `malformed` that names the replicate.
  private static func checkWhole(
    _ records: [ReplicateRecord], _ scenario: Header.Scenario, name: String
  ) throws(StudyError) {
    let last = scenario.replicates.map { max(0, $0) - 1 } ?? records.map(\.replicate).max() ?? -1
    for method in scenario.methods {
      let numbers = records.filter { $0.method == method }.map(\.replicate).sorted()
      func defect(_ replicate: Int, _ what: String) -> StudyError {
        StudyError(.malformed, "\(name): replicate \(replicate) of method '\(method)' \(what).")
      }
      if let twice = zip(numbers, numbers.dropFirst()).first(where: ==) {
        throw defect(twice.0, "is there twice")
      }
      let firstMissing = zip(0..., numbers).first { $0 != $1 }?.0 ?? numbers.count
      if firstMissing <= last {
        throw defect(firstMissing, "is missing; the baseline has those from 0 to \(last)")
      }
      if let beyond = numbers.last, beyond > last {
        throw defect(beyond, "is beyond those of the baseline, from 0 to \(last)")
      }
    }
  }

  private static func read(_ file: URL) throws(StudyError) -> Header {
    let text = try StudyFile.read(file)
    do {
      let header = try JSONDecoder().decode(Header.self, from: Data(text.utf8))
      guard Header.readableVersions.contains(header.schemaVersion) else {
        throw StudyError(
          .malformed,
          "'\(file.relativePath)' has schema version \(header.schemaVersion), expected one up to "
            + "\(Header.currentSchemaVersion).")
      }
      for scenario in header.scenarios where scenario.name.contains("/") {
        throw StudyError(
          .malformed,
          "'\(file.relativePath)' has a scenario '\(scenario.name)', which no scenario is called.")
      }
      return header
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError(
        .malformed,
        "'\(file.relativePath)' does not say what the header of a baseline says; 'study baseline' "
          + "writes it."
      )
    }
  }

  /// What `baseline.json` says.
  private struct Header: Codable {
    struct Scenario: Codable {
      let name: String
      let content: [String]
      /// nil where the study had noted none.
      let fingerprint: DataFingerprint?
      let alpha: Double
      let truth: [String: Double]
      let methods: [String]
      /// Of each method, counted from 0; nil in a baseline that does not say.
      let replicates: Int?
    }

    private enum CodingKeys: String, CodingKey {
      case schemaVersion = "schema_version"
      case command
      case environment
      case programs
      case scenarios
    }

    static let currentSchemaVersion = 2
    /// Version 1 had tables without p values and what is said of the whole fit.
    static let readableVersions = 1...currentSchemaVersion

    let schemaVersion: Int
    let command: String
    let environment: RunEnvironment?
    /// nil if there are none.
    let programs: [ProgramRecord]?
    let scenarios: [Scenario]

    init(_ study: ComparedStudy) {
      schemaVersion = Self.currentSchemaVersion
      command = study.command
      environment = study.environment
      programs = study.programs.isEmpty ? nil : study.programs
      scenarios = study.scenarios.map {
        Scenario(
          name: $0.name, content: $0.content.split(separator: "\n").map(String.init),
          fingerprint: $0.fingerprint, alpha: $0.alpha, truth: $0.truth, methods: $0.methods,
          replicates: $0.records.first?.count)
      }
    }

    func json() throws(StudyError) -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      do {
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
      } catch {
        throw StudyError(.inconsistent, "The baseline cannot be written as JSON: \(error).")
      }
    }
  }
}
