/// The prior distributions: `b_c ~ N(0, fixedEffectSD^2)` for every fixed effect but those of
/// `coefficients`, `s_k ~ N(0, logSDSD^2)` for the log standard deviation of every random term but
/// those of `standardDeviations`, and `R ~ LKJ(correlationShape)` for the correlations of every set
/// of correlated terms (Lewandowski, Kurowicka & Joe 2009).
public struct Priors: Sendable, Equatable {
  /// Prior standard deviation of each fixed effect (statsmodels' `fe_p`).
  public var fixedEffectSD: Double
  /// Prior standard deviation of each log standard deviation (statsmodels' `vcp_p`).
  public var logSDSD: Double
  /// eta of the density |R|^(eta - 1) of a correlation matrix: 1 is uniform, 2 makes correlations
  /// near 1 in size unlikely.
  public var correlationShape: Double
  /// The fixed effects that have a prior of their own, by their names.
  public var coefficients: [String: NormalPrior]
  /// The standard deviations of random terms that have a prior of their own: `sd(site)` is that of
  /// the intercept of the factor `site`, or of its only term; `sd(site:x)` that of the term `x`;
  /// `sd` those of all terms that are not named.
  public var standardDeviations: [String: SDPrior]

  /// The standard deviations for which precisions and their products are ordinary numbers.
  public static let supportedSDs = 1e-6...1e6
  /// The shapes of the correlations' prior: below 1 its density would rise towards -1 and 1.
  public static let supportedShapes = 1.0...1e3

  /// 1 / fixedEffectSD^2.
  var fixedEffectPrecision: Double { 1 / (fixedEffectSD * fixedEffectSD) }

  /// Parameters of the priors; the default standard deviations are those of statsmodels.
  /// - Parameters:
  ///   - fixedEffectSD: of each fixed effect.
  ///   - logSDSD: of each log standard deviation.
  ///   - correlationShape: of each correlation matrix.
  ///   - coefficients: of single fixed effects, by their names.
  ///   - standardDeviations: of the standard deviations of random terms, by their names.
  public init(
    fixedEffectSD: Double = 2, logSDSD: Double = 1, correlationShape: Double = 2,
    coefficients: [String: NormalPrior] = [:], standardDeviations: [String: SDPrior] = [:]
  ) {
    self.fixedEffectSD = fixedEffectSD
    self.logSDSD = logSDSD
    self.correlationShape = correlationShape
    self.coefficients = coefficients
    self.standardDeviations = standardDeviations
  }
}

/// The prior N(mean, standardDeviation^2) of one fixed effect.
public struct NormalPrior: Sendable, Equatable {
  /// The mean.
  public let mean: Double
  /// The standard deviation, within `Priors.supportedSDs`.
  public let standardDeviation: Double

  /// A normal prior.
  /// - Parameters:
  ///   - mean: the mean.
  ///   - standardDeviation: the standard deviation.
  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
