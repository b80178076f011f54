import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study baseline`: a study made the one to judge by.
struct StudyBaseline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Write a study's fits as a baseline for 'study compare'.",
    discussion: """
      A baseline is what 'study compare' needs of a study, as text that is small enough to be \
      committed: baseline.json, and for each scenario a table with one line a fit. Estimates are \
      rounded to a ten-thousandth of their SD, evidence bounds are not.
      """)

  @Argument(
    help: "A directory that 'study run' or 'study merge' has written.", completion: .directory)
  var directory: String

  @Option(
    help: ArgumentHelp("Directory for the baseline; made if it is not there.", valueName: "dir"))
  var out: String

  mutating func validate() throws {
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a directory.") }
  }

  mutating func run() throws {
    try reportingFailures {
      let store = try StudyStore.openForReading(
        directory: URL(fileURLWithPath: directory, isDirectory: true))
      try BaselineFiles.write(
        ComparedStudy(store), to: URL(fileURLWithPath: out, isDirectory: true))
    }
  }
}
