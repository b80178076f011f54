import ArgumentParser
import Foundation
import PoissonGLMM

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a model to a CSV file.",
    discussion: """
      The formula is in the notation of R and lme4:

        glmm-poisson fit visits.csv --formula 'y ~ x + (1 | clinic) + offset(log(days))'

      Text columns are factors, factor(f) makes a factor of numbers, both with treatment \
      contrasts against the first level in sorted order. log(), exp(), sqrt() and I(x^2) hold \
      arithmetic; '0 +' or '- 1' drops the intercept. Random effects have one grouping factor and \
      are independent of each other: (1 | g), (0 + x | g), (1 + x || g). Names with odd \
      characters stand in backticks.

      Rows with a missing value in a used column, an empty field or NA, are left out. Results go \
      to standard output, warnings to standard error where the format has no place for them.
      """)

  @Argument(
    help: "The data: a CSV file with a header row, or - for standard input.",
    completion: .file(extensions: ["csv"]))
  var data: String

  @Option(help: "The model, as in 'y ~ x + (1 | group)'.")
  var formula: String

  @Option(help: "The approximation of the posterior.")
  var approximation = FitOptions().approximation

  @Option(help: "Intervals hold a probability of 1 - alpha.")
  var alpha = 0.05

  @Option(help: "The prior standard deviation of each fixed effect.")
  var fixedPriorSd = Priors().fixedEffectSD

  @Option(
    help: "The prior standard deviation of the log of each random effect's standard deviation.")
  var logSdPriorSd = Priors().logSDSD

  @Option(help: "The algorithm; bfgs is slow, and for the mean-field approximation only.")
  var optimizer: Optimizer = .newton

  @Option(
    help: ArgumentHelp(
      "The number of threads, which does not change the results. (default: one per processor)"))
  var threads: Int?

  @Option(help: "The format of the results.")
  var format: FitOutput.Format = .text

  @Option(
    help: ArgumentHelp("Write the random effects to this CSV file.", valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var randomEffects: String?

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func validate() throws {
    guard alpha > 0 && alpha < 1 else {
      throw ValidationError("--alpha must lie between 0 and 1, not \(alpha).")
    }
    for (name, sd) in [("fixed", fixedPriorSd), ("log-sd", logSdPriorSd)] {
      guard Priors.supportedSDs.contains(sd) else {
        throw ValidationError("--\(name)-prior-sd must lie between 1e-6 and 1e6, not \(sd).")
      }
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be 1 or more, not \(threads).")
    }
    guard optimizer != .bfgs || approximation == .meanField else {
      throw ValidationError("--optimizer bfgs needs --approximation mean-field.")
    }
    if let randomEffects, randomEffects.isEmpty || randomEffects == "-" {
      throw ValidationError("--random-effects needs the name of a file.")
    }
  }

  func run() throws {
    try reportingFailures {
      if let randomEffects, isSameFile(randomEffects, data) {
        throw CommandFailure(
          .wrongUsage, "--random-effects would overwrite the data in '\(data)'.")
      }
      let formula = try Formula(formula)
      let table = try CSVReader.read(path: data, columns: formula.columnRequests)
      let frame = try ModelFrame(formula: formula, data: table)
      let model = try frame.model(
        priors: Priors(fixedEffectSD: fixedPriorSd, logSDSD: logSdPriorSd))
      let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
      let clock = ContinuousClock()
      let start = clock.now
      let fit = try model.fit(
        FitOptions(approximation: approximation, optimizer: optimizer, threads: threads))
      let output = FitOutput(
        formula: formula, dataName: data, droppedRows: frame.droppedRows, model: model, fit: fit,
        alpha: alpha, seconds: (clock.now - start) / .seconds(1), threads: threads)

      if let randomEffects {
        try AtomicFile.write(FitOutput.randomEffectsCSV(fit.randomEffects), to: randomEffects)
      }
      try StandardOutput.write(output.rendered(as: format))
      if !quiet && !format.showsWarnings {
        for warning in output.warnings {
          StandardError.write("glmm-poisson: warning: \(warning)\n")
        }
      }
    }
  }
}

extension Approximation: ExpressibleByArgument {}

extension Optimizer: ExpressibleByArgument {}

extension FitOutput.Format: ExpressibleByArgument {}

extension FormulaError: CommandError {
  var exitStatus: ExitStatus { .wrongUsage }
}

extension CSVError: CommandError {
  var exitStatus: ExitStatus {
    switch kind {
    case .cannotOpen: .noSuchFile
    case .cannotRead: .inputOutput
    case .malformed: .badData
    }
  }
}
