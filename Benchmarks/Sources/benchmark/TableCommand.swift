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
      Ratios are medians over rounds.
      """)

  @Option(
    name: .customLong("case"), parsing: .upToNextOption,
    help: "Data sets: intercept-ROWS, slope-ROWS (intercept and slope) or wide-ROWS (p = 50).")
  var cases: [BenchmarkCase] = []

  @Option(
    parsing: .upToNextOption, help: "Approximations (default: all four).",
    transform: Approximation.named)
  var approximation: [Approximation] = []

  @Flag(help: "Also 10,000,000 rows.")
  var large = false

  @Option(
    help:
      "Rounds begin until this many seconds have passed; there are 3 at least, or 1 where the first fits take more than 5 s."
  )
  var seconds = 1.0

  static let usualCases =
    [200, 2000, 10_000, 100_000, 1_000_000].map { BenchmarkCase(design: .intercept, rows: $0) }
    + [10_000, 100_000].map { BenchmarkCase(design: .slope, rows: $0) }
    + [BenchmarkCase(design: .wide, rows: 100_000)]
  static let largeCase = BenchmarkCase(design: .intercept, rows: 10_000_000)

  func run() throws {
    let chosen = cases.isEmpty ? Self.usualCases : cases
    let approximations = approximation.isEmpty ? Approximation.allCases : approximation
    StandardOutput.line("# Time and memory of a fit\n\n\(MeasuringMachine.line)\n")
    let best = BarePass.Instructions.best.rawValue
    let table = MarkdownTable(
      [
        "data", "approximation", "iterations", "s, 1 thread", "s, 2 threads", "speed-up",
        "passes (\(best))", "passes (baseline)", "building, s", "data, MB", "results, MB",
        "peak, MB", "(peak - results) / data", "with 2 threads", "building peak, MB", "rounds",
      ], textColumns: 2)
    var passes: [(BenchmarkCase, best: Double, baseline: Double)] = []
    for benchmarkCase in chosen + (large ? [Self.largeCase] : []) {
      var best: [Double] = []
      var baseline: [Double] = []
      for approximation in approximations {
        let measurement = try ChildProcess.measure(
          benchmarkCase, approximation, threads: [1, 2], seconds: seconds)
        table.row(Self.cells(measurement))
        best.append(measurement.bestPassSeconds)
        baseline.append(measurement.baselinePassSeconds)
      }
      passes.append((benchmarkCase, best.median, baseline.median))
    }
    Self.printPasses(passes)
  }

  private static func cells(_ measurement: FitMeasurement) -> [String] {
    let (one, two) = (measurement.fits[0], measurement.fits[1])
    let benchmarkCase = measurement.benchmarkCase
    return [
      benchmarkCase.name, measurement.approximation.rawValue,
      "\(measurement.iterations)" + (measurement.converged ? "" : " (not converged)"),
      one.seconds.brief, two.seconds.brief, two.speedUp.brief, one.bestPasses.brief,
      one.baselinePasses.brief, measurement.buildSeconds.brief, benchmarkCase.dataBytes.megabytes,
      benchmarkCase.resultBytes.megabytes, one.peakBytes?.megabytes ?? "–",
      measurement.relativePeak(one)?.brief ?? "–", measurement.relativePeak(two)?.brief ?? "–",
      measurement.buildPeakBytes?.megabytes ?? "–", "\(measurement.rounds)",
    ]
  }

  private static func printPasses(_ passes: [(BenchmarkCase, best: Double, baseline: Double)]) {
    StandardOutput.line("\nThe bare pass, the unit of the columns *passes*:\n")
    let table = MarkdownTable([
      "data", "p", "s (\(BarePass.Instructions.best.rawValue))", "s (baseline)",
      "ns a row (\(BarePass.Instructions.best.rawValue))", "ns a row (baseline)",
    ])
    for (benchmarkCase, best, baseline) in passes {
      table.row([
        benchmarkCase.name, "\(benchmarkCase.fixedCount)", best.brief, baseline.brief,
        (1e9 * best / Double(benchmarkCase.rows)).brief,
        (1e9 * baseline / Double(benchmarkCase.rows)).brief,
      ])
    }
  }
}
