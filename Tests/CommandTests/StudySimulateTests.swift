import Foundation
import Testing

@Suite struct StudySimulateTests {
  @Test func aReplicateIsWrittenAsCSV() throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let scenario = try StudyScenario.write(to: directory)
      let first = try BuiltCommand.run(["simulate", scenario, "--out", "-"])
      #expect(first.exitStatus == 0)
      #expect(first.standardError.isEmpty)
      let lines = first.standardOutput.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(lines.count == 31)
      #expect(lines[0] == ["y", "x", "group", "exposure"])
      #expect(lines.dropFirst().map { $0[2] } == (0..<30).map { "\($0 / 5 + 1)" })
      for line in lines.dropFirst() {
        #expect(line.allSatisfy { Double($0)?.isFinite == true })
        // The shortest digits that give the same double: written again, they are the same.
        #expect(Double(line[1]).map { "\($0)" } == String(line[1]))
      }

      let file = directory.appending(path: "data.csv")
      let written = try BuiltCommand.run(
        ["simulate", scenario, "--replicate", "0", "--out", file.path])
      #expect(written.exitStatus == 0)
      #expect(written.standardOutput.isEmpty)
      #expect(String(decoding: try Data(contentsOf: file), as: UTF8.self) == first.standardOutput)

      let other = try BuiltCommand.run(["simulate", scenario, "--replicate", "1", "--out", "-"])
      #expect(other.standardOutput != first.standardOutput)
    }
  }

  @Test func whatIsWrongIsSaidWithItsStatus() throws {
    try BuiltCommand.withTemporaryDirectory { directory in
      let good = try StudyScenario.write(to: directory)
      let huge = try StudyScenario.write(
        StudyScenario.text().replacingOccurrences(
          of: "Intercept: 0.5, x", with: "Intercept: 99, x"),
        to: directory, name: "huge.yml")
      for (arguments, status, message) in [
        ([huge, "--out", "-"], 65, "counts too large: row 1 has the mean"),
        ([directory.path + "/none.yml", "--out", "-"], 66, "there is no such file"),
        ([good, "--out", directory.path + "/none/data.csv"], 74, "Cannot write"),
        ([good, "--replicate=-1", "--out", "-"], 64, "--replicate is a whole number from 0."),
        ([good], 64, "Missing expected argument '--out <file>'"),
      ] {
        let run = try BuiltCommand.run(["simulate"] + arguments)
        #expect(run.exitStatus == Int32(status), "\(arguments)")
        #expect(run.standardError.contains(message), "\(run.standardError)")
        #expect(run.standardOutput.isEmpty)
      }
    }
  }
}
