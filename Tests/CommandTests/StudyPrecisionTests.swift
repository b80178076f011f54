import Foundation
import Testing

/// Studies that stop when they are precise enough.
@Suite(.serialized) struct StudyPrecisionTests {
  /// The first scenario stops at a coverage known to 0.012, the second has 300 replicates and no
  /// precision.
  private func folder() throws -> StudyFolder {
    let study = try StudyFolder(replicates: 300)
    try study.folder.write(
      StudyScenario.text(name: "first", replicates: 5000)
        .replacing(
          "replicates: 5000",
          with: "replicates: 5000\nprecision: {measure: coverage, mcse: 0.012}"),
      to: "scenarios/first.yml")
    return study
  }

  /// The replicates of the first scenario that its measures were computed from.
  private func attempted(_ study: StudyFolder, in out: URL? = nil) throws -> Set<Int> {
    let lines = try study.text("measures.csv", in: out).split(separator: "\n")
    return Set(
      lines.filter { $0.hasPrefix("first,") }.compactMap { line in
        Int(line.split(separator: ",", omittingEmptySubsequences: false)[7])
      })
  }

  @Test func itStopsAtTheSameReplicateWhateverTheWorkersAndInterruptions() throws {
    let study = try folder()
    let alone = study.folder.url.appending(path: "alone")
    #expect(try study.run(["--workers", "1"], out: alone).status == 0)
    let stops = try attempted(study, in: alone)
    let stop = try #require(stops.first)
    // One method's intervals hold less often than 0.9 here: 0.3 / sqrt(n) = 0.012 needs 625 or
    // more; no proportion needs more than (0.5 / 0.012)^2 = 1,736.
    #expect(stops.count == 1 && (700...1800).contains(stop) && stop % 100 == 0)
    #expect(
      try study.text("report.md", in: alone).contains(
        "of at most 5,000, stopped there: the Monte Carlo standard error of every `coverage`"))

    #expect(try study.run(["--workers", "2"]).status == 0)
    // Run ahead of the stop: what both workers held in their hands, some 100. On a machine that
    // lets one of them wait for seconds the other goes on, but not to the end.
    let extra = try #require(study.recorded()).replicates - stop - 300
    #expect((0...1000).contains(extra))
    let killed = study.folder.url.appending(path: "killed")
    for _ in 0..<6 {
      let command = try RunningCommand(
        study.arguments(["--quiet", "--workers", "2"], out: killed))
      usleep(.random(in: 20_000...90_000))
      command.send(signal: SIGKILL)
      _ = try command.wait()
    }
    #expect(try study.run(out: killed).status == 0)
    #expect(try study.run(out: killed).error.hasPrefix("0 fits in "))
    for out in [study.out, killed] {
      for name in ["measures.csv", "failures.csv"] {
        #expect(try study.text(name, in: out) == study.text(name, in: alone))
      }
      #expect(try study.stableReport(in: out) == study.stableReport(in: alone))
    }
    // Joined with nothing else it is whole too.
    let merged = study.folder.url.appending(path: "merged")
    let merge = try CommandRunner.run(["study", "merge", study.out.path, "--out", merged.path])
    #expect(merge.status == 0 && merge.error.isEmpty, "\(merge.error)")
    #expect(try study.text("measures.csv", in: merged) == study.text("measures.csv"))
  }

  @Test func itNeverRunsMoreThanTheMostAndGoesOnWhenThatIsRaised() throws {
    let study = try folder()
    let limited = try study.run(["--replicates", "250"])
    #expect(limited.status == 0)
    #expect(limited.error.hasPrefix("1000 fits in "))
    #expect(try #require(study.recorded()) == (1000, 500))
    #expect(try attempted(study) == [250])
    #expect(try study.text("report.md").contains("and 0.012 was to be reached"))
    #expect(try study.run().status == 0)
    let whole = study.folder.url.appending(path: "whole")
    #expect(try study.run(out: whole).status == 0)
    #expect(try study.text("measures.csv") == study.text("measures.csv", in: whole))
  }

  @Test func itCannotBeDividedIntoShards() throws {
    let study = try folder()
    for arguments in [
      study.arguments(["--shard", "1/2"]),
      [
        "study", "submit", study.scenarios.path, "--out", study.out.path, "--tasks", "2",
        "--dry-run",
      ],
    ] {
      let run = try CommandRunner.run(arguments)
      #expect(run.status == 64)
      #expect(run.error.contains("Scenario 'first' cannot be divided into shards"))
      #expect(run.error.split(separator: "\n").count == 1)
      #expect(!FileManager.default.fileExists(atPath: study.out.path))
    }
  }
}
