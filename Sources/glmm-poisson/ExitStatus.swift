import ArgumentParser
import Foundation
import PoissonGLMM

/// The exit statuses of the command, named as in `sysexits.h` where that has a name.
enum ExitStatus: Int32, Sendable, CaseIterable {
  case done = 0
  /// A gate of a study failed, or a regression was found.
  case gateFailed = 1
  /// Arguments that make no sense; ArgumentParser's own validation exits with the same status.
  case wrongUsage = 64
  /// Data or a scenario that cannot be used as it stands.
  case badData = 65
  /// An input file that does not exist or cannot be opened.
  case noSuchFile = 66
  /// A bug of ours.
  case internalError = 70
  /// Reading or writing failed half-way.
  case inputOutput = 74
  /// Interrupted by the user or the system; the work can be resumed.
  case interrupted = 75
}

/// An error with the exit status that it leads to.
///
/// Errors of the libraries conform by an extension in the file of the command that meets them;
/// every other error counts as a bug of ours. `description` is one sentence for people.
protocol CommandError: Error, CustomStringConvertible {
  var exitStatus: ExitStatus { get }
}

/// An exit status and one sentence that says what, where, and what was expected.
struct CommandFailure: CommandError, Equatable {
  let exitStatus: ExitStatus
  let description: String

  init(_ exitStatus: ExitStatus, _ description: String) {
    self.exitStatus = exitStatus
    self.description = description
  }
}

extension ModelError: CommandError {
  var exitStatus: ExitStatus { .badData }
}

extension FitError: CommandError {
  var exitStatus: ExitStatus { .badData }
}

/// Runs the body of a subcommand. An error is printed on standard error as `glmm-poisson: SENTENCE`
/// and ends the process with the error's exit status.
///
/// ArgumentParser's own errors (usage, help, exit codes) pass through untouched.
func reportingFailures(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as ExitCode {
    throw error
  } catch let error as CleanExit {
    throw error
  } catch let error as ValidationError {
    throw error
  } catch {
    let failure = commandFailure(for: error)
    StandardError.write("glmm-poisson: \(failure.description)\n")
    throw ExitCode(failure.exitStatus.rawValue)
  }
}

/// The exit status and sentence for any error.
func commandFailure(for error: any Error) -> CommandFailure {
  if let error = error as? any CommandError {
    return CommandFailure(error.exitStatus, error.description)
  }
  if let error = error as? CocoaError {
    let path = error.filePath.map { " '\($0)'" } ?? ""
    if error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      return CommandFailure(.noSuchFile, "There is no file\(path).")
    }
    return CommandFailure(
      .inputOutput, "Reading or writing\(path) failed: \(error.localizedDescription)")
  }
  if let error = error as? POSIXError {
    return CommandFailure(
      .inputOutput, "Reading or writing failed: \(String(cString: strerror(error.code.rawValue))).")
  }
  return CommandFailure(.internalError, "Unexpected error: \(error)")
}
