import PoissonGLMM

/// Where the data depart from the model that is fitted to them; nowhere by default.
///
/// Whatever the departure, the truth of a fixed effect is its coefficient in log E(y | x, u), where
/// the random effects u of the groups have mean 0, and the truth of a log SD is the log of the
/// standard deviation of u between groups.
public struct Departures: Sendable, Equatable {
  /// The shape of every random effect's distribution; its mean is 0 and its SD the scenario's.
  public let randomEffects: RandomEffectDistribution
  /// Correlations between random effects of a group that are fitted as independent; pairs that are
  /// not listed have 0.
  public let randomCorrelations: [RandomCorrelation]
  /// The correlation of a random effect with a covariate of the group.
  public let covariateCorrelation: CovariateCorrelation?
  /// Each row's mean is multiplied by a gamma variate of this shape and mean 1: counts are then
  /// negative binomial given u, with variance mu + mu^2 / shape. nil for none.
  public let overdispersionShape: Double?
  /// The probability that a row's count is 0 whatever its mean.
  public let zeroInflation: Double
  /// gamma in n_j = max(1, round(n0_j exp(gamma z_j - gamma^2 / 2))): n0_j is drawn as the scenario
  /// says, z_j is the group's random intercept over its SD. 0 for sizes that say nothing.
  public let informativeGroupSize: Double

  /// No departure, where nothing else is said.
  public init(
    randomEffects: RandomEffectDistribution = .normal,
    randomCorrelations: [RandomCorrelation] = [],
    covariateCorrelation: CovariateCorrelation? = nil, overdispersionShape: Double? = nil,
    zeroInflation: Double = 0, informativeGroupSize: Double = 0
  ) {
    self.randomEffects = randomEffects
    self.randomCorrelations = randomCorrelations
    self.covariateCorrelation = covariateCorrelation
    self.overdispersionShape = overdispersionShape
    self.zeroInflation = zeroInflation
    self.informativeGroupSize = informativeGroupSize
  }

  /// What the departures are as parameters of the families that have them, by name.
  var familyParameters: [String: Double] {
    var parameters: [FamilyParameter: Double] = [:]
    parameters[.logOverdispersionSD] = overdispersionShape.map(
      FamilyParameter.logOverdispersionSD(size:))
    if zeroInflation > 0 {
      parameters[.logitZeroShare] = FamilyParameter.logit(zeroShare: zeroInflation)
    }
    return Dictionary(
      parameters.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The correlation of two random effects of the same group.
  public struct RandomCorrelation: Sendable, Equatable {
    /// A random term by its name.
    public let first: String
    /// Another random term by its name.
    public let second: String
    /// Between -1 and 1, both excluded.
    public let coefficient: Double

    /// Two terms, and a coefficient between -1 and 1, both excluded.
    public init(_ first: String, _ second: String, _ coefficient: Double) {
      self.first = first
      self.second = second
      self.coefficient = coefficient
    }
  }

  /// u_j = SD (r z_j + sqrt(1 - r^2) e_j): z_j is the group's covariate less its mean over its SD,
  /// both those of its distribution, and e_j has the shape of the random effects.
  public struct CovariateCorrelation: Sendable, Equatable {
    /// A group-level covariate by its name.
    public let covariate: String
    /// A random term by its name.
    public let term: String
    /// r, between -1 and 1, both excluded.
    public let coefficient: Double

    /// A coefficient between -1 and 1, both excluded.
    public init(covariate: String, term: String, _ coefficient: Double) {
      self.covariate = covariate
      self.term = term
      self.coefficient = coefficient
    }
  }
}

extension [Departures.RandomCorrelation] {
  /// The correlation matrix of terms; pairs that are not listed have 0.
  func matrix(terms: [String]) -> Matrix {
    var matrix = Matrix(diagonal: terms.map { _ in 1 })
    for pair in self {
      guard let row = terms.firstIndex(of: pair.first),
        let column = terms.firstIndex(of: pair.second)
      else { continue }
      matrix[row, column] = pair.coefficient
      matrix[column, row] = pair.coefficient
    }
    return matrix
  }
}

/// The shape of a random effect's distribution, scaled to mean 0 and standard deviation 1.
public enum RandomEffectDistribution: Sendable, Equatable {
  /// N(0, 1), as the model has it.
  case normal
  /// Student's t with more than 2 degrees of freedom, times sqrt((df - 2) / df).
  case studentT(degreesOfFreedom: Double)
  /// (G - k) / sqrt(k) for a gamma variate G of shape k and scale 1: skewed to the right, by
  /// 2 / sqrt(k).
  case gamma(shape: Double)
  /// Two normals of equal standard deviation c, `separation` of these apart; `weight` is the
  /// probability of the upper one. With w and d for these, c = 1 / sqrt(1 + w (1 - w) d^2), and the
  /// means are -w d c and (1 - w) d c.
  case mixture(weight: Double, separation: Double)
}
