import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study compare`: a study against its baseline.
struct StudyCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Judge a study against an earlier one of the same scenarios.",
    discussion: """
      Compares replicate by replicate, on the same data, by nine rules. What one of them finds is \
      a regression:

        stream       the simulated data are others; no other rule applies then
        drift        any number that a fit reports moved
        optimum      evidence bounds are lower
        bias         estimates are farther from the truth on average
        coverage     the share of intervals with the truth is farther from nominal
        calibration  posterior probabilities of the truth are uniform no more
        failures     fits fail that did not
        iterations   fits take more iterations
        time         fits take longer, on equal machines

      Numbers are estimates, SDs, ends of intervals, p values, the log evidence, means and SDs of \
      random effects, and of methods with checks the log-likelihood and each check.

      Prints Markdown for a pull request, or JSON or JUnit's XML. There are three verdicts: the \
      same; changed, within tolerance, with what moved, by how much and where most; regression, \
      with exit status 1.

      Either directory is one that 'study run', 'study merge' or 'study baseline' has written. A \
      scenario, method or replicate of the baseline that the current run lacks is an error; \
      replicates that only the current run has are left out, and counted.

      Times are honest when both programs run in turn on one machine, many times: --baseline-again \
      and --current-again name further runs of the same two, round by round; fewer replicates are \
      enough.
      """)

  @Argument(help: "The directory to judge by.", completion: .directory)
  var baseline: String

  @Argument(help: "The directory to be judged.", completion: .directory)
  var current: String

  @Option(
    help: ArgumentHelp(
      "YAML file of what counts as a regression; Reports/baselines/README.md describes it.",
      valueName: "file"),
    completion: .file())
  var thresholds: String?

  @Option(
    help: ArgumentHelp("Another run of the baseline, for its times.", valueName: "dir"),
    completion: .directory)
  var baselineAgain: [String] = []

  @Option(
    help: ArgumentHelp("The current program's run of the same round.", valueName: "dir"),
    completion: .directory)
  var currentAgain: [String] = []

  @OptionGroup var output: JudgementArguments

  mutating func validate() throws {
    guard baselineAgain.count == currentAgain.count else {
      throw ValidationError(
        "A round needs both: there are \(baselineAgain.count) --baseline-again and "
          + "\(currentAgain.count) --current-again.")
    }
  }

  mutating func run() throws {
    try reportingFailures {
      let thresholds =
        try thresholds.map { try ComparisonThresholds(file: URL(fileURLWithPath: $0)) }
        ?? ComparisonThresholds()
      let comparison = try StudyComparison(
        baseline: Self.study(baseline), current: Self.study(current),
        rounds: zip(baselineAgain, currentAgain).map {
          try StudyComparison.Round(baseline: Self.study($0), current: Self.study($1))
        }, thresholds: thresholds)
      try output.write(comparison.text(as: output.format))
      if comparison.hasRegression { throw ExitCode(ExitStatus.gateFailed.rawValue) }
    }
  }

  private static func study(_ directory: String) throws -> ComparedStudy {
    try ComparedStudy(directory: URL(fileURLWithPath: directory, isDirectory: true))
  }
}

extension ComparisonError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
