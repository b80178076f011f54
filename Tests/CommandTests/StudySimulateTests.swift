import Foundation
import Testing

@Suite struct StudySimulateTests {
  @Test func aReplicateIsWrittenAsCSV() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    let first = try CommandRunner.run(["simulate", scenario, "--out", "-"])
    #expect(first.status == 0)
    #expect(first.error.isEmpty)
    let lines = first.output.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.count == 31)
    #expect(lines[0] == ["y", "x", "group", "exposure"])
    #expect(lines.dropFirst().map { $0[2] } == (0..<30).map { "\($0 / 5 + 1)" })
    for line in lines.dropFirst() {
      #expect(line.allSatisfy { Double($0)?.isFinite == true })
      // The shortest digits that give the same double: written again, they are the same.
      #expect(Double(line[1]).map { "\($0)" } == String(line[1]))
    }

    let file = folder.url.appending(path: "data.csv")
    let written = try CommandRunner.run(
      ["simulate", scenario, "--replicate", "0", "--out", file.path])
    #expect(written.status == 0)
    #expect(written.output.isEmpty)
    #expect(try String(contentsOf: file, encoding: .utf8) == first.output)

    let other = try CommandRunner.run(["simulate", scenario, "--replicate", "1", "--out", "-"])
    #expect(other.output != first.output)
  }

  /// Simulated data are read back and fitted by `fit`, and given to a study as they are written.
  @Test func theSameDataGiveTheSameEstimateInAStudyAndInAFit() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    let data = folder.url.appending(path: "data.csv").path
    _ = try CommandRunner.run(["simulate", scenario, "--replicate", "4", "--out", data])
    let given = """
      name: given
      data:
        table:
      \(try columns(of: data))
        fixed: [Intercept, x]
        random: [Intercept]
      methods: [{name: structured, approximation: structured}]
      """
    let out = folder.url.appending(path: "out")
    let study = try CommandRunner.run(
      ["study", "run", try folder.write(given, to: "given.yml").path, "--out", out.path])
    #expect(study.status == 0, "\(study.error)")
    let fit = try CommandRunner.run(
      [
        "fit", data, "--formula", "y ~ x + (1 | group) + offset(log(exposure))",
        "--approximation", "structured", "--format", "csv",
      ])
    #expect(fit.status == 0, "\(fit.error)")
    let estimate = try #require(
      try String(contentsOf: out.appending(path: "measures.csv"), encoding: .utf8)
        .split(separator: "\n").first { $0.hasPrefix("given,structured,x,estimate,") }?
        .split(separator: ",")[4])
    #expect(fit.output.contains("fixed,,x,\(estimate),"), "\(estimate): \(fit.output)")
  }

  /// The columns of a CSV file as lines of a scenario's table.
  private func columns(of file: String) throws -> String {
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",") }
    return lines[0].indices.map { column in
      "    \(lines[0][column]): [\(lines.dropFirst().map { $0[column] }.joined(separator: ", "))]"
    }.joined(separator: "\n")
  }

  #if os(Linux)
    /// The system opens this file and refuses to read its first page.
    @Test func aFileThatCannotBeRead() throws {
      let run = try CommandRunner.run(["simulate", "/proc/self/mem", "--out", "-"])
      #expect(run.status == 74)
      #expect(run.error == "glmm-poisson: /proc/self/mem: the file cannot be read.\n")
    }
  #endif

  @Test func whatIsWrongIsSaidWithItsStatus() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(StudyScenario.text(), to: "tiny.yml").path
    let text = StudyScenario.text()
    let huge = try folder.write(
      text.replacingOccurrences(of: "Intercept: 0.5, x", with: "Intercept: 99, x"), to: "huge.yml"
    ).path
    let nowhere = folder.url.path + "/none"
    for (arguments, status, message) in [
      ([huge, "--out", "-"], 65, "counts too large: row 1 has a mean beyond 1e15"),
      ([nowhere, "--out", "-"], 66, "there is no such file"),
      ([folder.url.path, "--out", "-"], 66, "expected a file, found a folder"),
      ([good, "--out", folder.url.path + "/./tiny.yml"], 64, "--out would overwrite the scenario"),
      ([good, "--out", nowhere + "/data.csv"], 74, "Cannot write"),
      ([good, "--replicate=-1", "--out", "-"], 64, "--replicate is a whole number from 0."),
      ([good], 64, "Missing expected argument '--out <file>'"),
    ] {
      let run = try CommandRunner.run(["simulate"] + arguments)
      #expect(run.status == Int32(status), "\(arguments)")
      #expect(run.error.contains(message), "\(run.error)")
      #expect(run.output.isEmpty)
    }
    #expect(try String(contentsOfFile: good, encoding: .utf8) == text)
  }
}
