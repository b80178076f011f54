import Foundation
import Testing

@Suite(.serialized) struct StudySubmitTests {
  @Test func aDryRunPrintsWhatWouldBeSubmitted() throws {
    let study = try StudyFolder()
    let dry = try CommandRunner.run(
      [
        "study", "submit", study.scenarios.path, "--out", study.out.path, "--tasks", "3",
        "--replicates", "8", "--dry-run", "--", "--partition=a b", "--time=5",
      ])
    #expect(dry.status == 0)
    let program = CommandRunner.executable.resolvingSymlinksInPath().path
    let out = study.out.path
    for text in [
      "#SBATCH --array=1-3\n", "#SBATCH --output=\"\(out)/slurm/%A_%a.log\"\n",
      "exec \(program) study run \(study.scenarios.path) --replicates 8 \\\n",
      "--out \(out)/shards/\"$SLURM_ARRAY_TASK_ID\"-of-3 --shard \"$SLURM_ARRAY_TASK_ID\"/3 ",
      "exec \(program) study merge \(out)/shards/*-of-3 \\\n  --out \(out)\n",
      "sbatch --parsable '--partition=a b' --time=5 \(out)/slurm/array.sh\n",
      "sbatch --parsable --dependency=afterok:JOB_1:JOB_2:JOB_3 '--partition=a b' --time=5 "
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
    #expect(none.error.contains("there is no sbatch on the PATH"), "\(none.error)")
  }

  /// An array of four on a real cluster. One task is told to stop: it exits with 75, is run again by
  /// Slurm and goes on.
  @Test(.enabled(if: SlurmCluster.isInstalled, "needs slurmctld, slurmd and munge, and to be root"))
  func aStudyOnSlurmIsASingleRun() throws {
    let study = try StudyFolder(replicates: 8000)
    let undisturbed = study.folder.url.appending(path: "undisturbed")
    #expect(try study.run(out: undisturbed).status == 0)
    let cluster = try SlurmCluster()
    let program = CommandRunner.executable.path
    let submitted = try cluster.run(
      "\(program) study submit \(study.scenarios.path) --out \(study.out.path) --tasks 4 -- "
        + "--partition=main --cpus-per-task=1")
    #expect(submitted.status == 0, "\(submitted.error)")
    let job = try #require(submitted.output.split(separator: " ").dropFirst(2).first)
    let shard = study.out.appending(path: "shards/2-of-4")
    try cluster.wait(for: "the second task") { (study.recorded(in: shard)?.fits ?? 0) > 0 }
    // That it was stopped shows below, in its log and in the number of restarts.
    _ = try cluster.run("scancel --batch --signal=TERM \(job)_2")
    try cluster.wait(for: "the joined study") {
      FileManager.default.fileExists(atPath: study.out.appending(path: "report.md").path)
    }
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name) == study.text(name, in: undisturbed))
    }
    #expect(try study.stableReport() == study.stableReport(in: undisturbed))
    let restarts = try cluster.run("scontrol show job \(job)_2").output
    #expect(restarts.contains("Restarts=1"), "\(restarts)")
    let log = try study.text("slurm/\(job)_2.log")
    #expect(log.contains("glmm-poisson: Interrupted: "), "\(log)")
  }
}
