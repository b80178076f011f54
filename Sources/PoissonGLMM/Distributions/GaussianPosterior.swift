import PlatformEssentials

/// A Gaussian approximation of the effects' posterior at given log SDs, or with their normal
/// posteriors: q(b, u | s) q(s).
public struct GaussianPosterior: Sendable, Equatable {
  /// How the covariances of the effects were found.
  public enum CovarianceSource: Sendable, Equatable {
    /// Every effect is independent of all others, as in mean-field.
    case independent
    /// S of the Gaussian that maximizes the evidence bound.
    case bound
    /// Linear response (Giordano, Broderick & Jordan 2018), as under `corrected`: the derivative of
    /// the means under a perturbation of the log joint density.
    case linearResponse
  }

  /// Means of the log SDs, factor after factor and term after term, or the values they are given
  /// at.
  public let logSDMean: [Double]
  /// Variances of the log SDs, which are independent of each other and of the effects; 0 where they
  /// are given.
  public let logSDVariance: [Double]
  /// Means of the correlations' parameters, the atanh of canonical partial correlations, or the
  /// values they are given at: factor after factor, set after set, z_ij with i > j row by row.
  public internal(set) var correlationMean: [Double] = []
  /// Their variances; 0 where they are given.
  public internal(set) var correlationVariance: [Double] = []
  /// Means of the parameters of the family of counts, in the order of `CountFamily.parameters`, or
  /// the values they are given at; none for Poisson.
  public internal(set) var familyMean: [Double] = []
  /// Their variances; 0 where they are given.
  public internal(set) var familyVariance: [Double] = []
  /// E b, p.
  public internal(set) var fixedMean: [Double]
  /// Cov(b), p x p.
  public internal(set) var fixedCovariance: Matrix
  /// E u, factor after factor, of each G q numbers, group-major; empty where random effects were
  /// not kept.
  public internal(set) var randomMean: [Double]
  /// Var(u), in the same order; empty where random effects were not kept.
  public internal(set) var randomVariance: [Double]
  /// The weights w of the rows in S^-1 = A' diag(w) A + Lambda of a model with several grouping
  /// factors or correlated terms, which predictions need; empty where random effects were not kept.
  var rowWeights: [Double] = []
  /// How the covariances were found.
  public internal(set) var covarianceSource: CovarianceSource

  /// A Gaussian for given log SDs, correlations and fixed effects, known exactly: what a parametric
  /// bootstrap draws from.
  /// - Parameters:
  ///   - fixedEffects: b, p numbers.
  ///   - logSDs: s, one number a random term.
  ///   - partialCorrelations: as `correlationMean` has them; none for independent terms.
  ///   - familyParameters: as `familyMean` has them; none for Poisson.
  public init(
    fixedEffects: [Double], logSDs: [Double], partialCorrelations: [Double] = [],
    familyParameters: [Double] = []
  ) {
    self.init(
      logSDMean: logSDs, logSDVariance: logSDs.map { _ in 0 }, fixedMean: fixedEffects,
      fixedCovariance: Matrix(order: fixedEffects.count), randomMean: [], randomVariance: [],
      covarianceSource: .independent)
    correlationMean = partialCorrelations
    correlationVariance = partialCorrelations.map { _ in 0 }
    familyMean = familyParameters
    familyVariance = familyParameters.map { _ in 0 }
  }

  init(
    logSDMean: [Double], logSDVariance: [Double], fixedMean: [Double], fixedCovariance: Matrix,
    randomMean: [Double], randomVariance: [Double], covarianceSource: CovarianceSource
  ) {
    self.logSDMean = logSDMean
    self.logSDVariance = logSDVariance
    self.fixedMean = fixedMean
    self.fixedCovariance = fixedCovariance
    self.randomMean = randomMean
    self.randomVariance = randomVariance
    self.covarianceSource = covarianceSource
  }

  /// E exp(-2 s_k) by term: the precision of the prior of the random effects.
  var termPrecisions: [Double] {
    zip(logSDMean, logSDVariance).map { exp(-2 * $0 + 2 * $1) }
  }

  /// The same in the fixed effects M b; unchanged without M.
  func transformed(by matrix: Matrix?) -> GaussianPosterior {
    guard let matrix else { return self }
    var copy = self
    copy.fixedMean = matrix * fixedMean
    // M S M' = M (M S)', S being symmetric.
    copy.fixedCovariance = matrix * (matrix * fixedCovariance).transposed
    return copy
  }
}
