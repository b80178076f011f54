import ArgumentParser
import Foundation
import PoissonGLMM

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a model to a CSV file.",
    discussion: """
      The formula is in the notation of R and lme4:

        glmm-poisson fit visits.csv \\
          --formula 'y ~ x + (1 | clinic) + offset(log(days))'

      Text columns are factors, factor(f) makes a factor of numbers, both with treatment \
      contrasts against the first level in sorted order, or that of --reference f=GP or \
      relevel(f, ref = "GP"). Names with odd characters stand in backticks. As in R:

        a + b, a:b, a * b    terms, interactions, both; (a + b)^2 and a / b as well
        0 + x, x - 1         no intercept
        .                    all other columns; '. - x' is all but x
        log(x), sqrt(x)      and other functions of numbers
        I(x^2), I(x > 2)     arithmetic and comparisons
        scale(x)             centred and divided by the standard deviation
        poly(x, 2)           orthogonal polynomials; with raw = TRUE plain powers
        ns(x, 4), bs(x, 5)   smooth curves: natural cubic splines and B-splines, by
                             their number of columns or by knots = c(1, 2)

      What these take from the data (means, knots, levels) is kept for the rows of 'predict'.

      Random effects stand in parentheses, and there may be several:

        (1 | g)            an intercept for every level of g
        (1 + x | g)        an intercept and a slope in x, which may be correlated
        (1 + x || g)       both, independent of each other
        (0 + x | g)        a slope alone
        (1 | a) + (1 | b)  two grouping factors, crossed or not
        (1 | a/b)          b within a, the same as (1 | a) + (1 | a:b)
        (1 | row)          an effect for every row, if no column is named so:
                           counts that scatter more than Poisson's

      Each grouping factor has its own table in the results, with the correlations of its terms \
      below.

      --standardize centres and scales the columns of the fixed effects for the fit (columns of 0 \
      and 1 are centred only) and brings the estimates back: the prior of the fixed effects is \
      then that of the standardized columns' effects, whatever the units.

      The data may have commas, semicolons, tabs or bars between their fields, which is found in \
      the header, and be compressed by gzip or written in UTF-16. --decimal , reads numbers such \
      as 0,5, and --encoding latin-1 the letters of older programs. A column is numeric if all of \
      it is. Groups are named by text as it is written: 01 and 1 are two.

      Levels, columns of 0 and 1 and cells of interactions without events are named in a warning, \
      with what their effects would be under other priors, since only the prior says how large \
      they are; this takes two more fits, and is left out where fits are dear (more than 30 fixed \
      effects, 3 standard deviations and correlations, or some million rows). The column "prior" \
      says how far each posterior moves as all priors are raised to a power ("prior_sensitivity" \
      in the JSON; above 0.05 is notable). The estimate of a standard deviation is its posterior \
      median ("sd_median" in the JSON).

      The model is checked against the data: how much the counts vary, how many zeros there are, \
      the distribution of the quantile residuals, the most extreme row, and whether random effects \
      are normal. What the model misses is told below the results, all of it under "checks" in \
      the JSON. --residuals writes a line for each row:

        line                its line in the file
        observed            its count
        fitted              the count that the model expects in its own groups
        response            observed - fitted
        pearson             response / sqrt(fitted)
        quantile            the randomized quantile residual, given the row's groups
                            and all other rows: standard normal where the model holds
        quantile_new_group  the same in new groups

      --plot draws the rate ratios, the random effects, observed against fitted counts, quantile \
      residuals against a normal sample and against fitted counts, and a rootogram of the counts.

      Rows with a missing value in a used column, an empty field, NA or what --na lists, are left \
      out. Results go to standard output. Warnings stand in the text and the Markdown; with other \
      formats they go to standard error, those about columns before the fit begins (and so they do \
      with a text whose fit takes longer than 2 s). A fit that does not converge is printed with a \
      warning, and the exit status is still 0: scripts look at "converged" in the JSON.
      """)

  @OptionGroup var model: FitArguments

  @OptionGroup(title: "Questions to the fit") var questions: FitQuestionArguments

  @Option(help: "The format of the results.")
  var format: FitOutput.Format = .text

  @Option(
    help: ArgumentHelp(
      "Write the random effects to this CSV file; - prints them in place of the results.",
      valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var randomEffects: String?

  @Option(
    help: ArgumentHelp(
      "Save the fit, with the data that it uses, to this file: for 'predict --from' and 'simulate "
        + "--like', which then fit nothing again.", valueName: "file"),
    completion: .file())
  var save: String?

  @OptionGroup var pictures: FitFiles

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  /// Seconds after which a fit is taken for a long one.
  private static let patience = 2.0

  /// Whether one of the files is printed in place of the results.
  private var printsFile: Bool {
    [randomEffects, questions.covariance, pictures.residuals].contains("-")
  }

  func validate() throws {
    try model.requireFormula()
    if let save, save.isEmpty || save == "-" {
      throw ValidationError("--save needs the name of a file.")
    }
    let files = [("random-effects", randomEffects), ("covariance", questions.covariance)]
    for (option, file) in files where file == "" {
      throw ValidationError("--\(option) needs the name of a file, or -.")
    }
    guard randomEffects == nil || randomEffects != questions.covariance else {
      throw ValidationError("--random-effects and --covariance go to different files.")
    }
    if randomEffects == "-" || questions.covariance == "-", pictures.residuals == "-" {
      throw ValidationError(
        "Only one of --random-effects, --covariance and --residuals can be printed.")
    }
  }

  func run() throws {
    try reportingFailures {
      let files = [
        ("random-effects", randomEffects), ("covariance", questions.covariance), ("save", save),
        ("residuals", pictures.residuals),
      ]
      for case (let option, let file?) in files where isSameFile(file, model.data) {
        throw CommandFailure(
          .wrongUsage, "--\(option) would overwrite the data in '\(model.data)'.")
      }
      var settings = model.settings
      questions.add(to: &settings)
      let prepared = try PreparedFit(
        formula: model.formulaText, data: .file(path: model.data), settings: settings)
      // Before the time for a fit is spent that is probably not the one meant. Where the results
      // have a place for warnings that is early enough, unless the fit takes long.
      let showsWarnings = format.showsWarnings && !printsFile
      let early = quiet ? [] : prepared.earlyWarnings
      let reminder = StandardError.warn(early, after: showsWarnings ? Self.patience : nil)
      defer { reminder?.cancel() }
      let report = try prepared.report(
        keepsRandomEffects: randomEffects != nil || save != nil || pictures.needRandomEffects)
      let output = report.output
      if let save { try AtomicFile.write(bytes: report.saved().bytes, to: save) }
      var printed = try pictures.write(
        report.model, report.fit, frame: report.frame, alpha: model.alpha,
        threads: settings.threads)
      func put(_ text: @autoclosure () throws -> String, to file: String?) throws {
        guard let file else { return }
        guard file == "-" else { return try AtomicFile.write(text(), to: file) }
        printed = try text()
      }
      try put(output.randomEffectsCSV(report.fit), to: randomEffects)
      try put(output.fixedCovarianceCSV, to: questions.covariance)
      try StandardOutput.write(printed ?? output.rendered(as: format))
      if !quiet && !showsWarnings {
        StandardError.warn(report.lateWarnings)
        if printed != nil || format == .csv { StandardError.warn(output.checkSentences) }
      }
    }
  }
}

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
