import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson simulate`: the data set of one replicate as CSV.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Write one simulated data set of a scenario as CSV.",
    discussion: """
      The columns are y, the covariates, group (1, 2, ...) and, if the scenario has one, exposure. \
      Numbers are written so that the same double is read back. The data set is the one that \
      'study run' gives to every method in that replicate.
      """)

  @Argument(help: "A scenario file.", completion: .file())
  var scenario: String

  @Option(help: "Number of the replicate, counted from 0.")
  var replicate = 0

  @Option(help: ArgumentHelp("File to write, or - for standard output.", valueName: "file"))
  var out: String

  mutating func validate() throws {
    guard replicate >= 0 else { throw ValidationError("--replicate is a whole number from 0.") }
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a file, or -.") }
  }

  mutating func run() throws {
    try reportingFailures {
      if isSameFile(out, scenario) {
        throw CommandFailure(
          .wrongUsage, "--out would overwrite the scenario in '\(scenario)'.")
      }
      let data = try DataGenerator(ScenarioFile.load(file: scenario))
        .dataSet(replicate: replicate).data
      let text = CountsCSV.text(data)
      if out == "-" {
        try StandardOutput.write(text)
      } else {
        try AtomicFile.write(text, to: out)
      }
    }
  }
}

extension GenerationError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
