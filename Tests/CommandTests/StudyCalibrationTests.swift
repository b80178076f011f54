import Foundation
import Testing

/// A calibration by the command: run, in shards, checked, replayed, reported again.
@Suite struct StudyCalibrationTests {
  /// - Parameter gate: bounds of the one gate, on the p value of mean-field's intercept.
  private static func text(gate: String = "[0, 0.001]", priors: String = "0.7") -> String {
    """
    kind: calibration
    name: drawn
    seed: 1
    replicates: 150
    priors: {fixed_effect_sd: \(priors), log_sd_sd: 0.5}
    data:
      groups: 10
      group_size: 5
      covariates: [{name: x, distribution: normal}]
      fixed: [Intercept, x]
      random: [Intercept]
    methods:
      - {name: mean-field, approximation: mean-field}
      - {name: structured, approximation: structured}
    gates:
      - {method: mean-field, parameter: Intercept, measure: calibration_ecdf_p, between: \(gate)}
    """
  }

  private static func table(_ name: String, in directory: URL) throws -> String {
    try String(contentsOf: directory.appending(path: name), encoding: .utf8)
  }

  @Test func itIsRunCheckedReplayedAndMerged() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(Self.text(), to: "drawn.yml").path
    let whole = folder.url.appending(path: "whole")
    let run = try CommandRunner.run(
      ["study", "run", scenario, "--out", whole.path, "--workers", "1"])
    #expect(run.status == 0)
    #expect(run.runningOutput.contains("The posteriors are not calibrated"))
    let table = try Self.table("calibration.csv", in: whole)
    #expect(table.split(separator: "\n").count == 1 + 2 * 3)
    #expect(try Self.table("report.md", in: whole).contains("\n## Calibration\n"))

    let check = try CommandRunner.run(["study", "check", whole.path])
    #expect(check.status == 0)
    #expect(check.output.hasSuffix("1 of 1 gates passed.\n"))

    let replay = try CommandRunner.run(
      ["study", "replay", whole.path, "--scenario", "drawn", "--replicate", "77"])
    #expect(replay.status == 0)
    // Two methods with three parameters: four numbers, the truth, its probability, and a p value
    // for two of the three; bound, iterations, outcome, and means and SDs of the random effects.
    #expect(replay.output.hasSuffix("All 50 values are equal to the bit.\n"))
    #expect(replay.output.split(separator: "\n").count { $0.contains("probability") } == 6)

    let parts = try (1...2).map { index in
      let out = folder.url.appending(path: "part\(index)")
      let part = try CommandRunner.run(
        ["study", "run", scenario, "--out", out.path, "--shard", "\(index)/2", "--quiet"])
      #expect(part.status == 0)
      return out.path
    }
    let merged = folder.url.appending(path: "merged")
    #expect(
      try CommandRunner.run(["study", "merge"] + parts + ["--out", merged.path]).status == 0)
    for name in ["calibration.csv", "measures.csv", "failures.csv"] {
      #expect(try Self.table(name, in: merged) == Self.table(name, in: whole), "\(name)")
    }

    try FileManager.default.removeItem(at: whole.appending(path: "calibration.csv"))
    #expect(
      try CommandRunner.run(["study", "report", whole.path, "--format", "csv"]).status == 0)
    #expect(try Self.table("calibration.csv", in: whole) == table)
  }

  /// Had mean-field's intercept been in order, this gate would have passed.
  @Test func aGateThatAsksForTooMuchFails() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(Self.text(gate: "[0.001, 1]"), to: "drawn.yml").path
    let out = folder.url.appending(path: "out").path
    #expect(try CommandRunner.run(["study", "run", scenario, "--out", out, "--quiet"]).status == 0)
    let check = try CommandRunner.run(["study", "check", out])
    #expect(check.status == 1)
    #expect(check.output.contains("failed"))
  }

  /// Counts beyond anything that can be drawn are failures with a command that replays them, and no
  /// crash.
  @Test func hugeCountsAreFailures() throws {
    let folder = try TemporaryFolder()
    let scenario = try folder.write(Self.text(priors: "1e6"), to: "drawn.yml").path
    let out = folder.url.appending(path: "out")
    let run = try CommandRunner.run(["study", "run", scenario, "--out", out.path])
    #expect(run.status == 0)
    let failures = try Self.table("failures.csv", in: out)
    #expect(failures.contains("counts too large: row"))
    let replicate = failures.split(separator: "\n")[1].split(separator: ",")[2]
    let replay = try CommandRunner.run(
      ["study", "replay", out.path, "--scenario", "drawn", "--replicate", String(replicate)])
    #expect(replay.status == 0)
  }
}
