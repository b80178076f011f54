import GSLNumerics
import PlatformEssentials

/// The distribution of one count at given parameters of its family, as a function of its linear
/// predictor eta = log mu: mu is the mean of the counts that are not inflated zeros.
struct CountDistribution: Sendable {
  /// nil without.
  let size: Double?
  /// 0 without zero inflation.
  let zeroShare: Double

  /// - Parameter parameters: in the order of `CountFamily.parameters`.
  init(_ family: CountFamily, parameters: [Double]) {
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
    exp(logDensity(0, predictor: log(rate)))
  }
}
