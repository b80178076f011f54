import ArgumentParser
import PoissonGLMM

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the counts of new rows by a model that is fitted to a CSV file, or saved.",
    discussion: """
      The model is fitted as 'fit' does it; its options mean the same. The new rows need the \
      columns of the formula but for the response:

        glmm-poisson predict visits.csv --formula 'y ~ x + (1 | clinic)' \\
          --new plan.csv

      A fit that 'fit --save' has saved is used as it is, with the same results:

        glmm-poisson fit visits.csv --formula 'y ~ x + (1 | clinic)' \\
          --save visits.fit
        glmm-poisson predict plan.csv --from visits.fit

      The results are CSV, or what --format asks for, one line a row, on standard output or in the \
      file of --out:

        row          the number of the row, from 1
        group        its group
        new_group    1 if the data have no such group: its random effects are then
                     drawn anew
        mean         the posterior mean of the expected count, given the group
        median       its posterior median
        lower        the interval that holds it with probability 1 - alpha
        upper
        count_lower  the interval that holds a new count with probability 1 - alpha
        count_upper  or, counts being whole numbers, somewhat more

      With several grouping factors each has two columns, named for example group(school) and \
      new_group(school).

      --groups says for which groups; all but 'own' need no columns of groups:

        own      those of the rows
        new      new ones, also where the data have the row's
        typical  one whose random effects are 0
        average  the mean of the expected counts of all groups there could be. The
                 interval is that of this mean, and says nothing of how groups vary;
                 count_lower and count_upper hold a count of a new group

      Groups are the same if their names are, as they are written: 01 is not 1. The new rows are \
      read as the data are, but for the separator, which is found in each file, and the options \
      that say how data are written hold for both.

      With --scale rate all of them are for an exposure of 1: the offset is 0, and its columns \
      need not be there. In a new group the mean is left empty where the data say so little of the \
      standard deviations between groups that it would rest on the prior.
      """)

  @OptionGroup var model: FitArguments

  @Option(
    help: ArgumentHelp(
      "The new rows: a CSV file with a header row, or - for standard input.", valueName: "new.csv"),
    completion: .file(extensions: ["csv"]))
  var new: String?

  @Option(
    help: ArgumentHelp(
      "Predict by this fit, which 'fit --save' wrote: the file that is named without an option "
        + "has the new rows.", valueName: "file"),
    completion: .file())
  var from: String?

  @Option(help: "Whether to predict counts, with the offset, or rates, where it is 0.")
  var scale: PredictionScale = .count

  @Option(help: "The groups to predict in.")
  var groups: PredictionGroups = .own

  @Option(help: "The format of the predictions.")
  var format: PredictionReport.Format = .csv

  @Option(
    help: ArgumentHelp(
      "Write the predictions to this file. (default: standard output)", valueName: "file"),
    completion: .file())
  var out: String?

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func validate() throws {
    if from == nil {
      try model.requireFormula()
      guard let new else { throw ValidationError("Missing expected argument '--new <new.csv>'") }
      guard new != "-" || model.data != "-" else {
        throw ValidationError("The data and --new cannot both be standard input.")
      }
    } else if let option = new != nil ? "--new" : model.fittingOption {
      throw ValidationError(
        "\(option) does not go with --from: the fit is that of the file, and the file that is "
          + "named without an option has the new rows.")
    }
    if let out, out.isEmpty { throw ValidationError("--out needs the name of a file.") }
  }

  func run() throws {
    try reportingFailures {
      for input in [model.data, new, from].compactMap({ $0 }) {
        if let out, isSameFile(out, input) {
          throw CommandFailure(.wrongUsage, "--out would overwrite the data in '\(input)'.")
        }
      }
      let settings = model.settings
      let source =
        try from.map { try PredictSource.saved(SavedFitFile.read($0)) }
        ?? .prepared(
          PreparedFit(
            formula: model.formulaText, data: .file(path: model.data), settings: settings))
      // Faults in the new rows are found before the time for a fit is spent.
      let rows = try PredictionReport.rows(
        source.frame, source.model, of: .file(path: new ?? model.data),
        format: settings.dataFormat, scale: scale, groups: groups)
      let early =
        quiet ? [] : source.earlyWarnings + source.frame.warnings(of: rows)
      StandardError.warn(early)
      let (predictor, warnings) = try source.predictor(settings)
      let report = try PredictionReport(
        predictor, frame: source.frame, rows: rows, scale: scale, alpha: model.alpha,
        threads: settings.threads)
      let text = try report.rendered(as: format)
      if let out, out != "-" {
        try AtomicFile.write(text, to: out)
      } else {
        try StandardOutput.write(text)
      }
      if !quiet {
        StandardError.warn((warnings + report.warnings).filter { !early.contains($0) })
      }
    }
  }
}

extension PredictionScale: ExpressibleByArgument {}

extension PredictionGroups: ExpressibleByArgument {}

extension PredictionReport.Format: ExpressibleByArgument {}
