import ArgumentParser
import Foundation
import PoissonGLMM

/// Measures one row of a table; `ChildProcess` runs it.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measure the fits of one data set, as JSON.",
    shouldDisplay: false)

  @Argument(transform: BenchmarkCase.named) var benchmarkCase: BenchmarkCase
  @Option(transform: Approximation.named) var approximation: Approximation
  @Option(parsing: .upToNextOption) var threads: [Int]
  @Option var seconds: Double

  func run() throws {
    let measurement = try FitMeasurement.measure(
      benchmarkCase, approximation, threads: threads, seconds: seconds)
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .throw
    FileHandle.standardOutput.write(try encoder.encode(measurement))
  }
}
