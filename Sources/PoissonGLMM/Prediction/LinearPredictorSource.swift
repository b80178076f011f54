/// A normal of a mixture, with its weight.
typealias PredictorNormal = (weight: Double, mean: Double, variance: Double)

/// What `Predictor` takes the distribution of a new row's linear predictor eta from: a mixture of
/// normals over the posterior, in levels that the model has seen and in others.
protocol LinearPredictorSource: Sendable {
  /// Gives `body` the normals of eta for each of some rows; their weights add up to 1. Several
  /// threads call this at once.
  /// - Parameters:
  ///   - indices: the rows that are asked for, those of the same levels together.
  ///   - rows: all of them.
  ///   - limit: where it is reached, no more is worked out and the other rows are left out.
  func forEach(
    _ indices: ArraySlice<Int>, of rows: PredictionRows, until limit: FitLimit?,
    _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void)
}

extension PredictionGroups {
  /// The normal of eta = o + x'b + z'u, or of the log of its exponential's average, where u has not
  /// been seen.
  /// - Parameters:
  ///   - variance: z' Sigma z, over all factors whose levels have not been seen.
  ///   - normal: of o + x'b and what has been seen.
  func adding(effectsOfVariance variance: Double, to normal: PredictorNormal) -> PredictorNormal {
    switch self {
    case .own, .new: (normal.weight, normal.mean, normal.variance + variance)
    case .typical: normal
    case .average: (normal.weight, normal.mean + 0.5 * variance, normal.variance)
    }
  }
}
