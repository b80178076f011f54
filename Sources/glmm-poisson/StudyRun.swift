import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy
import Synchronization

/// `glmm-poisson study run`: scenarios in, a directory with the results and the report out.
struct StudyRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Simulate, fit and report; go on with a study that was stopped.",
    discussion: """
      Every method of every scenario is run on every replicate. Each result is kept in \
      results.sqlite of the directory; when all are there, report.md, measures.csv, timing.csv, \
      failures.csv and manifest.json are written and the verdict is printed. The same scenarios \
      give the same measures.csv, byte for byte, whatever the number of workers and however often \
      the study was stopped.

      On a directory that has results already, only what is missing is run: after an interruption \
      (exit status 75) the same command goes on, and with more --replicates only the new ones are \
      run. Results of a scenario that has changed since are refused; --fresh deletes them and \
      starts anew.

      Methods with a command run another program, in the working directory. Those whose program is \
      missing are skipped, which is said here and in the report, and remain so until --fresh.

      --shard 2/8 runs the second of eight parts of the replicates, those whose number (counted \
      from 0) leaves 1 when divided by 8; no report is written. 'study merge' joins the parts.
      """)

  @Argument(help: "Scenario files, or folders of .yml files.", completion: .file())
  var scenarios: [String]

  @Option(
    help: ArgumentHelp(
      "Directory for the results; made if it is not there. Needed but for --dry-run.",
      valueName: "dir"))
  var out: String?

  @Option(help: "Replicates of every simulated scenario, in place of its own number.")
  var replicates: Int?

  @Option(help: "Fits to run at the same time. (default: one for each core)")
  var workers: Int?

  @Option(help: ArgumentHelp("Run one of several parts of the study.", valueName: "i/n"))
  var shard: String?

  @Flag(help: "Delete the results and the report in the directory and start anew.")
  var fresh = false

  @Flag(
    help: """
      Run nothing: say how many fits there are, and what time and space they will take, from a few \
      replicates that are timed for some ten seconds.
      """)
  var dryRun = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  mutating func validate() throws {
    guard (1...100_000_000).contains(replicates ?? 1) else {
      throw ValidationError("--replicates is a whole number from 1 to 100000000.")
    }
    guard (1...1024).contains(workers ?? 1) else {
      throw ValidationError("--workers is a whole number from 1 to 1024.")
    }
    guard out?.isEmpty != true else {
      throw ValidationError("--out needs the name of a directory.")
    }
    guard out != nil || dryRun else {
      throw ValidationError("Missing expected argument '--out <dir>'")
    }
    if let shard, Shard(shard) == nil {
      throw ValidationError(
        "--shard is i/n with whole numbers 1 <= i <= n <= \(Shard.maximumCount), for example 2/8.")
    }
  }

  mutating func run() throws {
    try reportingFailures {
      let interruption = Interruption.watch()
      let scenarios = try ScenarioFile.loadWithSources(paths: scenarios).map { sourced in
        var sourced = sourced
        if case .given = sourced.scenario.data { return sourced }
        if let replicates { sourced.scenario.replicates = replicates }
        return sourced
      }
      if scenarios.count >= Self.manyScenarios, !quiet {
        StandardError.write(
          "\(scenarios.count) scenarios are read; drawing the first data set of each.\n")
      }
      if !part.isWhole { try refuseShards(of: scenarios.map(\.scenario)) }
      for scenario in scenarios.map(\.scenario) {
        guard let method = scenario.ownEstimator else { continue }
        throw CommandFailure(
          .badData,
          "Method '\(method)' of scenario '\(scenario.name)' is an estimator of one's own in "
            + "Swift; only the program that has it can run it.")
      }
      if dryRun { return try forecast(scenarios.map(\.scenario), interruption) }
      let (store, lock) = try openStore(in: folder, fresh: fresh)
      defer {
        store.close()
        withExtendedLifetime(lock) {}
      }
      let programs = CommandPrograms(isStopping: { interruption.hasCome })
      defer { programs.stop() }
      let study = try register(scenarios, in: store, programs, interruption)
      warnOfDamage(in: study)
      try warnOfDifference(from: study, in: store, programs)
      let workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
      let environment = RunEnvironment.current(packageVersion: packageVersion, workers: workers)
      if study.recordedFits < study.plannedFits { try store.note(environment) }
      let progress = try interruption.deferring {
        try fit(study, in: store, workers: workers, programs, interruption)
      }
      try store.noteHandedOn(programs.handedOn)
      guard progress.done == progress.total, !interruption.hasCome else {
        throw interrupted(after: progress, try store.recordedPrograms())
      }
      programs.stop()
      try finish(study, in: store, environment)
    }
  }

  /// From here on the time until the first fit asks for a word.
  private static let manyScenarios = 1000

  /// Seconds that a dry run takes, about.
  private static let forecastSeconds = 10.0

  /// Says what the study will take.
  private func forecast(_ scenarios: [Scenario], _ interruption: Interruption) throws {
    let programs = CommandPrograms(isStopping: { interruption.hasCome })
    defer { programs.stop() }
    let records = try programs.greet(scenarios.flatMap(\.commands))
    let runnable = try scenarios.map { try StudyStore.runnable($0, records) }
    let forecast = StudyForecast(
      runnable, runner: StudyRunner(runnable, programs: programs),
      workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
      seconds: Self.forecastSeconds, isInterrupted: { interruption.hasCome })
    if interruption.hasCome { throw CommandFailure(.interrupted, "Interrupted.") }
    try StandardOutput.write(forecast.text())
  }

  /// Finds out what is recorded and which of the other programs are available, and starts those
  /// that are needed.
  private func register(
    _ scenarios: [SourcedScenario], in store: StudyStore, _ programs: CommandPrograms,
    _ interruption: Interruption
  ) throws -> RegisteredStudy {
    let programsAsked = scenarios.flatMap(\.scenario.commands)
    let commands = Set(programsAsked.map(\.text))
    func register(_ records: [ProgramRecord]) throws -> RegisteredStudy {
      try store.register(
        scenarios, shard: part, recipe: recipe, packageVersion: packageVersion, programs: records)
    }
    let recorded = try store.recordedPrograms()
    if commands.allSatisfy({ command in recorded.contains { $0.command == command } }) {
      let study = try register(recorded)
      // Programs that are not needed are not started.
      if commands.isEmpty || study.recordedFits == study.plannedFits { return study }
    }
    do {
      let found = try interruption.deferring { try programs.greet(programsAsked) }
      if interruption.hasCome { throw CancellationError() }
      let (records, nowThere) = try store.reconcile(found)
      try store.noteWorkingDirectory(FileManager.default.currentDirectoryPath)
      try say(records.filter { commands.contains($0.command) }, nowThere, scenarios)
      return try register(records)
    } catch is CancellationError {
      throw CommandFailure(
        .interrupted,
        "Interrupted before a fit was begun. To go on: "
          + recipe.command(out: folder, shard: part))
    }
  }

  /// Reports which methods are skipped, and which of them need no longer be.
  private func say(
    _ programs: [ProgramRecord], _ nowThere: [ProgramRecord], _ scenarios: [SourcedScenario]
  ) throws {
    for program in programs {
      guard let reason = program.missing else { continue }
      let methods = scenarios.flatMap(\.scenario.declaredMethods)
        .filter { $0.command?.text == program.command }.map(\.name)
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      StandardError.write(
        "Skipped: \(methods.joined(separator: ", ")) ('\(program.command)'): \(reason).\n")
      if nowThere.contains(program) {
        StandardError.write(
          "  It is there now, but the results in '\(folder)' were begun without it; --fresh starts "
            + "anew with it.\n")
      }
    }
  }

  /// Names the replicates that are run again, although they were recorded.
  private func warnOfDamage(in study: RegisteredStudy) {
    for (scenario, replicates) in study.damaged {
      let first = replicates.prefix(5).map(String.init).joined(separator: ", ")
      let rest = replicates.count > 5 ? " and \(replicates.count - 5) more" : ""
      let word = replicates.count == 1 ? "replicate" : "replicates"
      StandardError.write(
        "Warning: \(word) \(first)\(rest) of scenario '\(scenario)' in '\(folder)': not what was "
          + "recorded, as on a damaged disk: drawn and fitted again.\n")
    }
  }

  /// Warns if results of two programs, or of two processors, would be mixed in one study.
  private func warnOfDifference(
    from study: RegisteredStudy, in store: StudyStore, _ programs: CommandPrograms
  ) throws {
    let difference = try store.firstDifference(from: study, programs: programs)
    guard let (scenario, replicate) = difference else { return }
    StandardError.write(
      "Warning: the results in '\(folder)' are not those of this program on this machine to the "
        + "bit; see glmm-poisson study replay \(ShellWord.quoted(folder)) --scenario "
        + "\(ShellWord.quoted(scenario)) --replicate \(replicate), or start anew with --fresh.\n")
  }

  private var part: Shard { shard.flatMap { Shard($0) } ?? .whole }
  /// As messages name the directory.
  private var folder: String { out ?? "" }
  private var recipe: StudyRecipe { StudyRecipe(scenarios: scenarios, replicates: replicates) }

  /// Fits what is missing; every record goes to the store.
  private func fit(
    _ study: RegisteredStudy, in store: StudyStore, workers: Int, _ programs: CommandPrograms,
    _ interruption: Interruption
  ) throws -> StudyProgress {
    let clock = ContinuousClock()
    let start = clock.now
    @Sendable func now() -> Double { (clock.now - start) / .seconds(1) }
    let isQuiet = quiet
    let reporter = Mutex(
      ProgressReporter(
        isTerminal: isatty(STDERR_FILENO) == 1, now: now(), columns: { StandardError.columns },
        write: { if !isQuiet { StandardError.draw($0) } }))
    let writer = try ResultWriter(study, in: store)
    let outcome = Result { () throws(StoreError) -> StudyProgress in
      try StudyRunner(study.scenarios, programs: programs).run(
        workers: workers, shard: study.shard, recorded: study.recorded, rules: study.rules,
        isInterrupted: { interruption.hasCome },
        progress: { progress in reporter.withLock { $0.update(progress, now: now()) } },
        sink: { batch throws(StoreError) in try writer.append(batch) })
    }
    let progress: StudyProgress
    do {
      // Whatever has happened, what was fitted is written.
      try writer.finish()
      progress = try outcome.get()
    } catch {
      reporter.withLock { $0.clear() }
      throw error
    }
    reporter.withLock { $0.finish(progress, now: now()) }
    return progress
  }

  private func interrupted(
    after progress: StudyProgress, _ programs: [ProgramRecord]
  ) -> CommandFailure {
    CommandFailure(
      .interrupted,
      "Interrupted: \(progress.done) of \(progress.total) fits are recorded in '\(folder)'. To go "
        + "on: " + recipe.command(out: folder, shard: part, programs: programs)
        + (workers.map { " --workers \($0)" } ?? "") + (quiet ? " --quiet" : ""))
  }

  private func finish(
    _ study: RegisteredStudy, in store: StudyStore, _ environment: RunEnvironment
  ) throws {
    if study.replicatesBeyond > 0, !quiet {
      StandardError.write(
        "\(study.replicatesBeyond) replicates in '\(folder)' are beyond those asked for and are "
          + "left out of the report.\n")
    }
    guard part.isWhole else {
      try StandardOutput.write(
        "Shard \(part) is whole: \(study.plannedFits) fits in '\(folder)'. When all shards are: "
          + "glmm-poisson study merge SHARD_DIR... --out DIR\n")
      return
    }
    let report = try StudyReport(store.study(), in: store, fallback: environment)
    if let complaint = try report.write(to: store.directory), !quiet {
      StandardError.write(complaint + "\n")
    }
    try StandardOutput.write(report.plainVerdict() + "\n")
  }
}
