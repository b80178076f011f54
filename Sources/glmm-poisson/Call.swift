import ArgumentParser
import Foundation
import PoissonGLMM

struct Call: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "The documented spreadsheet function GLMM_POISSON, as JSON.",
    discussion: """
      The request is a JSON object with the lists of rows "y", "x" and "groups" and, optionally, \
      "x_random" (null), "fit_intercept" (true), "alpha" (0.05) and "approximation" \
      ("\(FitOptions().approximation.rawValue)"); a bare number stands for a list of one row and \
      column. For example:

        {"y": [[2], [3]], "x": [[1], [2]], "groups": [[1], [1]]}

      The answer on standard output is a JSON list of rows of nine cells. For a request that \
      cannot be answered it is a JSON string that says why, and the exit status is 65.

      With "result" a request asks for other rows: "warnings", "groups" (the effect of each group) \
      or "predictions" (of the rows "new_x" and, optionally, "new_groups" and "new_x_random"). \
      With "spreadsheet": true the arguments are read as a spreadsheet means them: null is an \
      argument left out, empty rows at the end are dropped, 1 and 0 are true and false for \
      "fit_intercept", and a single value in the place of "x_random" is "alpha" or \
      "fit_intercept".
      """)

  @Argument(
    help: "The file with the request; standard input without it.", completion: .file())
  var request: String?

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func run() throws {
    try reportingFailures {
      let (answer, warnings) = glmmPoisson(json: try bytesOfRequest())
      try StandardOutput.write(CallAnswer(answer).text)
      if !quiet {
        StandardError.warn(warnings)
      }
      if case .error = answer { throw ExitCode(ExitStatus.badData.rawValue) }
    }
  }

  private func bytesOfRequest() throws -> [UInt8] {
    let input: FileHandle
    if let request {
      guard !isDirectory(request) else {
        throw CommandFailure(.noSuchFile, "\(request): expected a file, found a directory")
      }
      guard let file = FileHandle(forReadingAtPath: request) else {
        throw CommandFailure(
          .noSuchFile, "\(request): there is no such file, or it cannot be read")
      }
      input = file
    } else {
      input = .standardInput
    }
    do {
      return [UInt8](try input.readToEnd() ?? Data())
    } catch {
      throw CommandFailure(
        .inputOutput, "Cannot read \(request.map { "'\($0)'" } ?? "standard input").")
    }
  }
}
