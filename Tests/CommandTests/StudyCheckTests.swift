import Foundation
import Testing

@Suite struct StudyCheckTests {
  /// Runs a study with one gate and gives its directory to the body.
  private func withStudy(gate: String, _ body: (URL) throws -> Void) throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let scenario = try StudyScenario.write(StudyScenario.text(gate: gate), to: directory)
      let out = directory.appending(path: "out")
      let run = try BuiltCommand.run(["study", "run", scenario, "--out", out.path, "--quiet"])
      #expect(run.exitStatus == 0)
      try body(out)
    }
  }

  @Test func aStudyWhoseGatesPassIsFine() throws {
    try withStudy(gate: "[0, 1]") { out in
      let check = try BuiltCommand.run(["study", "check", out.path])
      #expect(check.exitStatus == 0)
      #expect(check.standardOutput.contains("passed"))
      #expect(check.standardOutput.hasSuffix("1 of 1 gates passed.\n"))
      #expect(check.standardError.isEmpty)
    }
  }

  @Test func aGateThatFailsEndsWithStatusOne() throws {
    // No coverage is below a thousandth here.
    try withStudy(gate: "[0, 0.001]") { out in
      let check = try BuiltCommand.run(["study", "check", out.path])
      #expect(check.exitStatus == 1)
      #expect(check.standardOutput.contains("**failed**"))
      #expect(check.standardOutput.hasSuffix("0 of 1 gates passed.\n"))
    }
  }

  @Test func aGateWithoutANumberDoesNotPass() throws {
    try withStudy(gate: "[0, 1]") { out in
      let file = out.appending(path: "measures.csv")
      let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false)
      let isGated = { (line: Substring) in line.hasPrefix("tiny,structured,x,coverage,") }
      #expect(lines.count(where: isGated) == 1)
      for replacement in [[], ["tiny,structured,x,coverage,,,0.3,30,30,0"]] as [[Substring]] {
        let edited = lines.flatMap { isGated($0) ? replacement : [$0] }.joined(separator: "\n")
        try Data(edited.utf8).write(to: file)
        let check = try BuiltCommand.run(["study", "check", out.path])
        #expect(check.exitStatus == 1)
        #expect(check.standardOutput.contains("**missing**"))
      }
    }
  }

  @Test func aDirectoryThatIsNoStudyIsSaidSo() throws {
    try withStudy(gate: "[0, 1]") { out in
      let none = try BuiltCommand.run(["study", "check", out.path + "/none"])
      #expect(none.exitStatus == 66)
      #expect(none.standardError.contains("There is no file"))
      try Data("not JSON".utf8).write(to: out.appending(path: "manifest.json"))
      let bad = try BuiltCommand.run(["study", "check", out.path])
      #expect(bad.exitStatus == 65)
      #expect(bad.standardError.contains("manifest.json"))
    }
  }
}
