import Foundation
import SimulationStudy
import Testing

/// The scripts around `study compare`, as far as nothing has to be built for it.
@Suite struct ComparisonScriptTests {
  private static let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardized

  /// Revisions and patches need git, and sources that came from it.
  private static let isRepository = FileManager.default.fileExists(
    atPath: root.appending(path: ".git").path)

  private func script(_ name: String, _ arguments: [String]) throws -> CommandRunner.Result {
    try CommandRunner.run(
      arguments, executable: Self.root.appending(path: "scripts/\(name)"), folder: Self.root)
  }

  @Test(.enabled(if: isRepository)) func wrongArgumentsAreSaidSoBeforeAnythingIsBuilt() throws {
    for (arguments, status, sentence) in [
      ([], 64, "Which revision to compare with? For example: make compare BASE=main\n"),
      ([""], 64, "Which revision to compare with? For example: make compare BASE=main\n"),
      (["no-such-revision"], 65, "'no-such-revision' is no revision of this repository.\n"),
      (["HEAD", "no-such-folder"], 66, "There are no scenarios 'no-such-folder'.\n"),
      (
        ["HEAD", "Scenarios/smoke", "many"], 64,
        "ROUNDS is a whole number from 1 to 999, not 'many'.\n"
      ),
    ] as [([String], Int32, String)] {
      let result = try script("compare-revisions", arguments)
      #expect(result.status == status)
      #expect(result.error == sentence)
      #expect(result.output.isEmpty)
    }
    let unknown = try script("prove-comparison", ["no-such-change"])
    #expect(unknown.status == 66)
    #expect(unknown.error == "There is no Tests/Planted/no-such-change.patch.\n")
  }

  /// What is to be planted has to be in the sources as they are, and every rule has something to
  /// catch.
  @Test(.enabled(if: isRepository)) func thePatchesFitTheSources() throws {
    let folder = Self.root.appending(path: "Tests/Planted")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".patch") }
    let rules = Set(ComparisonRule.allCases.map(\.rawValue))
    var planted: Set<String> = []
    for name in names {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let rule = try #require(text.firstMatch(of: /\nCaught by: (.+)\n/)?.output.1, "\(name)")
      // A change within tolerance is one that no rule objects to.
      if rule != "changed" {
        #expect(rules.contains(String(rule)), "\(name): \(rule)")
        planted.insert(String(rule))
      }
      let check = try CommandRunner.run(
        ["git", "apply", "--check", "Tests/Planted/\(name)"],
        executable: URL(fileURLWithPath: "/usr/bin/env"), folder: Self.root)
      #expect(check.status == 0, "\(check.error)")
    }
    #expect(planted == rules)
  }

  private func inTurn(
    _ base: URL, _ current: URL, _ scenarios: URL, _ rounds: Int, _ results: URL
  ) throws -> RunningCommand {
    try RunningCommand(
      [
        "GLMM_POISSON=\(CommandRunner.executable.path)", "perl", "-MPOSIX=:signal_h", "-e",
        // Children of a thread of the test's inherit that it takes no signals.
        "sigprocmask(SIG_UNBLOCK, POSIX::SigSet->new(SIGTERM)); exec @ARGV",
        Self.root.appending(path: "scripts/compare-in-turn").path, base.path, current.path,
        scenarios.path, String(rounds), results.path, "20",
      ], executable: URL(fileURLWithPath: "/usr/bin/env"))
  }

  @Test func aProgramIsEqualToItself() throws {
    let study = try StudyFolder()
    let results = study.folder.url.appending(path: "results")
    let program = CommandRunner.executable
    let result = try inTurn(program, program, study.scenarios, 2, results).wait()
    #expect(result.status == 0, "\(result.error)")
    #expect(
      result.output.contains("**No regression: the same.** 80 fits of 2 scenarios were compared"))
    // Two rounds are too few to find anything on time.
    #expect(result.output.contains("the median over 2 rounds"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: results.path).sorted()
        == ["base-1", "base-2", "comparison.md", "current-1", "current-2"])
  }

  @Test func whatIsInterruptedLeavesNothing() throws {
    let study = try StudyFolder()
    let results = study.folder.url.appending(path: "results")
    let started = study.folder.url.appending(path: "started")
    // A program that would run for a minute, and says which process it is.
    let slow = try study.folder.write(
      "#!/bin/sh\necho $$ >'\(started.path)'\nexec sleep 60\n", to: "slow")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slow.path)
    let command = try inTurn(slow, slow, study.scenarios, 2, results)
    var process: Int32?
    for _ in 0..<1000 where process == nil {
      usleep(10_000)
      process = (try? String(contentsOf: started, encoding: .utf8))
        .flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    let child = try #require(process)
    #expect(FileManager.default.fileExists(atPath: results.path))
    command.send(signal: SIGTERM)
    #expect(try command.wait().status == 130)
    #expect(!FileManager.default.fileExists(atPath: results.path))
    // No such process any more.
    #expect(kill(child, 0) != 0)
  }
}
