/// A test of one assumption of a model against its data.
public struct ModelCheck: Sendable, Equatable {
  /// `dispersion`, `zeros`, `uniformity`, `outliers`, or `normality(TERM)` for a random term.
  public let name: String
  /// What the sentence tells in numbers: the variance of the counts over what the model says, the
  /// number of zeros over what the model expects, the largest distance between the distribution of
  /// the quantile residuals and the uniform one, the normal score of the most extreme row, and for
  /// a random term the chi-squared statistic of skewness and kurtosis, 2 degrees of freedom.
  public let statistic: Double
  /// The probability of so much or more under the model, two-sided.
  public let p: Double
  /// One sentence for the user, whatever the outcome.
  public let sentence: String
  /// Whether it should be told unasked: p is below 0.01, and the departure is large enough to
  /// matter.
  public let matters: Bool
}

extension ModelCheck {
  /// The names of all checks of a model, in their order.
  /// - Parameter terms: its random terms, as `PoissonMixedModel.randomNames` has them.
  public static func names(terms: [String]) -> [String] {
    ["dispersion", "zeros", "uniformity", "outliers"] + terms.map(normalityName)
  }

  static func normalityName(_ term: String) -> String { "normality(\(term))" }
}
