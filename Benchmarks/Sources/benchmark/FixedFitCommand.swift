import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// One fit that is always the same, for counting instructions and heap allocations.
struct FixedFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixed-fit",
    abstract: "Fit one fixed data set: what instructions.sh counts.")

  enum Name: String, CaseIterable, ExpressibleByArgument {
    case structuredIntercept = "structured-intercept"
    case structuredSlope = "structured-slope"
    case correctedSmall = "corrected-small"
    case structuredCrossed = "structured-crossed"
    case structuredCorrelated = "structured-correlated"
    case meanFieldIntercept = "mean-field-intercept"
    case meanFieldSlope = "mean-field-slope"

    var benchmarkCase: BenchmarkCase {
      switch self {
      case .structuredIntercept, .meanFieldIntercept:
        BenchmarkCase(design: .intercept, rows: 10_000)
      case .structuredSlope, .meanFieldSlope: BenchmarkCase(design: .slope, rows: 10_000)
      case .correctedSmall: BenchmarkCase(design: .intercept, rows: 200)
      case .structuredCrossed: BenchmarkCase(design: .crossed, rows: 1200)
      case .structuredCorrelated: BenchmarkCase(design: .correlated, rows: 2000)
      }
    }

    var approximation: Approximation {
      switch self {
      case .structuredIntercept, .structuredSlope, .structuredCrossed, .structuredCorrelated:
        .structured
      case .meanFieldIntercept, .meanFieldSlope: .meanField
      case .correctedSmall: .corrected
      }
    }
  }

  @Argument(help: "Which.")
  var name: Name

  @Option(help: "The most iterations that the fit takes.")
  var iterations: Int?

  func run() throws {
    let model = try name.benchmarkCase.data().model()
    var options = FitOptions(approximation: name.approximation)
    if let iterations { options.maximumIterations = iterations }
    // What is set up once in a process is set up here.
    _ = try model.fit(options)
    let fit = try countedFit(model, options)
    StandardOutput.line("iterations \(fit.optimization.iterations)")
  }
}

/// The fit that is counted: Callgrind finds it by this name, so it has to stay a function.
@inline(never)
private func countedFit(
  _ model: PoissonMixedModel, _ options: FitOptions
) throws -> PoissonMixedModelFit {
  try model.fit(options)
}
