import Foundation

/// Runs the executable that is built beside the tests.
enum CommandRunner {
  struct Result {
    let status: Int32
    let output: String
    let error: String
  }

  /// `glmm-poisson`, or another program, with `arguments`, given `input` on standard input.
  static func run(
    _ arguments: [String], input: String = "", executable: URL = executable
  ) throws -> Result {
    let folder = try TemporaryFolder()
    let inputFile = try folder.write(input, to: "input")
    let outputFile = try folder.write("", to: "output")
    let errorFile = try folder.write("", to: "error")
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    // Files, because a full pipe would stop the command until somebody reads it.
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOf: outputFile, encoding: .utf8),
      error: try String(contentsOf: errorFile, encoding: .utf8))
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
