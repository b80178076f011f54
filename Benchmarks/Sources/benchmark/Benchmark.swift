import ArgumentParser

/// The command `benchmark`: what the fitter costs. One subcommand a file.
@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "What fits with PoissonGLMM cost, in time and memory.",
    discussion: "Results are Markdown on standard output, progress goes to standard error.",
    subcommands: [
      TableCommand.self, ScalingCommand.self, ThroughputCommand.self, ExportCommand.self,
      WorkerCommand.self, FixedFitCommand.self, MeasureCommand.self,
    ])
}
