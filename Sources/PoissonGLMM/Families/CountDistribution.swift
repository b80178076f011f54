import GSLNumerics
import PlatformEssentials

/// The distribution of one count at given parameters of its family, as a function of its linear
/// predictor eta = log mu: mu is the mean of the counts that are not inflated zeros.
package struct CountDistribution: Sendable {
  /// nil without.
  package let size: Double?
  /// 0 without zero inflation.
  package let zeroShare: Double

  /// - Parameter parameters: in the order of `CountFamily.parameters`.
  package init(_ family: CountFamily, parameters: [Double]) {
    size = family.hasSize ? parameters.first.map { exp(-2 * min(max($0, -40), 40)) } : nil
    zeroShare = family.hasZeroShare ? parameters.last.map { 1 / (1 + exp(-$0)) } ?? 0 : 0
  }

  /// log P(y).
  func logDensity(_ y: Double, predictor eta: Double) -> Double {
    let own = logOwnDensity(y, predictor: eta)
    guard zeroShare > 0 else { return own }
    let inflated = log1p(-zeroShare) + own
    guard y == 0 else { return inflated }
    let zero = log(zeroShare)
    return max(zero, inflated) + log1p(exp(-(zero - inflated).magnitude))
  }

  /// The same of a count that is no inflated zero.
  private func logOwnDensity(_ y: Double, predictor eta: Double) -> Double {
    let logFactorial = GammaFunction.logFactorial(y)
    guard let k = size else { return y * eta - exp(eta) - logFactorial }
    let z = eta - log(k)
    let softplus = max(z, 0) + log1p(exp(-z.magnitude))
    return CountConstants.risingFactorial(y, size: k).value - logFactorial + y * eta
      - (y + k) * softplus
  }

  /// The mean and the variance of a count whose rate is `rate`.
  func moments(rate: Double) -> (mean: Double, variance: Double) {
    let variance = rate + (size.map { rate * rate / $0 } ?? 0)
    let left = 1 - zeroShare
    return (left * rate, left * (variance + zeroShare * rate * rate))
  }

  /// P(0).
  func probabilityOfZero(rate: Double) -> Double {
    zeroShare + (1 - zeroShare) * (size.map { exp(-$0 * log1p(rate / $0)) } ?? exp(-rate))
  }

  /// P(Y <= count).
  func cumulative(_ count: Double, rate: Double) -> Double {
    guard count >= 0 else { return count.isNaN ? .nan : 0 }
    let own =
      size.map { NegativeBinomialDistribution.cumulative(count, mean: rate, size: $0) }
      ?? PoissonDistribution.cumulative(count, mean: rate)
    return zeroShare + (1 - zeroShare) * own
  }

  /// E l' and -E l'' for a linear predictor N(mean, variance).
  func slopes(_ y: Double, mean: Double, variance: Double) -> (first: Double, weight: Double) {
    let logSize = size.map { log($0) } ?? 0
    if y == 0, zeroShare > 0 {
      let zero = InflatedZero(
        logitShare: log(zeroShare) - log1p(-zeroShare), size: size, logSize: logSize)
      let moments = zero.moments(mean: mean, variance: variance)
      return (moments.first, -moments.second)
    }
    guard let k = size else {
      let rate = exp(mean + 0.5 * variance)
      return (y - rate, rate)
    }
    let softplus = SoftplusMoments(mean: mean - logSize, variance: variance)
    return (y - (y + k) * softplus.first, (y + k) * softplus.second)
  }
}
