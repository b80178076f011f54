import CGLMMPoisson
import Foundation
import Testing

/// The C library as programs in C meet it, and beside the command.
@Suite struct LibraryTests {
  private static let faces = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Faces")
  private static let header = faces.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/CGLMMPoisson")

  /// The requests, good and bad, that all faces are to answer alike.
  private static func requests() throws -> [String] {
    try String(contentsOf: faces.appendingPathComponent("requests.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(String.self, from: Data($0.utf8)) }
  }

  @Test func theLibraryAnswersAsTheCommandDoes() throws {
    var tables = 0
    let requests = try Self.requests()
    #expect(requests.count == 200)
    for request in requests {
      let printed = try CommandRunner.run(["call", "--quiet"], input: request)
      // A macro cannot hold the name of a module.
      let given = CGLMMPoisson.call(request)
      let answer = try #require(given)
      defer { freeText(answer) }
      #expect(String(cString: answer) == printed.output, "\(request)")
      #expect(printed.status == (printed.output.hasPrefix("[") ? 0 : 65))
      tables += printed.status == 0 ? 1 : 0
    }
    #expect(tables == 100)
  }

  /// Compiled with all warnings as errors by a C compiler: the header is C. Then what
  /// `library_test.c` has, and requests with bytes changed, against the library of this build.
  @Test func programsInCFindWhatTheHeaderSays() throws {
    let folder = try TemporaryFolder()
    let program = folder.url.appendingPathComponent("library_test").path
    let library = CommandRunner.executable.deletingLastPathComponent().path
    try expectSuccess([
      "gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I\(Self.header.path)",
      Self.faces.appendingPathComponent("library_test.c").path, "-L\(library)", "-lglmmpoisson",
      "-Wl,--unresolved-symbols=ignore-in-shared-libs", "-lm", "-lpthread", "-o", program,
    ])
    let plain = try Self.requests().map { $0.replacing("\n", with: " ") + "\n" }.joined()
    let requests = try folder.write(plain, to: "requests.txt")
    let paths = "LD_LIBRARY_PATH=\(library):\(try Self.swiftLibraries())"
    try expectSuccess([paths, program])
    try expectSuccess([paths, program, "mutate", "2000", requests.path])
  }

  /// Where this process has Swift's own libraries from.
  private static func swiftLibraries() throws -> String {
    // A file of /proc says that it is empty, and has to be read to its end.
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
    let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    let line = try #require(maps.split(separator: "\n").first { $0.contains("/libswiftCore.so") })
    let path = try #require(line.split(separator: " ").last)
    return URL(fileURLWithPath: String(path)).deletingLastPathComponent().path
  }

  private func expectSuccess(_ command: [String]) throws {
    let run = try CommandRunner.run(command, executable: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(run.status == 0, "\(command.joined(separator: " "))\n\(run.output)\(run.error)")
    #expect(run.error == "", "the library writes nothing to standard error")
  }
}
