import Foundation
import Testing

@Suite struct StudyCheckTests {
  /// Runs a study with one gate and gives its directory to the body.
  private func withStudy(gate: String, _ body: (URL) throws -> Void) throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(StudyScenario.text(gate: gate), to: "tiny.yml").path
    let out = folder.url.appending(path: "out")
    let run = try CommandRunner.run(["study", "run", scenario, "--out", out.path, "--quiet"])
    #expect(run.status == 0)
    try body(out)
  }

  @Test func aStudyWhoseGatesPassIsFine() throws {
    try withStudy(gate: "[0, 1]") { out in
      let check = try CommandRunner.run(["study", "check", out.path])
      #expect(check.status == 0)
      #expect(check.output.contains("passed"))
      #expect(check.output.hasSuffix("1 of 1 gates passed.\n"))
      #expect(check.error.isEmpty)
    }
  }

  @Test func aGateThatFailsEndsWithStatusOne() throws {
    // No coverage is below a thousandth here.
    try withStudy(gate: "[0, 0.001]") { out in
      let check = try CommandRunner.run(["study", "check", out.path])
      #expect(check.status == 1)
      #expect(check.output.contains("failed"))
      #expect(check.output.hasSuffix("0 of 1 gates passed.\n"))
    }
  }

  @Test func otherProgramsReadTheResultFromAFile() throws {
    try withStudy(gate: "[0, 0.001]") { out in
      let file = out.appending(path: "check.xml")
      let check = try CommandRunner.run(
        ["study", "check", out.path, "--format", "junit", "--out", file.path])
      #expect(check.status == 1)
      #expect(check.output.isEmpty)
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains(#"<testsuites name="gates" tests="1" failures="1">"#))
      #expect(text.contains(#"<testcase classname="tiny.structured" name="x coverage"><failure"#))
      struct Read: Decodable { let passed: Bool }
      let json = try CommandRunner.run(["study", "check", out.path, "--format", "json"])
      #expect(json.status == 1)
      #expect(try !json.decoded(as: Read.self).passed)
      let nowhere = try CommandRunner.run(
        ["study", "check", out.path, "--out", out.path + "/none/check.md"])
      #expect(nowhere.status == 74)
    }
  }

  @Test func aGateWithoutANumberDoesNotPass() throws {
    try withStudy(gate: "[0, 1]") { out in
      let file = out.appending(path: "measures.csv")
      let lines = try String(contentsOf: file, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
      let isGated = { (line: Substring) in line.hasPrefix("tiny,structured,x,coverage,") }
      #expect(lines.count(where: isGated) == 1)
      for replacement in [[], ["tiny,structured,x,coverage,,,0.3,30,30,0"]] as [[Substring]] {
        let edited = lines.flatMap { isGated($0) ? replacement : [$0] }.joined(separator: "\n")
        try Data(edited.utf8).write(to: file)
        let check = try CommandRunner.run(["study", "check", out.path])
        #expect(check.status == 1)
        #expect(check.output.contains("missing"))
      }
    }
  }

  @Test func aStudyWithoutGatesIsNothingToCheck() throws {
    let folder = try TemporaryFolder()
    let text = StudyScenario.text()
    let gates = try #require(text.range(of: "gates:"))
    let scenario = try folder.write(String(text[..<gates.lowerBound]), to: "tiny.yml").path
    let out = folder.url.appending(path: "out")
    #expect(try CommandRunner.run(["study", "run", scenario, "--out", out.path]).status == 0)
    let check = try CommandRunner.run(["study", "check", out.path])
    #expect(check.status == 65)
    #expect(check.output.isEmpty)
    #expect(
      check.error.contains(
        "There is nothing to check in '\(out.path)': no scenario of this study had gates when it "
          + "was run."
      ))
  }

  @Test func aDirectoryThatIsNoStudyIsSaidSo() throws {
    try withStudy(gate: "[0, 1]") { out in
      let none = try CommandRunner.run(["study", "check", out.path + "/none"])
      #expect(none.status == 66)
      #expect(none.error.contains("There is no file"))
      try Data("not JSON".utf8).write(to: out.appending(path: "manifest.json"))
      let bad = try CommandRunner.run(["study", "check", out.path])
      #expect(bad.status == 65)
      #expect(bad.error.contains("manifest.json"))
    }
  }
}
