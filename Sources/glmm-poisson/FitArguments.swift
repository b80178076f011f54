import ArgumentParser
import PoissonGLMM

/// What `fit` and `predict` need to know to fit a model.
struct FitArguments: ParsableArguments {
  @Argument(
    help: "The data: a CSV file with a header row, also compressed by gzip; - is standard input.",
    completion: .file(extensions: ["csv"]))
  var data: String

  @Option(help: "The model, as in 'y ~ x + (1 | group)'.")
  var formula: String?

  @OptionGroup var fitting: FittingArguments

  @Option(help: "Intervals hold a probability of 1 - alpha.")
  var alpha = 0.05

  func validate() throws {
    try settings.validateOptions()
  }

  /// Only a saved fit has a formula of its own.
  func requireFormula() throws {
    guard formula != nil else {
      throw ValidationError("Missing expected argument '--formula <formula>'")
    }
  }

  /// An option that says how to fit, and has no use for a fit that was saved; nil if there is none.
  var fittingOption: String? { formula != nil ? "--formula" : fitting.fittingOption }

  /// What was asked for, but for questions to the fit.
  var settings: FitSettings {
    var settings = fitting.settings
    settings.alpha = alpha
    return settings
  }

  /// The formula as it was written.
  var formulaText: String { formula ?? "" }
}
