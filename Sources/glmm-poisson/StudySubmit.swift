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
      Submits a job array with one task a shard, and a job that joins the shards when every task \
      has ended. The shards are in DIR/shards, scripts and logs in DIR/slurm, the joined study in \
      DIR.

      A task that is stopped, runs out of time or is killed by a signal has itself queued again, \
      at most \(SlurmJobs.maximumReruns) times, and goes on where it was; Slurm starts it after \
      some two minutes. If a task ends in another way, cancelled or failed, the merge job fails \
      too, and its log says which shards are not whole: when no job of the study is left, the same \
      'study submit' runs what is missing and merges.

      What follows -- is given to sbatch for both jobs; of --array only a limit on the tasks that \
      run at the same time, for the array; --dependency for the array, for which the merge waits:

        glmm-poisson study submit Scenarios/core --out study --tasks 100 \\
          -- --partition=main --time=60
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
      // Errors in a scenario are reported here, and not by every task on the cluster.
      try refuseShards(of: ScenarioFile.load(paths: scenarios))
      let jobs = SlurmJobs(
        executable: try Self.executable(),
        recipe: StudyRecipe(scenarios: scenarios, replicates: replicates), out: out, tasks: tasks)
      let options = try sbatchOptions(tasks: tasks)
      if dryRun {
        try StandardOutput.write(
          "# \(jobs.arrayFile)\n\(jobs.arrayScript)\n# \(jobs.mergeFile)\n\(jobs.mergeScript)\n"
            + "# Submitted with\n\(line(jobs.arrayCommand(options)))\n"
            + "\(line(jobs.mergeCommand(options, array: "JOB")))\n")
        return
      }
      try StudyFile.createDirectory(URL(fileURLWithPath: jobs.folder, isDirectory: true))
      try AtomicFile.write(jobs.arrayScript, to: jobs.arrayFile)
      try AtomicFile.write(jobs.mergeScript, to: jobs.mergeFile)
      let array = try submit(jobs.arrayCommand(options), what: "the array")
      let merge: String
      do throws(CommandFailure) {
        merge = try submit(jobs.mergeCommand(options, array: array), what: "the merge job")
      } catch {
        throw withdrawing(array, because: error)
      }
      try StandardOutput.write(
        "Submitted job \(array) with \(tasks) tasks, and job \(merge), which joins them in "
          + "'\(out)'. Logs are in '\(jobs.folder)'.\n")
    }
  }

  private func sbatchOptions(tasks: Int) throws(CommandFailure) -> SbatchOptions {
    do {
      return try SbatchOptions(sbatchOptions, tasks: tasks)
    } catch {
      throw CommandFailure(.wrongUsage, error.description)
    }
  }

  private func line(_ words: [String]) -> String {
    words.map(ShellWord.quoted).joined(separator: " ")
  }

  /// - Parameter what: the job, for messages.
  /// - Returns: the id of the job.
  private func submit(_ words: [String], what: String) throws(CommandFailure) -> String {
    let (status, text) = try Self.run(words)
    guard status == 0 else {
      throw CommandFailure(
        .inputOutput, "sbatch refused \(what) with status \(status); its own words are above.")
    }
    // With several clusters the id is followed by a semicolon and the cluster's name.
    guard let job = text.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first else {
      throw CommandFailure(.inputOutput, "sbatch printed no id for \(what).")
    }
    return String(job)
  }

  /// Cancels the array, which would run on without its user's knowledge if there is no merge job.
  private func withdrawing(_ array: String, because failure: CommandFailure) -> CommandFailure {
    let isCancelled = (try? Self.run(["scancel", array]).status) == 0
    return CommandFailure(
      failure.exitStatus,
      failure.description
        + (isCancelled
          ? " Job \(array), the array, is cancelled."
          : " Job \(array), the array, is still queued: scancel \(array) removes it."))
  }

  /// Runs a program of Slurm; its standard error passes through.
  private static func run(
    _ words: [String]
  ) throws(CommandFailure) -> (status: Int32, output: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let paths = folders.map { "\($0)/\(words[0])" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
      throw CommandFailure(.inputOutput, "There is no \(words[0]) on the PATH.")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = Array(words.dropFirst())
    let output = Pipe()
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw CommandFailure(
        .inputOutput, "Cannot run \(words[0]): \(error.localizedDescription)")
    }
    let text = String(
      decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return (status, text)
  }

  /// The program that runs now, wherever it was called from.
  private static func executable() throws -> String {
    guard let path = Bundle.main.executablePath else {
      throw CommandFailure(.internalError, "The path of this program is not known.")
    }
    return path
  }
}
