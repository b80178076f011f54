import ArgumentParser
import Foundation
import SimulationStudy

/// Writes a data set for other programs to fit.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a data set as CSV: y, the covariates, the grouping columns.")

  @Argument(help: ArgumentHelp(BenchmarkCase.help), transform: BenchmarkCase.named)
  var benchmarkCase: BenchmarkCase

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var out: String

  func run() throws {
    try CountsCSV.text(benchmarkCase.data()).write(toFile: out, atomically: true, encoding: .utf8)
  }
}
