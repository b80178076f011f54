import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study submit`: a study as jobs of a Slurm cluster.
struct StudySubmit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Run a study on a Slurm cluster.",
    discussion: """
      Submits a job array with one task a shard, and a job that joins the shards when all are whole. \
      The shards are in DIR/shards, scripts and logs in DIR/slurm, the joined study in DIR. A task \
      that is stopped exits with status 75 and goes on where it was when it is run again: by Slurm \
      itself where RequeueExit=75 is configured, else by 'scontrol requeue', or by the same 'study \
      submit' once more.

      What follows -- is given to sbatch for both jobs:

        glmm-poisson study submit Scenarios/core --out study --tasks 100 -- --partition=main --time=60
      """)

  @Argument(help: "Scenario files, or folders of .yml files.", completion: .file())
  var scenarios: [String]

  @Option(
    help: ArgumentHelp(
      "Directory for the results, on a file system that all nodes share.", valueName: "dir"))
  var out: String

  @Option(help: "The number of shards, each a task of the array.")
  var tasks: Int

  @Option(help: "Replicates of every simulated scenario, in place of its own number.")
  var replicates: Int?

  @Flag(help: "Print the scripts and the commands that would submit them, and do nothing.")
  var dryRun = false

  @Argument(parsing: .postTerminator, help: ArgumentHelp("Options of sbatch.", valueName: "option"))
  var sbatchOptions: [String] = []

  mutating func validate() throws {
    guard (1...10_000).contains(tasks) else {
      throw ValidationError("--tasks is a whole number from 1 to 10000.")
    }
    guard (1...100_000_000).contains(replicates ?? 1) else {
      throw ValidationError("--replicates is a whole number from 1 to 100000000.")
    }
    guard !out.isEmpty, !out.contains(where: { $0 == "\"" || $0.isNewline || $0 == "%" }) else {
      throw ValidationError("--out needs the name of a directory, without \" and %.")
    }
  }

  mutating func run() throws {
    try reportingFailures {
      // What is wrong with a scenario is said here, and not by every task on the cluster.
      try refuseShards(of: ScenarioFile.load(paths: scenarios))
      let jobs = SlurmJobs(
        executable: try Self.executable(),
        recipe: StudyRecipe(scenarios: scenarios, replicates: replicates), out: out, tasks: tasks)
      let (array, merge) = (jobs.folder + "/array.sh", jobs.folder + "/merge.sh")
      if dryRun {
        try StandardOutput.write(
          "# \(array)\n\(jobs.arrayScript)\n# \(merge)\n\(jobs.mergeScript)\n"
            + "# Submitted with\n\(line(arrayCommand(array)))\n"
            + "\(line(mergeCommand(merge, dependency: jobs.dependency(onArray: "JOB"))))\n")
        return
      }
      try StudyFile.createDirectory(URL(fileURLWithPath: jobs.folder, isDirectory: true))
      try AtomicFile.write(jobs.arrayScript, to: array)
      try AtomicFile.write(jobs.mergeScript, to: merge)
      let arrayJob = try submit(arrayCommand(array))
      let mergeJob = try submit(
        mergeCommand(merge, dependency: jobs.dependency(onArray: arrayJob)))
      try StandardOutput.write(
        "Submitted job \(arrayJob) with \(tasks) tasks, and job \(mergeJob), which joins them in "
          + "'\(out)'. Logs are in '\(jobs.folder)'.\n")
    }
  }

  private func arrayCommand(_ script: String) -> [String] {
    ["sbatch", "--parsable"] + sbatchOptions + [script]
  }

  private func mergeCommand(_ script: String, dependency: String) -> [String] {
    ["sbatch", "--parsable", "--dependency=\(dependency)"] + sbatchOptions + [script]
  }

  private func line(_ words: [String]) -> String {
    words.map(StudyRecipe.quoted).joined(separator: " ")
  }

  /// - Returns: the id of the job.
  private func submit(_ words: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    let output = Pipe()
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw CommandFailure(.inputOutput, "Cannot run sbatch: \(error.localizedDescription)")
    }
    let text = String(
      decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    // With several clusters the id is followed by a semicolon and the cluster's name.
    let job =
      text.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first.map(String.init) ?? ""
    guard process.terminationReason == .exit, process.terminationStatus == 0, !job.isEmpty else {
      throw CommandFailure(
        .inputOutput,
        "sbatch refused the job with status \(process.terminationStatus) (127: there is no sbatch on the "
          + "PATH).")
    }
    return job
  }

  /// The program that runs now, wherever it was called from.
  private static func executable() throws -> String {
    guard let path = Bundle.main.executablePath else {
      throw CommandFailure(.internalError, "The path of this program is not known.")
    }
    return path
  }
}
