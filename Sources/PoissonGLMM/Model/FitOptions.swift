/// How the posterior is approximated.
public enum Approximation: String, Sendable, CaseIterable, Codable {
  /// A product of univariate normals over every parameter: what statsmodels' `fit_vb` computes.
  case meanField = "mean-field"
  /// One Gaussian over all fixed and random effects; independent normals for the log SDs.
  case structured
  /// A Gaussian over all effects for each value of the log SDs, whose own distribution is free and
  /// integrated by quadrature.
  case integrated
  /// Integrated, with covariances by linear response and, for up to three log SDs, an estimate of
  /// the evidence by quadrature in place of the bound.
  case corrected
}

/// Settings of a fit.
public struct FitOptions: Sendable {
  /// `corrected` unless said otherwise: the one that agrees with MCMC.
  public var approximation: Approximation
  /// The most iterations of one maximization, of which `integrated` and `corrected` need many; a
  /// fit that reaches it ends with `StopReason.iterationLimit`.
  public var maximumIterations: Int
  /// Threads used within one fit; results do not depend on it.
  public var threads: Int
  /// Whether the columns of the fixed effects are standardized for the fit. Estimates are given for
  /// the columns as they are; the prior N(0, fixedEffectSD^2) is that of the standardized columns'
  /// effects. See `Standardization`.
  public var standardizes: Bool
  /// Whether the fit keeps the random effects' distributions, as
  /// `PoissonMixedModelFit.randomEffectMarginal` and `Predictor` need them under integrated and
  /// corrected: their means and variances at every point of the quadrature whose weight is not
  /// negligible. Under mean-field and structured they are there always.
  ///
  /// That is 16 bytes a random effect and point; about 9, 60 and 350 points with one, two and three
  /// random terms. For a million rows in 100,000 groups and a random intercept it is 15 MB.
  public var keepsRandomEffects: Bool

  /// Linear combinations of the fixed effects, p weights each, whose skewness the fit is to find:
  /// `PoissonMixedModelFit.linearCombination` then knows it, as it knows that of each single
  /// effect. Without it a combination is a mixture of normals, whose interval ends may be off by
  /// 0.15 SD where counts are sparse. It matters under corrected for one grouping factor or none.
  public var combinations: [[Double]] = []

  /// The fixed effects whose means are all that is asked of the fit; nil if everything is. Where
  /// these have densities of their own, a fit then ends with them.
  var wantedMeans: [Int]?

  /// The least number of rows that a thread is handed at once. Sums are rounded by chunks, so that
  /// results depend on it in their last digits.
  var minimumRowsOfChunk = GroupChunks.minimumRows

  /// Options of a fit; see the properties of the same names.
  /// - Parameters:
  ///   - approximation: how the posterior is approximated.
  ///   - maximumIterations: the most iterations of one maximization.
  ///   - threads: how many to use within one fit.
  ///   - standardizes: whether the columns of the fixed effects are standardized for the fit.
  ///   - keepsRandomEffects: whether the random effects' distributions are kept.
  public init(
    approximation: Approximation = .corrected,
    maximumIterations: Int = 1000, threads: Int = 1, standardizes: Bool = false,
    keepsRandomEffects: Bool = false
  ) {
    self.approximation = approximation
    self.maximumIterations = maximumIterations
    self.threads = threads
    self.standardizes = standardizes
    self.keepsRandomEffects = keepsRandomEffects
  }
}
