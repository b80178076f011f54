import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study report`: the report of what is recorded.
struct StudyReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of the results in a directory, without fitting again.",
    discussion: """
      Reads results.sqlite of the directory and writes report.md (markdown), measures.csv, timing.csv \
      and failures.csv (csv), or these and manifest.json (all); the verdict is printed. It may be \
      given a study that is not complete or still running, and says so.
      """)

  @Argument(
    help: "A directory that 'study run' or 'study merge' has written.", completion: .directory)
  var directory: String

  @Option(
    help:
      "Which files to write: \(StudyReport.Format.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var format = StudyReport.Format.all

  mutating func run() throws {
    try reportingFailures {
      let directory = URL(fileURLWithPath: directory, isDirectory: true)
      let store = try StudyStore.openForReading(directory: directory)
      let report = try StudyReport(
        store.study(), in: store,
        fallback: .current(packageVersion: packageVersion, workers: 1))
      try report.write(to: directory, format: format)
      try StandardOutput.write(report.verdict() + "\n")
    }
  }
}

extension StudyReport.Format: ExpressibleByArgument {}
