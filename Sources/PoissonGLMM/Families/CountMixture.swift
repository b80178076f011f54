import GSLNumerics

/// The distribution of a count given its linear predictor, averaged over the posterior of the
/// parameters of its family: over the means m_a and variances r_a of these by the rule of
/// `ParameterNode`. That the parameters depend on the linear predictor given the data is left out.
struct CountMixture: Sendable {
  private let parts: [(weight: Double, distribution: CountDistribution)]
  /// The mean of the zero share.
  let zeroShare: Double

  /// - Returns: nil for Poisson.
  init?(_ family: CountFamily, _ posterior: Posterior) {
    guard family != .poisson else { return nil }
    let means = posterior.familyMean
    let variances = means.indices.map { a in
      posterior.components.reduce(0) { sum, component in
        let shift = component.gaussian.familyMean[a] - means[a]
        return sum + component.weight * (component.gaussian.familyVariance[a] + shift * shift)
      }
    }
    parts = ParameterNode.rule(means: means, variances: variances).map {
      ($0.weight, CountDistribution(family, parameters: $0.parameters))
    }
    zeroShare = parts.reduce(0) { $0 + $1.weight * $1.distribution.zeroShare }
  }

  /// P(Y <= count) at a rate, the mean of the counts that are no inflated zeros.
  func cumulative(_ count: Double, rate: Double) -> Double {
    parts.reduce(0) { $0 + $1.weight * $1.distribution.cumulative(count, rate: rate) }
  }

  /// The mean and the variance of a count at a rate.
  func moments(rate: Double) -> (mean: Double, variance: Double) {
    let moments = parts.map { ($0.weight, $0.distribution.moments(rate: rate)) }
    let mean = moments.reduce(0) { $0 + $1.0 * $1.1.mean }
    return (
      mean,
      moments.reduce(0) { sum, part in
        let shift = part.1.mean - mean
        return sum + part.0 * (part.1.variance + shift * shift)
      }
    )
  }

  /// How wide a distribution of the log of a count is at least, beside Poisson's.
  var logSpread: Double {
    parts.reduce(0) { $0 + $1.weight * ($1.distribution.size.map { 1 / $0 } ?? 0) }.squareRoot()
  }

  /// E l' and -E l'' of a count, at the means of the family's parameters.
  func slopes(_ count: Double, mean: Double, variance: Double) -> (first: Double, weight: Double) {
    parts[0].distribution.slopes(count, mean: mean, variance: variance)
  }
}
