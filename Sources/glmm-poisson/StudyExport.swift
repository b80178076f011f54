import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study export`: results as one table.
struct StudyExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a study's results as one tidy table, for pandas, R and others.",
    discussion: """
      With --per measure a row is a measure, as in measures.csv. With --per replicate it is the \
      estimate of one parameter by one method in one replicate: its standard error, interval and \
      p value, the true value, whether the report uses it and why the fit stopped, and the seed, \
      scenario and replicate that draw its data again. Fits that failed have rows too, and "used" \
      is then 0. What the scenarios' grids vary has a column each. Numbers are not rounded; what \
      there is none for is an empty field, in JSON null.

        glmm-poisson study export study --per replicate --out fits.csv
        pandas.read_csv("fits.csv")      read.csv("fits.csv")

      The study may be incomplete or still running.
      """)

  @Argument(
    help: "A directory that 'study run' or 'study merge' has written.", completion: .directory)
  var directory: String

  @Option(
    help: """
      What a row is: \(StudyExport.Unit.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var per = StudyExport.Unit.measure

  @Option(
    help: """
      The form of the table: \
      \(StudyExport.Format.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var format = StudyExport.Format.csv

  @OptionGroup var file: OutputFileArgument

  mutating func run() throws {
    try reportingFailures {
      let store = try StudyStore.openForReading(
        directory: URL(fileURLWithPath: directory, isDirectory: true))
      let study = try store.study()
      let export = StudyExport(per, as: format)
      let environment = RunEnvironment.current(packageVersion: packageVersion, workers: 1)
      try AtomicFile.write(to: file.out ?? "/dev/stdout") { append in
        try export.write(study, in: store, fallback: environment, to: append)
      }
    }
  }
}

extension StudyExport.Unit: ExpressibleByArgument {}
extension StudyExport.Format: ExpressibleByArgument {}
