import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study check`: the gates of a study's scenarios on its measures.
struct StudyCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Judge a study by the gates of its scenarios.",
    discussion: """
      Reads manifest.json and measures.csv of the directory and prints one line for each gate. A gate \
      whose number is missing does not pass. The exit status is 1 if a gate does not pass.
      """)

  @Argument(help: "A directory that 'study run' has written.", completion: .directory)
  var directory: String

  mutating func run() throws {
    try reportingFailures {
      let results = try GateCheck.evaluate(
        directory: URL(fileURLWithPath: directory, isDirectory: true))
      guard !results.isEmpty else {
        try StandardOutput.write("The scenarios of this study have no gates.\n")
        return
      }
      let passed = results.count { $0.passed }
      try StandardOutput.write(
        GateCheck.table(results) + "\n\n\(passed) of \(results.count) gates passed.\n")
      if passed < results.count { throw ExitCode(ExitStatus.gateFailed.rawValue) }
    }
  }
}
