import ArgumentParser
import CalculatorAPI
import ServeArguments

/// The command `glmm-poisson-server`, which `glmm-poisson serve` becomes.
@main
struct ServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glmm-poisson-server", abstract: "The calculator as a page, and as an API.",
    discussion: ServeArguments.discussion, version: ServerVersion.text)

  @OptionGroup var arguments: ServeArguments

  func run() async throws {
    do {
      try await CalculatorServer(arguments).run()
    } catch let failure as ServerFailure {
      StandardError.say(failure.sentence)
      throw ExitCode(failure.exitStatus)
    }
  }
}

/// Why there is no server: one sentence, and the exit status of `sysexits.h`.
struct ServerFailure: Error {
  static let badData: Int32 = 65
  static let noSuchFile: Int32 = 66
  static let inputOutput: Int32 = 74

  let exitStatus: Int32
  let sentence: String
}
