import Foundation
import Testing

/// `study power`: the number of rows for a wanted power.
@Suite struct StudyPowerTests {
  private static let scenario = """
    name: trial
    seed: 4
    replicates: 1
    data:
      groups: 8
      group_size: 5
      covariates: [{name: x, distribution: normal}]
      fixed: {Intercept: 0.5, x: 0.3}
      random: {Intercept: 0.4}
    methods:
      - {name: structured, approximation: structured}
      - {name: mean-field, approximation: mean-field}
    """

  private final class Folder {
    let folder: TemporaryFolder
    let file: String

    init(_ text: String = scenario) throws {
      folder = try TemporaryFolder()
      try folder.write(text, to: "trial.yml")
      file = folder.url.appending(path: "trial.yml").path
    }

    func power(
      _ options: [String] = [], out: String = "out", vary: String = "data.group_size=2:30",
      parameter: String = "x"
    ) throws -> CommandRunner.Result {
      try CommandRunner.run(
        [
          "study", "power", file, "--vary", vary, "--parameter", parameter, "--target", "0.8",
          "--batch", "20", "--out", folder.url.appending(path: out).path,
        ] + options)
    }

    func text(_ name: String, out: String = "out") throws -> String {
      try String(
        contentsOf: folder.url.appending(path: out).appending(path: name), encoding: .utf8)
    }
  }

  @Test func theAnswerDoesNotDependOnWorkersOrStops() throws {
    let folder = try Folder()
    let whole = try folder.power(["--batches", "14", "--workers", "1"])
    #expect(whole.status == 0, "\(whole.error)")
    #expect(whole.runningOutput.contains("data.group_size = "))
    #expect(whole.error.split(separator: "\n").count == 14)
    // Fewer batches first, then the rest by two workers.
    #expect(try folder.power(["--batches", "5", "--quiet"], out: "parts").status == 0)
    let rest = try folder.power(["--batches", "14", "--workers", "2"], out: "parts")
    #expect(rest.status == 0)
    #expect(try folder.text("power.csv") == folder.text("power.csv", out: "parts"))
    let lines = try folder.text("power.csv").split(separator: "\n")
    #expect(lines[0] == "data.group_size,replicates,rejection_rate,mcse")
    // 14 batches of 20; a test of a coefficient has a p value in every fit that converges.
    let replicates = lines.dropFirst().compactMap { Int($0.split(separator: ",")[1]) }
    #expect(replicates.reduce(0, +) == 280)
    #expect(try folder.text("power.md").contains("](plots/power.svg)"))
    let replay = try CommandRunner.run([
      "study", "replay", folder.folder.url.appending(path: "out").path, "--scenario",
      "trial_group_size-2", "--replicate", "3",
    ])
    #expect(replay.output.contains("are equal to the bit"), "\(replay.error)")
  }

  @Test func aTargetOutOfReachIsSaid() throws {
    let result = try Folder().power(["--quiet"], vary: "data.fixed.x=0.001:0.002")
    #expect(result.status == 0)
    #expect(
      result.runningOutput.contains(
        "There is no data.fixed.x between 0.001 and 0.002 with power 0.8: it is "))
    #expect(result.runningOutput.contains("both below the target 0.8."))
  }

  @Test(arguments: [
    (["--batches", "2"], "data.groups=5:9", "x", 64, "--batches is a whole number from 3"),
    ([], "data.groups", "x", 64, "--vary is a key with its least and its largest value"),
    ([], "data.grups=5:9", "x", 65, "unknown key"),
    ([], "data.groups=5:9", "z", 65, "the scenario has no parameter 'z'"),
    (["--method", "mine"], "data.groups=5:9", "x", 65, "the scenario has no method 'mine'"),
    ([], "data.groups=5:9", "log_sd(Intercept)", 65, "a log SD has no natural null value"),
  ])
  func aMistakeIsNamed(
    _ options: [String], _ vary: String, _ parameter: String, _ status: Int32, _ part: String
  ) throws {
    let result = try Folder().power(options, vary: vary, parameter: parameter)
    #expect(result.status == status)
    #expect(result.error.contains(part), "\(result.error)")
  }

  @Test func aGridIsRefused() throws {
    let folder = try Folder(Self.scenario + "\nvary: {data.groups: [5, 6]}\n")
    let result = try folder.power(vary: "data.group_size=5:9")
    #expect(result.status == 65)
    #expect(result.error.contains("with 'vary', and one is needed"), "\(result.error)")
  }
}
