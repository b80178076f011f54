import Foundation
import Testing

/// What the README shows is what the program prints.
@Suite struct ReadmeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The indented block that holds `marker`: the command up to the first empty line, and what follows it.
  private func example(_ marker: String) throws -> (command: String, output: String) {
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = readme.components(separatedBy: "\n")
    let found = try #require(
      lines.firstIndex { $0.hasPrefix("    ") && $0.contains(marker) }, "no example has \(marker)")
    let belongs = { (line: String) in line.isEmpty || line.hasPrefix("    ") }
    let start = lines[..<found].lastIndex { !belongs($0) }.map { $0 + 1 } ?? 0
    let end = lines[found...].firstIndex { !belongs($0) } ?? lines.count
    let block = lines[start..<end].drop(while: \.isEmpty).map { String($0.dropFirst(4)) }
    let empty = try #require(block.firstIndex(of: ""))
    return (
      block[..<empty].joined(separator: "\n"), block[empty...].joined(separator: "\n")
    )
  }

  private func run(_ command: String) throws -> CommandRunner.Result {
    let folder = CommandRunner.executable.deletingLastPathComponent().path
    return try CommandRunner.run(
      ["-c", "PATH=\"\(folder):$PATH\"\n\(command)"],
      executable: URL(fileURLWithPath: "/bin/sh"), folder: Self.root)
  }

  /// The words and numbers of a text, without what is between them.
  private func tokens(_ text: String) -> [String] {
    text.split { " \n,[](){}\"".contains($0) }.map(String.init)
  }

  @Test(arguments: [
    "fit Tests/PoissonGLMMTests", "predict Tests/PoissonGLMMTests", "\"groups\": [[1]",
  ])
  func examplesAreWhatIsPrinted(marker: String) throws {
    let (command, output) = try example(marker)
    let run = try run(command)
    #expect(run.status == 0, "\(run.error)")
    // The time of the fit is another every time.
    let isTime = { (line: Substring) in line.contains("optimization") }
    let shown = tokens(output.split(separator: "\n").filter { !isTime($0) }.joined(separator: "\n"))
    let printed = tokens(
      run.output.split(separator: "\n").filter { !isTime($0) }.joined(separator: "\n"))
    #expect(shown.count > 20)
    #expect(shown.count == printed.count)
    for (shown, printed) in zip(shown, printed) {
      if let expected = Double(shown), let number = Double(printed) {
        // As printed, but for the last digits where another C library gives another logarithm.
        #expect(
          (number - expected).magnitude <= 1e-9 * expected.magnitude, "\(printed), not \(shown)")
      } else {
        #expect(shown == printed)
      }
    }
  }

  @Test func theNumberOfIterationsIsTheOneShown() throws {
    let (command, output) = try example("fit Tests/PoissonGLMMTests")
    let iterations = { (text: String) in
      text.firstMatch(of: /converged after (\d+) iterations/)?.1
    }
    #expect(try iterations(run(command).output) == iterations(output))
    #expect(iterations(output) != nil)
  }
}
