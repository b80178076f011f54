import Foundation
import Testing

/// What a run of the built executable `glmm-poisson` printed, and how it ended.
struct CommandOutcome: Sendable {
  let standardOutput: String
  let standardError: String
  /// The exit status; nil if a signal ended the process.
  let exitStatus: Int32?
}

/// The executable `glmm-poisson` that was built together with the tests.
enum BuiltCommand {
  /// Runs it to its end.
  ///
  /// Input and output go through files, so that no side waits for the other to empty a pipe.
  static func run(_ arguments: [String], standardInput: Data = Data()) throws -> CommandOutcome {
    try withTemporaryDirectory { directory in
      let input = directory.appending(path: "input")
      let output = directory.appending(path: "output")
      let error = directory.appending(path: "error")
      try standardInput.write(to: input)
      try Data().write(to: output)
      try Data().write(to: error)

      let process = Process()
      process.executableURL = try #require(Bundle.main.executableURL)
        .deletingLastPathComponent().appending(path: "glmm-poisson")
      process.arguments = arguments
      process.standardInput = try FileHandle(forReadingFrom: input)
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: error)
      try process.run()
      process.waitUntilExit()

      return CommandOutcome(
        standardOutput: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        standardError: String(decoding: try Data(contentsOf: error), as: UTF8.self),
        exitStatus: process.terminationReason == .exit ? process.terminationStatus : nil)
    }
  }

  /// Gives the body an empty directory and removes it afterwards.
  static func withTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
  }
}
