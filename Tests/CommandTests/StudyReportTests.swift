import Foundation
import GRDB
import Testing

/// What can be had of a study without running it: reports, and single replicates again.
@Suite struct StudyReportTests {
  private static let files = [
    "failures.csv", "manifest.json", "measures.csv", "report.md", "timing.csv",
  ]

  @Test func theStoreAloneRendersTheSameFiles() throws {
    let study = try StudyFolder(limit: 1)
    let run = try study.run()
    #expect(run.status == 0)
    let before = try Self.files.map { try study.text($0) }
    for (format, names) in [
      ("html", ["report.html"]), ("markdown", ["plots", "report.md"]),
      ("csv", ["failures.csv", "measures.csv", "timing.csv"]),
      ("all", (Self.files + ["plots"]).sorted()),
    ] {
      for name in Self.files + ["plots", "report.html"] {
        try? FileManager.default.removeItem(at: study.out.appending(path: name))
      }
      let report = try CommandRunner.run(["study", "report", study.out.path, "--format", format])
      #expect(report.status == 0)
      #expect(report.output == run.output)
      let written = try FileManager.default.contentsOfDirectory(atPath: study.out.path)
        .filter { !$0.hasPrefix("results.") }.sorted()
      #expect(written == names)
    }
    #expect(try Self.files.map { try study.text($0) } == before)
    let check = try CommandRunner.run(["study", "check", study.out.path])
    #expect(check.status == 0)
  }

  @Test func withoutGnuplotTheReportHasNoPicturesAndSaysSo() throws {
    let study = try StudyFolder(replicates: 5)
    #expect(try study.run(["--quiet"]).status == 0)
    let drawn = try study.text("report.md")
    #expect(drawn.contains("](plots/coverage.svg)"))
    let report = try CommandRunner.run(
      [
        "-i", "PATH=/nonexistent", CommandRunner.executable.path, "study", "report",
        study.out.path,
      ], executable: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(report.status == 0)
    #expect(report.runningOutput.contains("none of which failed"))
    #expect(
      report.error
        == "The report has no pictures: there is no program 'gnuplot' on the PATH; install it "
        + "(Debian: apt-get install gnuplot-nox), then run 'study report'.\n")
    #expect(try !study.text("report.md").contains("plots/"))
  }

  @Test func aReplicateIsReplayedToTheBit() throws {
    let study = try StudyFolder()
    #expect(try study.run(["--quiet"]).status == 0)
    let data = study.folder.url.appending(path: "data.csv").path
    let replay = ["study", "replay", study.out.path, "--scenario", "second", "--replicate"]
    let same = try CommandRunner.run(replay + ["17", "--data", data])
    #expect(same.status == 0)
    // Two methods with three parameters, two of them with p values; bound, iterations, outcome, and
    // means and SDs of the random effects.
    #expect(same.output.hasSuffix("All 38 values are equal to the bit.\n"))
    #expect(same.output.split(separator: "\n").count { $0.hasSuffix("  equal") } == 38)
    let simulated = try CommandRunner.run(
      [
        "simulate", study.scenarios.appending(path: "second.yml").path, "--replicate", "17",
        "--out",
        "-",
      ])
    #expect(try String(contentsOfFile: data, encoding: .utf8) == simulated.output)

    // The lowest bit of one number, the first after the bound, in a store without checksums.
    let file = study.out.appending(path: "results.sqlite")
    let database = try DatabaseQueue(path: file.path)
    try database.write { db in
      let condition = "replicate = 17 AND method = 1 AND scenario = 2"
      var numbers = try #require(
        try Data.fetchOne(db, sql: "SELECT numbers FROM fits WHERE \(condition)"))
      numbers[8] ^= 1
      try db.execute(
        sql: "UPDATE fits SET numbers = ? WHERE \(condition)", arguments: [numbers])
      try db.execute(sql: "DELETE FROM checksums")
    }
    try database.close()
    let different = try CommandRunner.run(replay + ["17"])
    #expect(different.status == 1)
    #expect(different.output.hasSuffix("1 of 38 values differ.\n"))
    #expect(
      different.output.split(separator: "\n").filter { $0.hasSuffix("DIFFERENT") }
        .map { $0.split(separator: " ").prefix(3) } == [["mean-field", "Intercept", "estimate"]])

    // A run that goes on looks at the first replicate of each scenario, and warns.
    #expect(try study.run().error.hasPrefix("0 fits in "))
    let other = try DatabaseQueue(path: file.path)
    try other.write { db in
      try db.execute(sql: "UPDATE fits SET iterations = 77 WHERE replicate = 0 AND scenario = 2")
    }
    try other.close()
    let warned = try study.run(["--replicates", "31"])
    #expect(warned.status == 0)
    #expect(
      warned.error.hasPrefix(
        "Warning: the results in '\(study.out.path)' are not those of this program on this machine "
          + "to the "
          + "bit; see glmm-poisson study replay \(study.out.path) --scenario second --replicate 0,")
    )

    for (arguments, status, message) in [
      (replay + ["31"], 65, "Replicate 31 of scenario 'second' is not recorded"),
      (replay + ["1", "--scenario", "third"], 65, "no scenario 'third'; it has first, second."),
      (replay + ["1", "--data", study.out.path], 74, "Is a directory"),
      (replay, 64, "Missing value for '--replicate <replicate>'"),
    ] {
      let run = try CommandRunner.run(arguments)
      #expect(run.status == Int32(status), "\(run.error)")
      #expect(run.error.contains(message), "\(run.error)")
    }
  }

  /// The fits of a replicate without a data set are compared all the same; only the file cannot be
  /// had.
  @Test func aReplicateThatCannotBeDrawnIsReplayed() throws {
    let study = try StudyFolder(replicates: 2)
    try study.folder.write(
      StudyScenario.text(name: "second", replicates: 2)
        .replacing("Intercept: 0.5, x", with: "Intercept: 50, x"),
      to: "scenarios/second.yml")
    #expect(try study.run(["--quiet"]).status == 0)
    let data = study.folder.url.appending(path: "data.csv").path
    let replay = ["study", "replay", study.out.path, "--scenario", "second", "--replicate", "1"]
    #expect(try CommandRunner.run(replay).status == 0)
    let withData = try CommandRunner.run(replay + ["--data", data])
    #expect(withData.status == 65)
    #expect(withData.output.hasSuffix("All 2 values are equal to the bit.\n"))
    #expect(
      withData.error.hasPrefix(
        "glmm-poisson: There is no data set of replicate 1 to write to '\(data)': counts too large")
    )
    #expect(!FileManager.default.fileExists(atPath: data))
  }

  /// The command in `failures.csv`, given to a shell in the study's directory.
  @Test func aFailureNamesTheCommandThatReplaysIt() throws {
    let study = try StudyFolder(limit: 1)
    #expect(try study.run(["--quiet"]).status == 0)
    let lines = try study.text("failures.csv").split(separator: "\n")
    #expect(lines.count == 61)
    #expect(lines[0] == "scenario,method,replicate,reason,replay")
    #expect(
      lines[8]
        == "first,mean-field,7,did not converge: iteration-limit,"
        + "glmm-poisson study replay . --scenario first --replicate 7")
    let command = try #require(lines[8].split(separator: ",").last)
    let replay = try CommandRunner.run(
      [
        "-c", "PATH=\(CommandRunner.executable.deletingLastPathComponent().path):$PATH; \(command)",
      ],
      executable: URL(fileURLWithPath: "/bin/sh"), folder: study.out)
    #expect(replay.status == 0)
    #expect(replay.output.contains("did not converge: iteration-limit  did not converge: "))
  }
}
