import ArgumentParser
import PoissonGLMM

/// Seconds, iterations, passes and memory of a fit, by size and approximation.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract: "Time and memory of a fit, by data and approximation.",
    discussion: """
      Every row is measured in a process of its own: the model is built and fitted once with each \
      number of threads, which shows the memory; then rounds of bare passes and fits alternate. \
      Times and ratios are medians over rounds.
      """)

  @Option(
    name: .customLong("case"), parsing: .upToNextOption, help: ArgumentHelp(BenchmarkCase.help),
    transform: BenchmarkCase.named)
  var cases: [BenchmarkCase] = []

  @Option(
    parsing: .upToNextOption, help: "Approximations (default: all four).",
    transform: Approximation.named)
  var approximation: [Approximation] = []

  @Flag(help: "Also 10,000,000 rows.")
  var large = false

  @Option(
    help: """
      Rounds begin until this many seconds have passed; there are 3 at least, or 1 where the first \
      fits take more than 5 s.
      """)
  var seconds = 1.0

  @Option(help: "Seconds after which a row is given up.")
  var limit = 60.0

  private static let usualCases =
    [200, 2000, 10_000, 100_000, 1_000_000].map { BenchmarkCase(design: .intercept, rows: $0) }
    + [10_000, 100_000].map { BenchmarkCase(design: .slope, rows: $0) }
    + [
      BenchmarkCase(design: .wide, rows: 100_000), BenchmarkCase(design: .nested, rows: 100_000),
      BenchmarkCase(design: .crossed, rows: 30_000), BenchmarkCase(design: .insteval, rows: 73_421),
      BenchmarkCase(design: .row, rows: 10_000),
    ]
    + [10_000, 100_000].map { BenchmarkCase(design: .correlated, rows: $0) }
  private static let largeCase = BenchmarkCase(design: .intercept, rows: 10_000_000)

  func run() throws {
    let chosen = (cases.isEmpty ? Self.usualCases : cases) + (large ? [Self.largeCase] : [])
    let approximations = approximation.isEmpty ? Approximation.allCases : approximation
    StandardOutput.line("# Time and memory of a fit\n\n\(MeasuringMachine.line)\n")
    let table = MarkdownTable(
      ["data", "approximation", "iterations", "ms, 1 thread", "ms, 2 threads", "speed-up"]
        + BarePass.Kind.measured.map { "passes, \($0.rawValue)" } + ["ms, building", "rounds"],
      textColumns: 2)
    var measurements: [FitMeasurement] = []
    for benchmarkCase in chosen {
      for approximation in approximations {
        guard
          let measurement = try ChildProcess.measure(
            benchmarkCase, approximation, threads: [1, 2], seconds: seconds, limit: limit)
        else {
          table.row([
            benchmarkCase.name, approximation.rawValue, "(over \(limit.formatted()) s in all)",
          ])
          continue
        }
        measurements.append(measurement)
        let (one, two) = (measurement.fits[0], measurement.fits[1])
        table.row(
          Self.names(measurement)
            + ["\(measurement.iterations)" + (measurement.converged ? "" : " (not converged)")]
            + [1e3 * one.seconds, 1e3 * two.seconds, two.speedUp].map(\.brief)
            + one.passes.map(\.brief)
            + [(1e3 * measurement.buildSeconds).brief, "\(measurement.rounds)"])
      }
    }
    Self.printMemory(measurements)
    Self.printPasses(measurements)
  }

  private static func names(_ measurement: FitMeasurement) -> [String] {
    [measurement.benchmarkCase.name, measurement.approximation.rawValue]
  }

  private static func printMemory(_ measurements: [FitMeasurement]) {
    StandardOutput.line("\nMemory in MB (10^6 bytes), that of the process without data left out:\n")
    let table = MarkdownTable(
      [
        "data", "approximation", "data's own", "results", "peak of a fit", "2 threads",
        "(peak - results) / data", "2 threads", "peak of building",
      ], textColumns: 2)
    for measurement in measurements {
      let (one, two) = (measurement.fits[0], measurement.fits[1])
      let bytes = [
        measurement.benchmarkCase.dataBytes, measurement.benchmarkCase.resultBytes, one.peakBytes,
        two.peakBytes,
      ]
      table.row(
        names(measurement) + bytes.map { $0?.megabytes ?? "–" }
          + [one, two].map { measurement.relativePeak($0)?.brief ?? "–" }
          + [measurement.buildPeakBytes?.megabytes ?? "–"])
    }
  }

  private static func printPasses(_ measurements: [FitMeasurement]) {
    StandardOutput.line("\nThe bare pass, the unit of the columns *passes*:\n")
    let kinds = BarePass.Kind.measured.map(\.rawValue)
    let table = MarkdownTable(
      ["data", "p"] + kinds.map { "µs, \($0)" } + kinds.map { "ns a row, \($0)" })
    var done: [BenchmarkCase] = []
    for benchmarkCase in measurements.map(\.benchmarkCase) where !done.contains(benchmarkCase) {
      done.append(benchmarkCase)
      let ofCase = measurements.filter { $0.benchmarkCase == benchmarkCase }
      let seconds = kinds.indices.map { k in ofCase.map { $0.passSeconds[k] }.median }
      table.row(
        [benchmarkCase.name, "\(benchmarkCase.fixedCount)"] + seconds.map { (1e6 * $0).brief }
          + seconds.map { (1e9 * $0 / Double(benchmarkCase.rows)).brief })
    }
  }
}
