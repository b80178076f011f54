import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study replay`: one replicate again.
struct StudyReplay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Draw one data set of a study again, refit it and compare.",
    discussion: """
      The data set of the replicate is drawn anew from the scenario as it is stored in the \
      directory, every method is fitted, and each number is shown as it was stored and as it is \
      now. The exit status is 1 unless all are equal to the bit. --data also writes the data set \
      as CSV, with the columns of 'simulate'. Methods that are other programs run in the folder \
      that the study was run in, or in the present one if that is gone.
      """)

  @Argument(
    help: "A directory that 'study run' or 'study merge' has written.", completion: .directory)
  var directory: String

  @Option(help: "Name of the scenario.")
  var scenario: String

  @Option(help: "Number of the replicate, counted from 0.")
  var replicate: Int

  @Option(help: ArgumentHelp("File for the data set.", valueName: "file"))
  var data: String?

  mutating func validate() throws {
    guard replicate >= 0 else { throw ValidationError("--replicate is a whole number from 0.") }
    guard data != "" else { throw ValidationError("--data needs the name of a file.") }
  }

  mutating func run() throws {
    try reportingFailures {
      let store = try StudyStore.openForReading(
        directory: URL(fileURLWithPath: directory, isDirectory: true))
      let study = try store.study()
      let names = study.scenarios.map(\.scenario.name)
      guard let position = names.firstIndex(of: scenario) else {
        throw CommandFailure(
          .badData,
          "The study in '\(directory)' has no scenario '\(scenario)'; it has \(Self.list(names)).")
      }
      let stored = try store.records(of: study, scenario: position, replicate: replicate)
      guard !stored.isEmpty else {
        throw CommandFailure(
          .badData,
          "Replicate \(replicate) of scenario '\(scenario)' is not recorded in '\(directory)'.")
      }
      let definition = study.scenarios[position].scenario
      let programs = CommandPrograms(directory: try programDirectory(of: store))
      defer { programs.stop() }
      let refitted = StudyRunner([definition], programs: programs)
        .records(of: replicate, scenario: definition)
      let replayed = zip(stored, refitted).map { ReplayedReplicate(stored: $0, refitted: $1) }
      try StandardOutput.write(ReplayTable.text(replayed))
      if let data { try write(programs.generator(definition), to: data) }
      if replayed.contains(where: { $0.differences > 0 }) {
        throw ExitCode(ExitStatus.gateFailed.rawValue)
      }
    }
  }

  /// The folder in which the study was run, so that its relative commands are found from anywhere;
  /// nil, for the working directory, if that folder is gone.
  private func programDirectory(of store: StudyStore) throws -> String? {
    guard let path = try store.workingDirectory() else { return nil }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? path : nil
  }

  private func write(_ generator: any DataSetGenerator, to file: String) throws {
    let text: String
    do {
      text = CountsCSV.text(try generator.dataSet(replicate: replicate).data)
    } catch {
      throw CommandFailure(
        .badData,
        "There is no data set of replicate \(replicate) to write to '\(file)': \(error)")
    }
    try AtomicFile.write(text, to: file)
  }

  /// At most ten names.
  private static func list(_ names: [String]) -> String {
    names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", ..." : "")
  }
}

/// The stored numbers beside the new ones.
enum ReplayTable {
  static func text(_ methods: [ReplayedReplicate]) -> String {
    let rows = methods.flatMap { method in
      method.items.map { item in
        [
          method.method, item.parameter, item.quantity, item.stored, item.refitted,
          item.isEqual ? "equal" : "DIFFERENT",
        ]
      }
    }
    let columns = ["method", "parameter", "quantity", "stored", "refitted", ""]
    let different = methods.reduce(0) { $0 + $1.differences }
    let verdict =
      different == 0
      ? "All \(rows.count) values are equal to the bit."
      : "\(different) of \(rows.count) values differ."
    return AlignedColumns.lines([columns] + rows).map { $0 + "\n" }.joined() + "\n\(verdict)\n"
  }
}
