import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// One fit that is always the same, for counting instructions.
struct FixedFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixed-fit",
    abstract: "Fit one fixed data set: what instructions.sh counts the instructions of.")

  enum Name: String, CaseIterable, ExpressibleByArgument {
    case structuredIntercept = "structured-intercept"
    case structuredSlope = "structured-slope"
    case correctedSmall = "corrected-small"

    var benchmarkCase: BenchmarkCase {
      switch self {
      case .structuredIntercept: BenchmarkCase(design: .intercept, rows: 10_000)
      case .structuredSlope: BenchmarkCase(design: .slope, rows: 10_000)
      case .correctedSmall: BenchmarkCase(design: .intercept, rows: 200)
      }
    }

    var approximation: Approximation {
      self == .correctedSmall ? .corrected : .structured
    }
  }

  @Argument(help: "Which.")
  var name: Name

  func run() throws {
    let model = try name.benchmarkCase.data().model()
    let options = FitOptions(approximation: name.approximation)
    // What is set up once in a process is set up here.
    _ = try model.fit(options)
    let fit = try countedFit(model, options)
    StandardOutput.line("iterations \(fit.optimization.iterations)")
  }
}

/// The fit whose instructions are counted: Callgrind finds it by this name, so it has to stay a function.
@inline(never)
private func countedFit(
  _ model: PoissonMixedModel, _ options: FitOptions
) throws -> PoissonMixedModelFit {
  try model.fit(options)
}
