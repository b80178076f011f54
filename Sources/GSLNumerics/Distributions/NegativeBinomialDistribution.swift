@preconcurrency internal import CGSL
import PlatformEssentials

/// The negative binomial distribution of mean mu and variance mu + mu^2 / size.
public enum NegativeBinomialDistribution {
  /// Beyond this size it is Poisson to 1e-9 of a probability for means up to 1e3 or so.
  private static let largestSize = 1e12
  /// Up to this many counts their probabilities are added up, which is the fastest and as exact.
  private static let shortSumLimit = 60.0

  /// P(Y <= count) for a mean of zero or more and a size above 0; `count` is a whole number. NaN
  /// for NaN, or parameters out of range.
  ///
  /// A sum of at most 61 terms for small counts, else the regularized incomplete beta function
  /// I_p(size, count + 1), p = size / (size + mean), by GSL.
  public static func cumulative(_ count: Double, mean: Double, size: Double) -> Double {
    guard size > 0, mean >= 0, !count.isNaN else { return .nan }
    if size > largestSize { return PoissonDistribution.cumulative(count, mean: mean) }
    if count < 0 { return 0 }
    if mean == 0 || count == .infinity { return 1 }
    if mean == .infinity { return 0 }
    let first = exp(-size * log1p(mean / size))
    if count <= shortSumLimit, first > 1e-280 {
      let ratio = mean / (size + mean)
      var (term, sum, k) = (first, first, 0.0)
      while k < count {
        term *= (size + k) / (k + 1) * ratio
        sum += term
        k += 1
      }
      return min(sum, 1)
    }
    _ = GSL.errorsAreReturned
    var result = gsl_sf_result()
    let status = gsl_sf_beta_inc_e(size, count + 1, size / (size + mean), &result)
    return Int(status) == GSL_SUCCESS || Int(status) == GSL_EUNDRFLW ? result.val : .nan
  }
}
