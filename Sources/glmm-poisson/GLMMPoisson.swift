import ArgumentParser
import CSourceCommit
import PoissonGLMM

/// The command `glmm-poisson`.
@main
struct GLMMPoisson: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glmm-poisson",
    abstract: "Poisson generalized linear mixed models by variational Bayes.",
    version: versionText(commit: String(cString: source_commit())),
    subcommands: [
      Fit.self, Predict.self, Compare.self, Call.self, Serve.self, Simulate.self, Study.self,
    ])

  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try parseAsRoot(words)
      try command.run()
    } catch {
      guard exitCode(for: error) == .validationFailure,
        let sentence = UnknownSubcommand.sentence(words, of: self)
      else { exit(withError: error) }
      // ArgumentParser's sentence, `Error: Unexpected argument 'fti'`, is in the first line; how
      // the command is used follows.
      let usage = fullMessage(for: error).drop { !$0.isNewline }
      StandardError.write("Error: \(sentence)\(usage)\n")
      exit(withError: ExitCode(ExitStatus.wrongUsage.rawValue))
    }
  }
}

/// The version with the commit that the program was built from, if it is known.
func versionText(commit: String) -> String {
  commit.isEmpty ? packageVersion : "\(packageVersion) (commit \(commit))"
}
