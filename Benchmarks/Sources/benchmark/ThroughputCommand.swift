import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// Fits a second over many small data sets, on one core.
struct ThroughputCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "throughput",
    abstract: "Fits a second in a loop over small data sets, on one core.",
    discussion: """
      64 data sets of 200 rows in 20 groups take turns. Rounds alternate between the \
      approximations; rates are medians over rounds, with the lowest and the highest.
      """)

  @Option(help: "Seconds for the whole measurement.")
  var seconds = 8.0

  private static let dataSets = 64
  /// Each approximation fits for so long in a round.
  private static let slice = 0.1

  func run() throws {
    let data = try (0..<Self.dataSets).map {
      try BenchmarkCase(design: .intercept, rows: 200).data(replicate: $0)
    }
    let models = try data.map { try $0.model() }
    let approximations = Approximation.allCases
    var fitting = [[Double]](repeating: [], count: approximations.count)
    var whole = fitting
    for approximation in approximations {
      _ = try models[0].fit(FitOptions(approximation: approximation))
    }
    try RoundLimits(seconds: seconds, fewest: 3, most: 1000).run {
      for (k, approximation) in approximations.enumerated() {
        let options = FitOptions(approximation: approximation)
        fitting[k].append(try Self.rate { _ = try models[$0].fit(options) })
        whole[k].append(try Self.rate { _ = try data[$0].model().fit(options) })
      }
    }

    StandardOutput.line(
      "# Fits a second at 200 rows in 20 groups, one core\n\n\(MeasuringMachine.line)\n")
    let table = MarkdownTable([
      "approximation", "fits a second", "lowest and highest", "ms a fit",
      "with building the model", "rounds",
    ])
    for (k, approximation) in approximations.enumerated() {
      let range = fitting[k].range
      table.row([
        approximation.rawValue, Int(fitting[k].median).grouped,
        "\(Int(range.lower).grouped)–\(Int(range.upper).grouped)",
        (1000 / fitting[k].median).brief, Int(whole[k].median).grouped, "\(fitting[k].count)",
      ])
    }
  }

  /// Calls of `body` a second, with the data sets' numbers in turn.
  private static func rate(_ body: (Int) throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    var calls = 0
    let elapsed = try secondsTaken {
      repeat {
        try body(calls % dataSets)
        calls += 1
      } while ContinuousClock.now - start < .seconds(slice)
    }
    return Double(calls) / elapsed
  }
}
