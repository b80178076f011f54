@preconcurrency internal import CGSL

/// The chi-squared distribution.
public enum ChiSquaredDistribution {
  /// P(X > x) = Q(k / 2, x / 2), the regularized upper incomplete gamma function, with k =
  /// `degreesOfFreedom` above 0: GSL's `gsl_cdf_chisq_Q`, from the upper end, so that small
  /// probabilities keep their digits. NaN for NaN or degrees of freedom that are not above 0 and
  /// finite.
  public static func upperTail(_ x: Double, degreesOfFreedom: Double) -> Double {
    guard !x.isNaN, degreesOfFreedom > 0, degreesOfFreedom.isFinite else { return .nan }
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    _ = GSL.errorsAreReturned
    return gsl_cdf_chisq_Q(x, degreesOfFreedom)
  }
}
