import Foundation
import Testing

@Suite(.serialized) struct StudySubmitTests {
  @Test func aDryRunPrintsWhatWouldBeSubmitted() throws {
    let study = try StudyFolder()
    let dry = try CommandRunner.run(
      [
        "study", "submit", study.scenarios.path, "--out", study.out.path, "--tasks", "3",
        "--replicates", "8", "--dry-run", "--", "--partition=a b", "--array=1-3%2", "-d",
        "afterok:9", "--time=5",
      ])
    #expect(dry.status == 0)
    let program = CommandRunner.executable.resolvingSymlinksInPath().path
    let out = study.out.path
    for text in [
      "#SBATCH --array=1-3\n", "#SBATCH --output=\"\(out)/slurm/%A_%a.log\"\n",
      "\(program) study run \(study.scenarios.path) --replicates 8 \\\n",
      "--out \(out)/shards/\"$shard\"-of-3 --shard \"$shard\"/3 ",
      "exec \(program) study merge \(out)/shards/*-of-3 \\\n  --out \(out)\n",
      "sbatch --parsable '--partition=a b' --time=5 --dependency=afterok:9 --array=1-3%2 "
        + "\(out)/slurm/array.sh\n",
      "sbatch --parsable '--partition=a b' --time=5 --dependency=afterany:JOB "
        + "\(out)/slurm/merge.sh\n",
    ] {
      #expect(dry.output.contains(text), "\(text)\n\(dry.output)")
    }
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func whatIsWrongIsSaid() throws {
    let study = try StudyFolder()
    let submit = ["study", "submit", study.scenarios.path, "--out", study.out.path, "--tasks"]
    for (arguments, status, message) in [
      (submit + ["0"], 64, "--tasks is a whole number from 1 to 10000."),
      (submit + ["2", "--out", "a%b"], 64, "without \" and %"),
      (submit + ["2", "--", "--array=1"], 64, "The tasks are 1-2; --array may only limit"),
      (["study", "submit", study.out.path, "--out", "x", "--tasks", "2"], 66, "no such file"),
    ] {
      let run = try CommandRunner.run(arguments)
      #expect(run.status == Int32(status))
      #expect(run.error.contains(message), "\(run.error)")
    }
    // Without Slurm.
    let none = try CommandRunner.run(
      ["PATH=/nowhere", CommandRunner.executable.path] + submit + ["2"],
      executable: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(none.status == 74)
    #expect(none.error == "glmm-poisson: There is no sbatch on the PATH.\n")
  }

  /// Where the merge job is refused, the array does not run on alone.
  @Test(arguments: [0, 1]) func anArrayWithoutItsMergeIsCancelled(scancelStatus: Int) throws {
    let study = try StudyFolder()
    let folder = study.folder.url.path
    for (name, text) in [
      ("sbatch", "case $* in *merge.sh) exit 1 ;; *) echo 71 ;; esac"),
      ("scancel", "echo $* > '\(folder)/cancelled'; exit \(scancelStatus)"),
    ] {
      let file = try study.folder.write("#!/bin/sh\n" + text + "\n", to: name)
      #expect(chmod(file.path, 0o755) == 0)
    }
    let run = try CommandRunner.run(
      [
        "PATH=\(folder):/usr/bin:/bin", CommandRunner.executable.path, "study", "submit",
        study.scenarios.path, "--out", study.out.path, "--tasks", "10000",
      ], executable: URL(fileURLWithPath: "/usr/bin/env"))
    #expect(run.status == 74)
    #expect(
      run.error
        == "glmm-poisson: sbatch refused the merge job with status 1; its own words are above. Job "
        + "71, the "
        + (scancelStatus == 0
          ? "array, is cancelled.\n" : "array, is still queued: scancel 71 removes it.\n"))
    let cancelled = study.folder.url.appending(path: "cancelled")
    #expect(try String(contentsOf: cancelled, encoding: .utf8) == "71\n")
  }

  /// An array of four on a real cluster, as Slurm is configured by default and with RequeueExit.
  /// One task's command is killed and another is told to stop: both are run again and go on, and
  /// the merge waits for them.
  @Test(
    .enabled(if: SlurmCluster.isInstalled, "needs slurmctld, slurmd and munge, and to be root"),
    arguments: [false, true])
  func aStudyOnSlurmIsASingleRun(requeueExit: Bool) throws {
    let study = try StudyFolder(replicates: 12_000)
    let undisturbed = study.folder.url.appending(path: "undisturbed")
    #expect(try study.run(out: undisturbed).status == 0)
    let cluster = try SlurmCluster(requeueExit: requeueExit)
    let job = try submit(study, to: cluster)
    let shards = [1, 2].map { study.out.appending(path: "shards/\($0)-of-4") }
    try cluster.wait(for: "the first task") { (study.recorded(in: shards[0])?.fits ?? 0) > 0 }
    // "process 123 on host"
    let owner = try study.text("results.lock", in: shards[0]).split(separator: " ")
    let command = try #require(owner.count > 1 ? Int32(owner[1]) : nil)
    #expect(kill(command, SIGKILL) == 0)
    try cluster.wait(for: "the second task") { (study.recorded(in: shards[1])?.fits ?? 0) > 0 }
    _ = try cluster.run("scancel --batch --signal=TERM \(job)_2")
    try cluster.wait(for: "the joined study") {
      FileManager.default.fileExists(atPath: study.out.appending(path: "report.md").path)
    }
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name) == study.text(name, in: undisturbed))
    }
    #expect(try study.stableReport() == study.stableReport(in: undisturbed))
    // That they were stopped shows in the number of restarts. Where a signal was passed on while
    // the controller was busy, scancel repeats it, and the task is stopped once more: as often as
    // its log says.
    let log = try study.text("slurm/\(job)_2.log")
    let stops = log.components(separatedBy: "glmm-poisson: Interrupted: ").count - 1
    #expect(stops >= 1, "\(log)")
    for (task, restarts) in [("\(job)_1", 1), ("\(job)_2", stops)] {
      let shown = try cluster.run("scontrol show job \(task)").output
      #expect(shown.contains("Restarts=\(restarts) "), "\(shown)")
      #expect(shown.contains("JobState=COMPLETED"), "\(shown)")
    }
  }

  /// A cancelled task is not run again. The merge job says what is missing, and nothing waits
  /// forever; submitted once more, the study becomes whole.
  @Test(.enabled(if: SlurmCluster.isInstalled, "needs slurmctld, slurmd and munge, and to be root"))
  func aCancelledTaskIsMissedByTheMerge() throws {
    let study = try StudyFolder(replicates: 8000)
    let cluster = try SlurmCluster()
    let job = try submit(study, to: cluster, options: " --array=1-4%1")
    let shard = study.out.appending(path: "shards/1-of-4")
    try cluster.wait(for: "the first task") { (study.recorded(in: shard)?.fits ?? 0) > 0 }
    _ = try cluster.run("scancel \(job)_1")
    try cluster.wait(for: "an empty queue") { try cluster.run("squeue -h").output.isEmpty }
    let names = try FileManager.default.contentsOfDirectory(
      atPath: study.out.appending(path: "slurm").path)
    let log = try #require(names.first { $0.hasPrefix("merge-") })
    let text = try study.text("slurm/" + log)
    #expect(text.contains("they belong to shard 1/4"), "\(text)")
    #expect(text.split(separator: "\n").count == 1)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: study.out.path).sorted()
        == ["results.lock", "shards", "slurm"])
    _ = try submit(study, to: cluster)
    try cluster.wait(for: "the joined study") {
      FileManager.default.fileExists(atPath: study.out.appending(path: "report.md").path)
    }
    #expect(try #require(study.recorded()) == (32_000, 16_000))
  }

  /// - Returns: the id of the array.
  private func submit(
    _ study: StudyFolder, to cluster: SlurmCluster, options: String = ""
  ) throws -> Substring {
    let submitted = try cluster.run(
      "\(CommandRunner.executable.path) study submit \(study.scenarios.path) --out "
        + "\(study.out.path) "
        + "--tasks 4 -- --partition=main --cpus-per-task=1\(options)")
    #expect(submitted.status == 0, "\(submitted.error)")
    return try #require(submitted.output.split(separator: " ").dropFirst(2).first)
  }
}
