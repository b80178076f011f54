import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study power`: how many groups, rows or how large an effect for a wanted power.
struct StudyPower: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "power",
    abstract: "Find the number of groups, of rows, or the effect that gives a wanted power.",
    discussion: """
      One key of a scenario is varied until the power of a test, or another measure, is at its \
      target:

        glmm-poisson study power trial.yml --vary data.groups=5:200 \\
          --parameter treated --target 0.8 --out power

      --vary names the key as 'vary' of a scenario does, with the least and the largest value: \
      whole numbers, or real ones if an end has a point (data.fixed.treated=0.1:0.9). --measure \
      may be any that grows or falls with the value: rejection_rate, which is the power where \
      the coefficient is not 0, coverage, interval_width, empirical_se and others.

      Batches of replicates are run at the ends and then where the answer is most likely \
      (probabilistic bisection), until all are run. The answer is printed with its 95 % interval; \
      power.md and power.csv in the directory have every value that was tried. The same command \
      gives the same answer whatever the number of workers; stopped (exit status 75), it goes on \
      where it was, and with more --batches the search goes further. The replicates are in \
      results.sqlite, as those of a study: 'study replay' and 'study export' read them.
      """)

  @Argument(help: "The scenario, a file without a grid.", completion: .file())
  var scenario: String

  @Option(
    help: ArgumentHelp(
      "What is varied, and from where to where, as in data.groups=5:200.",
      valueName: "key=from:to"))
  var vary: String

  @Option(help: "The value that the measure is to have, such as 0.8.")
  var target: Double

  @Option(help: "The parameter that is measured.")
  var parameter: String

  @Option(help: "The method that is measured. (default: the first of the scenario)")
  var method: String?

  @Option(
    help: """
      What is measured: \
      \(PerformanceMeasure.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var measure = PerformanceMeasure.rejectionRate

  @Option(
    help: ArgumentHelp("Directory for the results; made if it is not there.", valueName: "dir"))
  var out: String

  @Option(help: "Replicates of a batch.")
  var batch = 100

  @Option(help: "Batches to run.")
  var batches = 40

  @Option(help: "Fits to run at the same time. (default: one for each core)")
  var workers: Int?

  @Flag(help: "Delete the results in the directory and start anew.")
  var fresh = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  private var candidates: (key: String, values: PowerCandidates)? {
    guard let equals = vary.lastIndex(of: "="), equals != vary.startIndex,
      let values = PowerCandidates(String(vary[vary.index(after: equals)...]))
    else { return nil }
    return (String(vary[..<equals]), values)
  }

  mutating func validate() throws {
    guard candidates != nil else {
      throw ValidationError(
        "--vary is a key with its least and its largest value, both above 0, as in "
          + "data.groups=5:200.")
    }
    guard target.isFinite, !measure.isProportion || (target > 0 && target < 1) else {
      throw ValidationError("--target of a share is between 0 and 1.")
    }
    guard (10...1_000_000).contains(batch) else {
      throw ValidationError("--batch is a whole number from 10 to 1000000.")
    }
    guard (3...10_000).contains(batches) else {
      throw ValidationError("--batches is a whole number from 3 to 10000.")
    }
    guard (1...1024).contains(workers ?? 1) else {
      throw ValidationError("--workers is a whole number from 1 to 1024.")
    }
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a directory.") }
  }

  mutating func run() throws {
    try reportingFailures {
      guard let (key, values) = candidates else { return }
      let interruption = Interruption.watch()
      var study = try PowerStudy(file: scenario, batch: batch) { plain in
        PowerQuestion(
          key: key, candidates: values, measure: measure, parameter: parameter,
          method: method ?? plain.methods.first?.name ?? "", target: target)
      }
      let (store, lock) = try openStore(in: out, fresh: fresh)
      defer {
        store.close()
        withExtendedLifetime(lock) {}
      }
      let programs = CommandPrograms(isStopping: { interruption.hasCome })
      defer { programs.stop() }
      do {
        try search(&study, in: store, programs, interruption)
      } catch is CancellationError {
        throw CommandFailure(
          .interrupted,
          "Interrupted after \(study.search.observations.count) of \(batches) batches. To go on: "
            + command)
      }
      let report = PowerReport(study, command: command)
      try report.write(to: store.directory)
      try StandardOutput.write(report.plainText)
    }
  }

  private func search(
    _ study: inout PowerStudy, in store: StudyStore, _ programs: CommandPrograms,
    _ interruption: Interruption
  ) throws {
    let (records, _) = try store.reconcile(
      study.commands.isEmpty ? [] : try programs.greet(study.commands))
    let recipe = StudyRecipe(scenarios: [scenario], replicates: nil)
    let workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
    for number in 1...batches {
      try interruption.deferring {
        try study.step(
          in: store, recipe: recipe, packageVersion: packageVersion, workers: workers,
          programs: programs, records: records, isInterrupted: { interruption.hasCome })
      }
      if !quiet, let last = study.search.observations.last {
        let value = study.question.candidates.text(
          study.question.candidates.values[last.candidate])
        StandardError.write(
          "batch \(number) of \(batches): \(study.question.key) = \(value): "
            + "\(String(format: "%.3f", last.estimate))\n")
      }
      if study.search.objection != nil { return }
    }
  }

  /// Prints the search again.
  private var command: String {
    var words = [
      "glmm-poisson", "study", "power", scenario, "--vary", vary, "--parameter", parameter,
      "--target", "\(target)",
    ]
    if let method { words += ["--method", method] }
    if measure != .rejectionRate { words += ["--measure", measure.rawValue] }
    if batch != 100 { words += ["--batch", String(batch)] }
    if batches != 40 { words += ["--batches", String(batches)] }
    return (words + ["--out", out]).map(ShellWord.quoted).joined(separator: " ")
  }
}

extension PerformanceMeasure: ExpressibleByArgument {}

extension PowerError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
