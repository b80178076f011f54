import PlatformEssentials

/// The priors that a fit was made with, as densities of the parameters that it reports.
struct FittedPriors: Sendable {
  let priors: Priors
  /// Where the prior is that of other effects, as of standardized columns.
  private let transformation: (any EffectTransformation)?
  /// 2 a of the density sech(z)^(2a) of each partial correlation's atanh.
  private let correlationPowers: [Double]
  /// By random term.
  private let logSDs: [LogSDPrior]

  init(
    _ priors: Priors, factors: [GroupingFactor],
    transformation: (any EffectTransformation)? = nil
  ) {
    self.priors = priors
    self.transformation = transformation
    logSDs = priors.logSDPriors(of: factors)
    let prior = HyperparameterPrior(logSDs: [], correlationShape: priors.correlationShape)
    correlationPowers = factors.flatMap(\.correlatedSets).flatMap { set in
      CovarianceStructure.columns(setSize: set.count).map {
        prior.power(column: $0, setSize: set.count)
      }
    }
  }

  /// M^-1 (b - means), the effects that the prior N(0, sd^2) is of.
  func ownEffects(_ effects: [Double]) -> [Double] {
    ownScale(transformation.map { zip(effects, $0.means).map(-) } ?? effects)
  }

  /// M^-1 b, a difference of two such effects.
  func ownScale(_ effects: [Double]) -> [Double] {
    transformation?.inverse(effects) ?? effects
  }

  /// The trace of Cov(b), on the scale of the prior.
  func trace(_ covariance: Matrix) -> Double {
    guard transformation != nil else {
      return (0..<covariance.order).reduce(0) { $0 + covariance[$1, $1] }
    }
    // The columns of M^-1 C; M^-1 from the other side, of which the diagonal is left.
    let columns = (0..<covariance.order).map { ownScale(Array(covariance.row($0))) }
    return columns.indices.reduce(0) { sum, c in sum + ownScale(columns.map { $0[c] })[c] }
  }

  /// The log of the density of the log SD k that power-scaling scales, up to a constant.
  func logDensity(logSD s: Double, at k: Int) -> Double { logSDs[k].logScaledDensity(at: s) }

  /// log p(z) of one of the correlations' parameters, up to a constant.
  func logDensity(partialCorrelation z: Double, at index: Int) -> Double {
    // log cosh z, which cosh itself would not survive.
    -correlationPowers[index] * (z.magnitude + log1p(exp(-2 * z.magnitude)) - log(2))
  }

  /// The expectation of that under a normal.
  func expectedLogDensity(logSD mean: Double, variance: Double, at k: Int) -> Double {
    logSDs[k].expectedLogScaledDensity(mean: mean, variance: variance)
  }

  /// E log p(z) of a normal, to second order.
  func expectedLogDensity(
    partialCorrelation mean: Double, variance: Double, at index: Int
  ) -> Double {
    let slope = tanh(mean)
    return logDensity(partialCorrelation: mean, at: index)
      - 0.5 * variance * correlationPowers[index] * (1 - slope * slope)
  }
}
