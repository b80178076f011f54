import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study report`: the report of what is recorded.
struct StudyReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of the results in a directory, without fitting again.",
    discussion: """
      Reads results.sqlite of the directory and writes report.md with its pictures in plots \
      (markdown), measures.csv, timing.csv and failures.csv (csv), these and manifest.json (all), \
      or report.html, one page with everything in it (html); the verdict is printed. It may be \
      given a study that is not complete or still running, and says so. Pictures are drawn by \
      gnuplot; without it the report has none.
      """)

  @Argument(
    help: "A directory that 'study run' or 'study merge' has written.", completion: .directory)
  var directory: String

  @Option(
    help: """
      Which files to write: \
      \(StudyReport.Format.allCases.map(\.rawValue).joined(separator: ", ")).
      """
  )
  var format = StudyReport.Format.all

  mutating func run() throws {
    try reportingFailures {
      let directory = URL(fileURLWithPath: directory, isDirectory: true)
      let store = try StudyStore.openForReading(directory: directory)
      let report = try StudyReport(
        store.study(), in: store,
        fallback: .current(packageVersion: packageVersion, workers: 1))
      if let complaint = try report.write(to: directory, format: format) {
        StandardError.write(complaint + "\n")
      }
      try StandardOutput.write(report.plainVerdict() + "\n")
    }
  }
}

extension StudyReport.Format: ExpressibleByArgument {}
