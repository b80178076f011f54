import ArgumentParser
import Foundation
import SimulationStudy
import Synchronization

/// `glmm-poisson study run`: scenarios in, a directory with the report and its tables out.
struct StudyRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulate, fit and report.",
    discussion: """
      Every method of every scenario is run on every replicate. The directory gets report.md, \
      measures.csv, timing.csv, failures.csv and manifest.json; the verdict is printed. The same \
      scenarios give the same measures.csv, byte for byte, whatever the number of workers.
      """)

  @Argument(help: "Scenario files, or folders of .yml files.", completion: .file())
  var scenarios: [String]

  @Option(
    help: ArgumentHelp("Directory for the results; made if it is not there.", valueName: "dir"))
  var out: String

  @Option(help: "Replicates of every simulated scenario, in place of its own number.")
  var replicates: Int?

  @Option(help: "Fits to run at the same time. (default: one for each core)")
  var workers: Int?

  @Flag(help: "No progress on standard error.")
  var quiet = false

  mutating func validate() throws {
    guard (1...100_000_000).contains(replicates ?? 1) else {
      throw ValidationError("--replicates is a whole number from 1 to 100000000.")
    }
    guard (1...1024).contains(workers ?? 1) else {
      throw ValidationError("--workers is a whole number from 1 to 1024.")
    }
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a directory.") }
  }

  mutating func run() throws {
    try reportingFailures {
      let scenarios = try ScenarioFile.load(paths: scenarios).map { scenario in
        var scenario = scenario
        if let replicates, case .simulated = scenario.data { scenario.replicates = replicates }
        return scenario
      }
      // Before the work is done, not after: a directory that cannot be had would cost all of it.
      let directory = URL(fileURLWithPath: out, isDirectory: true)
      try prepare(directory)
      let workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
      let records = runShowingProgress(scenarios, workers: workers)
      let report = try StudyReport(
        scenarios: scenarios.map { ScenarioSummary($0) }, records: records,
        environment: .current(packageVersion: packageVersion, workers: workers), command: command)
      try report.write(to: directory)
      try StandardOutput.write(report.verdict() + "\n")
    }
  }

  private func runShowingProgress(_ scenarios: [Scenario], workers: Int) -> [ReplicateRecord] {
    let runner = StudyRunner(scenarios)
    if quiet { return runner.records(workers: workers) }
    let clock = ContinuousClock()
    let start = clock.now
    @Sendable func now() -> Double { (clock.now - start) / .seconds(1) }
    let reporter = Mutex(
      ProgressReporter(isTerminal: isatty(STDERR_FILENO) == 1, now: now()) {
        StandardError.write($0)
      })
    let records = runner.records(workers: workers) { progress in
      reporter.withLock { $0.update(progress, now: now()) }
    }
    reporter.withLock { $0.finish(now: now()) }
    return records
  }

  private func prepare(_ directory: URL) throws {
    try StudyFile.createDirectory(directory)
    guard FileManager.default.isWritableFile(atPath: directory.path) else {
      throw CommandFailure(.inputOutput, "The directory '\(out)' cannot be written to.")
    }
  }

  /// What prints the same study again.
  private var command: String {
    var words = ["glmm-poisson", "study", "run"] + scenarios + ["--out", out]
    if let replicates { words += ["--replicates", String(replicates)] }
    return words.map(Self.quoted).joined(separator: " ")
  }

  /// A word as a POSIX shell has to be given it.
  private static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./:,=+@%".utf8.contains(byte)
      }
    }
    return plain && !word.isEmpty
      ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
