import ArgumentParser
import PoissonGLMM

/// What is asked of a fit beyond its parameters.
struct FitQuestions: ParsableArguments {
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

  /// The questions with the columns of the model that they are about: what is wrong with them is
  /// found before the time for a fit is spent.
  struct Parsed {
    let contrasts: [LinearCombination]
    let means: [MarginalMeanWeights]
    let pairs: [MarginalMeanWeights]
    let hasOffset: Bool

    /// All linear combinations that are asked for.
    var combinations: [[Double]] {
      let differences = pairs.flatMap { means in
        means.weights.indices.flatMap { second in
          (0..<second).map { zip(means.weights[second], means.weights[$0]).map(-) }
        }
      }
      return contrasts.map(\.weights) + means.flatMap(\.weights) + differences
    }

    /// The answers of a fit.
    func answers(
      _ fit: PoissonMixedModelFit, alpha: Double
    ) throws(FitError) -> FitOutput.Derived {
      var derived = FitOutput.Derived()
      for contrast in contrasts {
        derived.contrasts.append(
          FitOutput.FixedEffect(
            parameter: contrast.text, marginal: try fit.linearCombination(contrast.weights),
            alpha: alpha))
      }
      for weights in means {
        derived.means.append(
          try FitOutput.MarginalMeans(weights, fit: fit, hasOffset: hasOffset, alpha: alpha))
      }
      for weights in pairs {
        derived.pairs.append(try FitOutput.Pairs(weights, fit: fit, alpha: alpha))
      }
      return derived
    }
  }

  /// - Throws: `FormulaError` or `ModelError` for what cannot be asked of the model.
  func parsed(_ frame: ModelFrame) throws -> Parsed {
    let names = frame.fixed.map(\.name)
    return Parsed(
      contrasts: try contrasts.map { try LinearCombination($0, of: names) },
      means: try means.map { try frame.marginalMeanWeights(of: $0) },
      pairs: try pairs.map { try frame.marginalMeanWeights(of: $0) },
      hasOffset: frame.offset != nil)
  }
}
