/// What is asked of a fit beyond its parameters, with the columns of the model that it is about:
/// what is wrong with a question is found before the time for a fit is spent.
struct FitQuestions {
  private let contrasts: [LinearCombination]
  private let means: [MarginalMeanWeights]
  private let pairs: [MarginalMeanWeights]
  private let hasOffset: Bool

  /// - Throws: `FormulaError` or `ModelError` for what cannot be asked of the model.
  init(_ settings: FitSettings, _ frame: ModelFrame) throws {
    let names = frame.fixed.map(\.name)
    contrasts = try settings.contrasts.map { try LinearCombination($0, of: names) }
    means = try settings.means.map { try frame.marginalMeanWeights(of: $0) }
    pairs = try settings.pairs.map { try frame.marginalMeanWeights(of: $0) }
    hasOffset = frame.offset != nil
  }

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
