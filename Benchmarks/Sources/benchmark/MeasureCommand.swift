import ArgumentParser
import Foundation
import PoissonGLMM

/// Measures one row of a table; `ChildProcess` runs it.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measure the fits of one data set, as JSON.",
    shouldDisplay: false)

  @Argument var benchmarkCase: BenchmarkCase
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

/// Measurements in processes of their own.
enum ChildProcess {
  /// Runs `measure` and reads its answer.
  static func measure(
    _ benchmarkCase: BenchmarkCase, _ approximation: Approximation, threads: [Int], seconds: Double
  ) throws -> FitMeasurement {
    guard let executable = Bundle.main.executableURL else {
      throw BenchmarkFailure("The path of this executable is not known.")
    }
    Progress.show("\(benchmarkCase.name), \(approximation.rawValue)")
    let process = Process()
    process.executableURL = executable
    process.arguments =
      ["measure", benchmarkCase.name, "--approximation", approximation.rawValue]
      + ["--seconds", "\(seconds)", "--threads"] + threads.map(String.init)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw BenchmarkFailure(
        "Measuring \(benchmarkCase.name), \(approximation.rawValue), ended with status "
          + "\(process.terminationStatus).")
    }
    return try JSONDecoder().decode(FitMeasurement.self, from: answer)
  }
}

/// Lines on standard error that say what is being measured.
enum Progress {
  static func show(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
