import ArgumentParser
import Foundation
import ServeArguments

/// Becomes the server, which is a program of its own, so that those who do not serve need neither
/// fetch nor compile it.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "The calculator as a page in the browser, and as an API.",
    discussion: ServeArguments.discussion)

  private static let server = "glmm-poisson-server"

  @OptionGroup var arguments: ServeArguments

  func run() throws {
    try reportingFailures {
      // The parser has found the words in order; the server reads them as this command does.
      let words = CommandLine.arguments.drop { $0 != "serve" }.dropFirst()
      let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
      guard let path = folder?.appendingPathComponent(Self.server).path,
        FileManager.default.isExecutableFile(atPath: path)
      else {
        throw CommandFailure(
          .noSuchFile,
          "The server is a program of its own, \(Self.server), which is not beside this one; 'make "
            + "server' builds it, and 'make install' then installs it.")
      }
      var pointers = ([path] + words).map { strdup($0) } + [nil]
      defer { for pointer in pointers { free(pointer) } }
      // Returns only if it fails.
      execv(path, &pointers)
      throw CommandFailure(
        .inputOutput, "Cannot start \(path): \(String(cString: strerror(errno))).")
    }
  }
}
