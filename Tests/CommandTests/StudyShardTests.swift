import Foundation
import Testing

@Suite struct StudyShardTests {
  @Test(arguments: [1, 3])
  func mergedShardsAreASingleRun(count: Int) throws {
    let study = try StudyFolder(limit: 1)
    #expect(try study.run(["--quiet"]).status == 0)
    var directories: [String] = []
    for number in 1...count {
      let out = study.folder.url.appending(path: "shard\(number)")
      let run = try study.run(
        ["--shard", "\(number)/\(count)", "--workers", "\(number)"], out: out)
      #expect(run.status == 0)
      #expect(run.error.hasPrefix("\(120 / count) fits in "))
      directories.insert(out.path, at: 0)
    }
    let merged = study.folder.url.appending(path: "merged")
    let merge = try CommandRunner.run(
      ["study", "merge"] + directories + ["--out", merged.path])
    #expect(merge.status == 0, "\(merge.error)")
    #expect(merge.error.isEmpty)
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name, in: merged) == study.text(name))
    }
    #expect(try study.stableReport(in: merged) == study.stableReport())
    // Replay and resume find what they need in it.
    let replay = try CommandRunner.run(
      ["study", "replay", merged.path, "--scenario", "first", "--replicate", "4"])
    #expect(replay.status == 0)
    #expect(try study.run(out: merged).error.hasPrefix("0 fits in "))
  }

  @Test func gapsOverlapsAndOtherMistakesAreSaid() throws {
    let study = try StudyFolder()
    let paths = (1...3).map { study.folder.url.path + "/shard\($0)" }
    for number in 1...3 {
      let out = URL(fileURLWithPath: paths[number - 1])
      let run = try study.run(["--shard", "\(number)/3", "--quiet"], out: out)
      #expect(run.status == 0)
      // The report of a part would mislead.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
          == ["results.lock", "results.sqlite"])
      #expect(run.output.hasPrefix("Shard \(number)/3 is whole: 40 fits in '\(out.path)'."))
    }
    let merged = study.folder.url.path + "/merged"
    for (arguments, status, message) in [
      (
        [paths[0], paths[2], "--out", merged], 65,
        "Scenario 'first' lacks 10 of its 30 replicates (1, 4, 7, 10, 13, ...); they belong to "
          + "shard 2/3"
      ),
      (
        paths + [paths[1], "--out", merged], 65,
        "Replicate 1 of scenario 'first' is in '\(paths[1])' as well as in '\(paths[1])'"
      ),
      (paths + ["--out", paths[0]], 64, "--out is one of the directories to join"),
      ([paths[0] + "none", "--out", merged], 66, "There is no file"),
      (["--out", merged], 64, "Missing expected argument '<directories> ...'"),
    ] {
      let run = try CommandRunner.run(["study", "merge"] + arguments)
      #expect(run.status == Int32(status), "\(run.error)")
      #expect(run.error.contains(message), "\(run.error)")
      if status != 64 { #expect(run.error.split(separator: "\n").count == 1) }
    }
    let gaps = try CommandRunner.run(
      ["study", "merge", paths[0], paths[2], "--out", merged, "--incomplete"])
    #expect(gaps.status == 0)
    #expect(gaps.error.split(separator: "\n").count == 2)
    #expect(gaps.runningOutput.contains("The study is incomplete: 120 fits were planned."))
    // All shards: nothing of what was joined is lost. Fewer: that would lose something.
    let all = ["study", "merge"] + paths + ["--out", merged]
    #expect(try CommandRunner.run(all).status == 0)
    let fewer = ["study", "merge", paths[0], "--incomplete", "--out", merged]
    let loss = try CommandRunner.run(fewer)
    #expect(loss.status == 65)
    #expect(loss.error.contains("such as replicate 1 of scenario 'first'"))
    #expect(try CommandRunner.run(fewer + ["--fresh"]).status == 0)

    for text in ["0/3", "4/3", "3", "a/b"] {
      let run = try study.run(["--shard", text], out: URL(fileURLWithPath: paths[0]))
      #expect(run.status == 64)
      #expect(run.error.contains("--shard is i/n"))
    }
    let other = try study.run(out: URL(fileURLWithPath: paths[0]))
    #expect(other.status == 65)
    #expect(other.error.contains("holds shard 1/3, and a whole study is asked for."))
  }
}
