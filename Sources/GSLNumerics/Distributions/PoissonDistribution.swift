@preconcurrency internal import CGSL
import PlatformEssentials

/// The Poisson distribution.
public enum PoissonDistribution {
  /// Beyond this many counts GSL's series for the incomplete gamma function gets long, and an
  /// expansion takes its place.
  private static let seriesLimit = 1e5

  /// Up to this many counts their probabilities are added up, which is the fastest and as exact.
  private static let shortSumLimit = 60.0

  /// P(Y <= count) for a Poisson variable with a mean of zero or more; `count` is a whole number.
  /// NaN for NaN or a mean below 0.
  ///
  /// It is a sum of at most 61 terms for small counts, else the regularized incomplete gamma
  /// function Q(count + 1, mean): GSL's up to a count of 10^5, with an error below 10^-12; beyond,
  /// the first two terms of Temme's uniform expansion (1979), with an error below 10^-8.
  public static func cumulative(_ count: Double, mean: Double) -> Double {
    if count.isNaN || !(mean >= 0) { return .nan }
    if count < 0 { return 0 }
    if mean == 0 || count == .infinity { return 1 }
    if mean == .infinity { return 0 }
    let shape = count + 1
    // Twelve SDs and more away from the mean there is nothing left that a double shows beside 1.
    let distance = mean - shape
    if distance.magnitude > 12 * shape.squareRoot() + 80 { return distance < 0 ? 1 : 0 }
    if count <= shortSumLimit && mean < 600 { return shortSum(count.rounded(.down), mean: mean) }
    if shape > seriesLimit { return uniformExpansion(shape: shape, mean: mean) }
    _ = GSL.errorsAreReturned
    var result = gsl_sf_result()
    let status = gsl_sf_gamma_inc_Q_e(shape, mean, &result)
    return Int(status) == GSL_SUCCESS || Int(status) == GSL_EUNDRFLW ? result.val : .nan
  }

  /// exp(-mean) (1 + mean + mean^2 / 2! + ...)
  private static func shortSum(_ count: Double, mean: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    var k = 0.0
    while k < count {
      k += 1
      term *= mean / k
      sum += term
    }
    return min(exp(-mean) * sum, 1)
  }

  /// Q(a, x) = erfc(eta sqrt(a / 2)) / 2 + exp(-a eta^2 / 2) c0 / sqrt(2 pi a), with eta^2 / 2 = mu
  /// - log(1 + mu), mu = x / a - 1 and c0 = 1 / mu - 1 / eta.
  private static func uniformExpansion(shape a: Double, mean x: Double) -> Double {
    let mu = (x - a) / a
    // mu - log(1 + mu), which cancels where mu is small.
    let half =
      mu.magnitude < 1e-2
      ? mu * mu * (0.5 - mu * (1 / 3.0 - mu * (0.25 - mu * (0.2 - mu / 6))))
      : mu - log1p(mu)
    let eta = (mu < 0 ? -1 : 1) * (2 * half).squareRoot()
    let c0 = eta.magnitude < 1e-2 ? -1 / 3.0 + eta / 12 - 2 * eta * eta / 135 : 1 / mu - 1 / eta
    return 0.5 * erfc(eta * (a / 2).squareRoot())
      + exp(-a * half) * c0 / (2 * Double.pi * a).squareRoot()
  }
}
