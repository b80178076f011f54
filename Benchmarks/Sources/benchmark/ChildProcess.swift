import Foundation
import PoissonGLMM

/// Measurements in processes of their own.
enum ChildProcess {
  /// Runs `measure` and reads its answer.
  /// - Parameters:
  ///   - seconds: rounds begin until these have passed.
  ///   - limit: seconds after which the process is ended.
  /// - Returns: nil if the process was ended.
  static func measure(
    _ benchmarkCase: BenchmarkCase, _ approximation: Approximation, threads: [Int],
    seconds: Double, limit: Double
  ) throws -> FitMeasurement? {
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
    let alarm = DispatchSource.makeTimerSource()
    alarm.setEventHandler { process.terminate() }
    alarm.schedule(deadline: .now() + limit)
    alarm.resume()
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    alarm.cancel()
    if process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGTERM {
      return nil
    }
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
