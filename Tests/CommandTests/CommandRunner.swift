import Foundation

/// Runs the executable that is built beside the tests.
enum CommandRunner {
  struct Result {
    /// Standard output with every line break and run of spaces as one space.
    var runningOutput: String {
      output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    let status: Int32
    let output: String
    let error: String

    /// The output as JSON, whose keys are the names of properties in snake case.
    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: Data(output.utf8))
    }
  }

  /// `glmm-poisson`, or another program, with `arguments`, given `input` on standard input.
  static func run(
    _ arguments: [String], input: String = "", executable: URL = executable, folder: URL? = nil
  ) throws -> Result {
    try RunningCommand(arguments, input: input, executable: executable, folder: folder).wait()
  }

  /// A file of the reference data.
  static func reference(_ file: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("PoissonGLMMTests/Reference/\(file)")
  }

  /// SwiftPM puts the test bundle and the executable into one folder; a bundle that is itself a
  /// folder (macOS) is the parent of the program that runs.
  static var executable: URL {
    var folder = Bundle.main.bundleURL
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    return folder.appendingPathComponent("glmm-poisson")
  }
}

/// A command that has been started.
final class RunningCommand {
  private let files: TemporaryFolder
  private let outputFile: URL
  private let errorFile: URL
  private let process = Process()

  /// - Parameter folder: the command's working directory.
  init(
    _ arguments: [String], input: String = "", executable: URL = CommandRunner.executable,
    folder: URL? = nil
  ) throws {
    files = try TemporaryFolder()
    let inputFile = try files.write(input, to: "input")
    outputFile = try files.write("", to: "output")
    errorFile = try files.write("", to: "error")
    process.executableURL = executable
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = folder }
    // Files, because a full pipe would stop the command until somebody reads it.
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  func send(signal number: Int32) { kill(process.processIdentifier, number) }

  func wait() throws -> CommandRunner.Result {
    process.waitUntilExit()
    return CommandRunner.Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOf: outputFile, encoding: .utf8),
      error: try String(contentsOf: errorFile, encoding: .utf8))
  }
}

/// A folder that goes away with the last reference to it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "glmm-poisson-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  /// Writes a file of the folder.
  @discardableResult func write(_ text: String, to name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file
  }
}
