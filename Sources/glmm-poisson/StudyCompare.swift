import ArgumentParser
import Foundation
import SimulationStudy

/// `glmm-poisson study compare`: a study against its baseline.
struct StudyCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Judge a study against an earlier one of the same scenarios.",
    discussion: """
      Compares replicate by replicate, on the same data: estimates that moved, evidence bounds that are \
      lower, bias and coverage, failures, iterations, and on equal machines time. Prints Markdown for a \
      pull request. The exit status is 1 if there is a regression.

      Either directory is one that 'study run', 'study merge' or 'study baseline' has written. A scenario, \
      method or replicate that is missing is an error.

      Times are honest when both programs run in turn on one machine: --baseline-again and --current-again \
      name further runs of the same two, and of each fit the shortest time counts.
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

  @Option(help: ArgumentHelp("Another run of the baseline, for its times.", valueName: "dir"))
  var baselineAgain: [String] = []

  @Option(
    help: ArgumentHelp("Another run of the current program, for its times.", valueName: "dir"))
  var currentAgain: [String] = []

  mutating func run() throws {
    try reportingFailures {
      let thresholds =
        try thresholds.map { try ComparisonThresholds(file: URL(fileURLWithPath: $0)) }
        ?? ComparisonThresholds()
      let comparison = try StudyComparison(
        baseline: Self.study(baseline, again: baselineAgain),
        current: Self.study(current, again: currentAgain), thresholds: thresholds)
      try StandardOutput.write(comparison.markdown())
      if comparison.hasRegression { throw ExitCode(ExitStatus.gateFailed.rawValue) }
    }
  }

  private static func study(_ directory: String, again: [String]) throws -> ComparedStudy {
    func study(_ path: String) throws -> ComparedStudy {
      try ComparedStudy(directory: URL(fileURLWithPath: path, isDirectory: true))
    }
    return try study(directory).withFastestSeconds(among: again.map(study))
  }
}

extension ComparisonError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
