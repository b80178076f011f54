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
    var lines = ["approximation,rows,seconds,iterations,building_seconds,rounds"]
    var slopes: [(Approximation, whole: Double, large: Double, iteration: Double)] = []
    for approximation in approximation {
      var points: [(rows: Double, seconds: Double, perIteration: Double)] = []
      for rows in Self.sizes where rows <= largest {
        let measurement = try ChildProcess.measure(
          BenchmarkCase(design: .intercept, rows: rows), approximation, threads: [1],
          seconds: seconds)
        let fit = measurement.fits[0]
        let perIteration = fit.seconds / Double(max(1, measurement.iterations))
        points.append((Double(rows), fit.seconds, perIteration))
        table.row([
          approximation.rawValue, rows.grouped, (1e3 * fit.seconds).brief,
          "\(measurement.iterations)",
          (1e9 * perIteration / Double(rows)).brief, (1e3 * measurement.buildSeconds).brief,
          "\(measurement.rounds)",
        ])
        lines.append(
          "\(approximation.rawValue),\(rows),\(fit.seconds),\(measurement.iterations),"
            + "\(measurement.buildSeconds),\(measurement.rounds)")
      }
      slopes.append(
        (
          approximation, Self.slope(points.map { ($0.rows, $0.seconds) }),
          Self.slope(points.filter { $0.rows >= 1e5 }.map { ($0.rows, $0.seconds) }),
          Self.slope(points.map { ($0.rows, $0.perIteration) })
        ))
    }
    StandardOutput.line("\nSlopes of log seconds on log rows, by least squares:\n")
    let slopeTable = MarkdownTable(
      ["approximation", "all sizes", "from 100,000 rows", "an iteration, all sizes"])
    for slope in slopes {
      slopeTable.row([
        slope.0.rawValue, slope.whole.brief, slope.large.brief, slope.iteration.brief,
      ])
    }
    if let csv {
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: csv, atomically: true, encoding: .utf8)
    }
  }

  /// The least-squares slope of log y on log x; NaN for fewer than two points.
  private static func slope(_ points: [(Double, Double)]) -> Double {
    guard points.count > 1 else { return .nan }
    let (x, y) = (points.map { log($0.0) }, points.map { log($0.1) })
    let count = Double(points.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    return covariance / x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
  }
}
