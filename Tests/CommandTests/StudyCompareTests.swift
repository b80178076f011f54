import Foundation
import GRDB
import SimulationStudy
import Testing

@Suite struct StudyCompareTests {
  /// Two runs of tests beside other tests say nothing on time.
  private let timeless = "time: {single: 1000000}"

  private func compare(
    _ folder: StudyFolder, _ baseline: URL, _ current: URL, _ options: [String] = []
  ) throws -> CommandRunner.Result {
    let thresholds = try folder.folder.write(timeless, to: "thresholds.yml")
    return try CommandRunner.run(
      ["study", "compare", baseline.path, current.path, "--thresholds", thresholds.path] + options)
  }

  @Test func theHelpSaysWhatEachRuleFinds() throws {
    let help = try CommandRunner.run(["study", "compare", "--help"]).output
    for rule in ComparisonRule.allCases {
      #expect(help.contains("\n  \(rule.rawValue) "), "\(rule)")
    }
  }

  @Test func twoRunsOfOneProgramAreEqual() throws {
    let study = try StudyFolder()
    let again = study.folder.url.appending(path: "again")
    let baseline = study.folder.url.appending(path: "baseline")
    #expect(try study.run().status == 0)
    #expect(try study.run(["--workers", "1"], out: again).status == 0)
    let accepted = try CommandRunner.run(
      ["study", "baseline", study.out.path, "--out", baseline.path])
    #expect(accepted.status == 0, "\(accepted.error)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: baseline.path).sorted()
        == ["baseline.json", "first.csv", "second.csv"])
    for old in [study.out, baseline] {
      let result = try compare(
        study, old, again, ["--baseline-again", study.out.path, "--current-again", again.path])
      #expect(result.status == 0, "\(result.output)\(result.error)")
      #expect(
        result.runningOutput.contains(
          "No regression: the same. 120 fits of 2 scenarios were compared")
      )
    }
  }

  @Test func aRegressionEndsWithStatusOneAndCanBeReplayed() throws {
    let study = try StudyFolder()
    let baseline = study.folder.url.appending(path: "baseline")
    #expect(try study.run().status == 0)
    #expect(
      try CommandRunner.run(["study", "baseline", study.out.path, "--out", baseline.path]).status
        == 0)
    let database = try DatabaseQueue(path: study.out.appending(path: "results.sqlite").path)
    try database.write {
      try $0.execute(
        sql: "UPDATE fits SET iterations = 2 * iterations WHERE method = 0; DELETE FROM checksums")
    }
    try database.close()
    let result = try compare(study, baseline, study.out)
    #expect(result.status == 1)
    #expect(result.runningOutput.contains("2 regressions: iterations (2)."))
    let command = try #require(
      result.output.split(separator: "\n").first { $0.hasPrefix("  glmm-poisson study replay") })
    let words = command.split(separator: " ").dropFirst().map(String.init)
    // The tampered number of iterations is not what the program gives.
    #expect(try CommandRunner.run(words).status == 1)
  }

  /// Each fit takes an iteration more, which is allowed, and said.
  @Test func otherProgramsReadTheVerdict() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    struct Read: Decodable { let verdict: String }
    let same = try compare(study, study.out, study.out, ["--format", "json"])
    #expect(same.status == 0)
    #expect(try same.decoded(as: Read.self).verdict == "same")
    let again = study.folder.url.appending(path: "again")
    #expect(try study.run(out: again).status == 0)
    let database = try DatabaseQueue(path: again.appending(path: "results.sqlite").path)
    try database.write {
      try $0.execute(sql: "UPDATE fits SET iterations = iterations + 1; DELETE FROM checksums")
    }
    try database.close()
    let file = study.folder.url.appending(path: "compare.md")
    let changed = try compare(
      study, study.out, again, ["--format", "markdown", "--out", file.path])
    #expect(changed.status == 0)
    #expect(changed.output.isEmpty)
    #expect(
      try String(contentsOf: file, encoding: .utf8).contains(
        "**No regression: changed, within tolerance.** 120 fits of 2 scenarios were compared"))
    let junit = try compare(study, study.out, again, ["--format", "junit"])
    #expect(junit.output.contains(#"tests="32" failures="0""#))
  }

  /// The estimates are the same: that the data were others is known from the baseline alone.
  @Test func aBaselineOfOtherDataIsNotComparedWith() throws {
    let study = try StudyFolder()
    let baseline = study.folder.url.appending(path: "baseline")
    #expect(try study.run().status == 0)
    #expect(
      try CommandRunner.run(["study", "baseline", study.out.path, "--out", baseline.path]).status
        == 0)
    let header = baseline.appending(path: "baseline.json")
    let text = try String(contentsOf: header, encoding: .utf8)
    let fingerprint = /"fingerprint" : "[0-9a-f]{16}"/
    #expect(text.matches(of: fingerprint).count == 2)
    try text.replacing(fingerprint, with: "\"fingerprint\" : \"0123456789abcdef\"")
      .write(to: header, atomically: true, encoding: .utf8)
    let result = try compare(study, baseline, study.out)
    #expect(result.status == 1)
    #expect(result.runningOutput.contains("2 regressions: stream (2)."))
    #expect(
      result.runningOutput.contains(" instead of 0123456789abcdef): nothing else of this scenario"))
    try text.replacing(fingerprint, with: "\"fingerprint\" : \"none\"")
      .write(to: header, atomically: true, encoding: .utf8)
    #expect(try compare(study, baseline, study.out).status == 65)
  }

  @Test func replicatesOfOneSideAreSaidOrAnError() throws {
    let study = try StudyFolder()
    let few = study.folder.url.appending(path: "few")
    let baseline = study.folder.url.appending(path: "baseline")
    #expect(try study.run().status == 0)
    #expect(try study.run(["--replicates", "10"], out: few).status == 0)
    let more = try compare(study, few, study.out)
    #expect(more.status == 0)
    #expect(
      more.runningOutput.contains(
        "40 fits of 2 scenarios were compared, replicate by replicate. 40 replicates of 2 "
          + "scenarios, which only "
          + "\(study.out.path) has, were not."))
    #expect(
      try CommandRunner.run(["study", "baseline", study.out.path, "--out", baseline.path]).status
        == 0)
    let file = baseline.appending(path: "first.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    try Data(lines.filter { !$0.hasPrefix("structured,7,") }.joined(separator: "\n").utf8)
      .write(to: file)
    let damaged = try compare(study, baseline, study.out)
    #expect(damaged.status == 65)
    #expect(
      damaged.error.hasSuffix(
        "first.csv: replicate 7 of method 'structured' is missing; the baseline has those from 0 "
          + "to 29.\n"
      ))
  }

  @Test func whatCannotBeComparedIsSaidSo() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    let fewer = study.folder.url.appending(path: "fewer")
    #expect(try study.run(["--replicates", "10"], out: fewer).status == 0)
    let lacking = try compare(study, study.out, fewer)
    #expect(lacking.status == 65)
    #expect(lacking.error.contains("lacks 20 replicates of scenario 'first'"))
    let missing = try compare(study, study.folder.url.appending(path: "none"), study.out)
    #expect(missing.status == 66)
    #expect(missing.error.contains("There is nothing to compare in"))
    let other = try StudyFolder(limit: 1)
    #expect(try other.run().status == 0)
    let changed = try compare(study, study.out, other.out)
    #expect(changed.status == 65)
    #expect(changed.error.contains("methods.mean-field.maximum_iterations is 1 and was 100"))
    let bad = try study.folder.write("time: {ratio: slow}", to: "bad.yml")
    let unread = try CommandRunner.run(
      ["study", "compare", study.out.path, study.out.path, "--thresholds", bad.path])
    #expect(unread.status == 65)
    #expect(unread.error.contains("bad.yml:1:"))
  }
}
