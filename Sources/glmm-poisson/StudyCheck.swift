import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study check`: the gates of a study's scenarios on its measures.
struct StudyCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Judge a study by the gates of its scenarios.",
    discussion: """
      Reads manifest.json and measures.csv of the directory and prints one line for each gate. A \
      gate fails if its number is outside a limit by more than 3 of its Monte Carlo standard \
      errors: what so few replicates do by chance disproves nothing, and "within error" says so. \
      A gate whose number is missing does not pass. The exit status is 1 if a gate does not pass. \
      A study whose scenarios have no gates is an error (65), because there is nothing to judge it \
      by: gates that were lost must not read as gates that pass.
      """)

  @Argument(help: "A directory that 'study run' has written.", completion: .directory)
  var directory: String

  @OptionGroup var output: JudgementArguments

  mutating func run() throws {
    try reportingFailures {
      let results = try GateCheck.evaluate(
        directory: URL(fileURLWithPath: directory, isDirectory: true))
      guard !results.isEmpty else {
        throw CommandFailure(
          .badData,
          "There is nothing to check in '\(directory)': no scenario of this study had gates when "
            + "it was run. "
            + "Scenarios/README.md says how a scenario has them.")
      }
      try output.write(GateCheck.text(of: results, as: output.format))
      if results.contains(where: { !$0.passed }) {
        throw ExitCode(ExitStatus.gateFailed.rawValue)
      }
    }
  }
}
