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
      contrasts against the first level in sorted order, or that of --reference f=GP or \
      relevel(f, ref = "GP"). Names with odd characters stand in backticks. As in R:

        a + b, a:b, a * b    terms, interactions, both; (a + b)^2 and a / b as well
        0 + x, x - 1         no intercept
        .                    all other columns; '. - x' is all but x
        log(x), sqrt(x)      and other functions of numbers; I(x^2), I(x > 2) hold arithmetic
        scale(x)             centred and divided by the standard deviation
        poly(x, 2)           orthogonal polynomials; poly(x, 2, raw = TRUE) are plain powers
        ns(x, 4), bs(x, 5)   smooth curves: natural cubic splines and B-splines, by their
                             number of columns or by knots = c(1, 2)

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

      Levels, columns of 0 and 1 and cells of interactions without events are named before the \
      fit: only the prior says how large their effects are. Below the tables stand the parameters \
      for which the prior matters, by how far their posteriors move as all priors are raised to a \
      power ("prior_sensitivity" in the JSON; above 0.05 is notable). The estimate of a standard \
      deviation is its posterior median ("sd_median" in the JSON).

      Rows with a missing value in a used column, an empty field, NA or what --na lists, are left \
      out. Results go to standard output, warnings to standard error where the format has no place \
      for them; what is wrong with the columns is said there before the fit begins. A fit that \
      does not converge is printed with a warning, and the exit status is still 0: scripts look at \
      "converged" in the JSON.
      """)

  @OptionGroup var model: FitArguments

  @Option(help: "The format of the results.")
  var format: FitOutput.Format = .text

  @Option(
    help: ArgumentHelp(
      "Write the random effects to this CSV file; - prints them in place of the results.",
      valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var randomEffects: String?

  @Flag(help: "Print no warnings on standard error.")
  var quiet = false

  func validate() throws {
    if let randomEffects, randomEffects.isEmpty {
      throw ValidationError("--random-effects needs the name of a file, or -.")
    }
  }

  func run() throws {
    try reportingFailures {
      if let randomEffects, randomEffects != "-", isSameFile(randomEffects, model.data) {
        throw CommandFailure(
          .wrongUsage, "--random-effects would overwrite the data in '\(model.data)'.")
      }
      let formula = try model.parsedFormula()
      let frame = try model.frame(formula)
      let poissonModel = try frame.model(priors: model.priors)
      // Before the time for a fit is spent that is probably not the one meant.
      let early = quiet ? [] : frame.columnWarnings + poissonModel.eventWarnings
      StandardError.warn(early)
      let options = model.options(keepsRandomEffects: randomEffects != nil)
      let clock = ContinuousClock()
      let start = clock.now
      let fit = try poissonModel.fit(options)
      var output = FitOutput(
        formula: formula, dataName: model.data, droppedRows: frame.droppedRows,
        model: poissonModel, fit: fit, options: options, alpha: model.alpha,
        seconds: (clock.now - start) / .seconds(1))
      output.references = model.referenceLevels

      let printsEffects = randomEffects == "-"
      if let randomEffects, !printsEffects {
        try AtomicFile.write(output.randomEffectsCSV(fit), to: randomEffects)
      }
      try StandardOutput.write(
        printsEffects ? output.randomEffectsCSV(fit) : output.rendered(as: format))
      if !quiet && (printsEffects || !format.showsWarnings) {
        StandardError.warn(output.warnings.filter { !early.contains($0) })
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
