@preconcurrency internal import CGSL

/// The logarithm of the gamma function, by GSL.
public enum GammaFunction {
  /// log |Gamma(x)|: infinite at the poles 0, -1, -2, ... and where it exceeds a double's range
  /// (from about 2.5 * 10^305), NaN for NaN and minus infinity.
  ///
  /// The error is below 10^-14 relative or 10^-15 absolute, whichever is larger.
  public static func logGamma(_ x: Double) -> Double {
    if x.isNaN || x == -.infinity { return .nan }
    if x == .infinity || (x <= 0 && x == x.rounded(.down)) { return .infinity }
    _ = GSL.errorsAreReturned
    var result = gsl_sf_result()
    let status = gsl_sf_lngamma_e(x, &result)
    guard Int(status) == GSL_SUCCESS else { return .nan }
    // Adding zero turns the -0 that GSL gives for 1 into 0.
    return result.val + 0
  }

  /// log n! = log Gamma(n + 1), also for numbers that are not whole; infinite at negative whole
  /// numbers, NaN for NaN and minus infinity. The error is that of `logGamma`.
  public static func logFactorial(_ n: Double) -> Double {
    // GSL's table of factorials, correctly rounded, is the faster and the more exact for small n.
    if n >= 0, n <= 170, n == n.rounded(.down) { return gsl_sf_lnfact(UInt32(n)) }
    return logGamma(n + 1)
  }
}
