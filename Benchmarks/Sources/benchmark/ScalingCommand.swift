import ArgumentParser
import Foundation
import PoissonGLMM

/// Seconds of a fit by rows, and the slope on logarithmic axes.
struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Seconds of a fit by rows from 1,000 on, and the slope on logarithmic axes.",
    discussion: "A random intercept, p = 3, 10 rows a group, one thread. A slope of 1 is linear.")

  @Option(parsing: .upToNextOption, help: "Approximations.", transform: Approximation.named)
  var approximation: [Approximation] = [.structured]

  @Option(help: "The most rows, a power of ten from 10,000 to 10,000,000.")
  var largest = 10_000_000

  @Option(help: "Rounds begin until this many seconds have passed, at each size.")
  var seconds = 0.5

  @Option(help: "Seconds after which a size is given up, and larger ones with it.")
  var limit = 120.0

  @Option(help: ArgumentHelp("Also write a CSV file.", valueName: "file"))
  var csv: String?

  func validate() throws {
    guard [10_000, 100_000, 1_000_000, 10_000_000].contains(largest) else {
      throw ValidationError("--largest is 10000, 100000, 1000000 or 10000000.")
    }
  }

  /// Half-decades, rounded to whole groups.
  private static let sizes = [
    1000, 3160, 10_000, 31_620, 100_000, 316_220, 1_000_000, 3_162_270, 10_000_000,
  ]

  func run() throws {
    StandardOutput.line("# Seconds by rows\n\n\(MeasuringMachine.line)\n")
    let table = MarkdownTable(
      [
        "approximation", "rows", "ms", "iterations", "ns a row and iteration", "ms, building",
        "rounds",
      ])
    let lines = try approximation.map { try measureLine($0, into: table) }
    StandardOutput.line("\nSlopes of log seconds on log rows, by least squares:\n")
    let slopes = MarkdownTable(
      ["approximation", "all sizes", "from 100,000 rows", "an iteration, all sizes"])
    for (approximation, line) in zip(approximation, lines) {
      slopes.row([
        approximation.rawValue, Self.slope(of: line) { $0.fits[0].seconds }.brief,
        Self.slope(of: line.filter { $0.benchmarkCase.rows >= 100_000 }) { $0.fits[0].seconds }
          .brief,
        Self.slope(of: line, Self.secondsPerIteration).brief,
      ])
    }
    if let csv { try Self.csv(lines).write(toFile: csv, atomically: true, encoding: .utf8) }
  }

  /// Measures all sizes, and prints each as it is done.
  private func measureLine(
    _ approximation: Approximation, into table: MarkdownTable
  ) throws -> [FitMeasurement] {
    var line: [FitMeasurement] = []
    for rows in Self.sizes where rows <= largest {
      let measured = try ChildProcess.measure(
        BenchmarkCase(design: .intercept, rows: rows), approximation, threads: [1],
        seconds: seconds, limit: limit)
      guard let measured else {
        table.row([approximation.rawValue, rows.grouped, "(over \(limit.formatted()) s in all)"])
        break
      }
      line.append(measured)
      table.row([
        approximation.rawValue, rows.grouped, (1e3 * measured.fits[0].seconds).brief,
        "\(measured.iterations)", (1e9 * Self.secondsPerIteration(measured) / Double(rows)).brief,
        (1e3 * measured.buildSeconds).brief, "\(measured.rounds)",
      ])
    }
    return line
  }

  private static func secondsPerIteration(_ measurement: FitMeasurement) -> Double {
    measurement.fits[0].seconds / Double(max(1, measurement.iterations))
  }

  private static func csv(_ lines: [[FitMeasurement]]) -> String {
    var text = "approximation,rows,seconds,iterations,building_seconds,rounds\n"
    for point in lines.joined() {
      text += "\(point.approximation.rawValue),\(point.benchmarkCase.rows),"
      text += "\(point.fits[0].seconds),\(point.iterations),\(point.buildSeconds),\(point.rounds)\n"
    }
    return text
  }

  /// The least-squares slope of the log of `value` on log rows; NaN for fewer than two points.
  private static func slope(
    of points: [FitMeasurement], _ value: (FitMeasurement) -> Double
  ) -> Double {
    guard points.count > 1 else { return .nan }
    let (x, y) = (points.map { log(Double($0.benchmarkCase.rows)) }, points.map { log(value($0)) })
    let count = Double(points.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  }
}
