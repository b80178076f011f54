import ArgumentParser
import PoissonGLMM

/// What is asked of a fit beyond its parameters.
struct FitQuestionArguments: ParsableArguments {
  @Option(
    name: .customLong("contrast"),
    // One may begin with a minus.
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A linear combination of coefficients, as in 'trt + lbase:trt' or '2*a - b/3'; may be given "
        + "several times.", valueName: "combination"))
  var contrasts: [String] = []

  @Option(
    name: .customLong("means"),
    help: ArgumentHelp(
      "Report the marginal means of this factor's levels; may be given several times.",
      valueName: "factor"))
  var means: [String] = []

  @Option(
    name: .customLong("pairs"),
    help: ArgumentHelp(
      "Report all differences between the marginal means of this factor's levels, with intervals "
        + "for all at once; may be given several times.", valueName: "factor"))
  var pairs: [String] = []

  @Flag(
    help: ArgumentHelp(
      "Report intraclass correlations, median rate ratios and R2: in text, Markdown and JSON."))
  var variances = false

  @Option(
    help: ArgumentHelp(
      "Write the covariance matrix of the fixed effects to this CSV file; - prints it in place of "
        + "the results.", valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var covariance: String?

  /// Adds the questions to the settings of a fit.
  func add(to settings: inout FitSettings) {
    settings.contrasts = contrasts
    settings.means = means
    settings.pairs = pairs
    settings.variances = variances
  }
}
