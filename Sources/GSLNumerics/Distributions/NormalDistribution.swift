@preconcurrency internal import CGSL
import PlatformEssentials

/// The standard normal distribution.
///
/// Each tail is computed from its own end, so that nothing cancels: relative errors are below
/// 10^-15 from the centre to where a double loses its precision (10^-308, z = 37.5), and beyond it
/// the numbers are as good as a subnormal double can be, down to 5 * 10^-324 at z = 38.5.
public enum NormalDistribution {
  /// GSL gives 0 beyond this, where the tail's probability is 4.6 * 10^-308; the C library's
  /// erfc goes on.
  private static let gslLimit = 37.5

  /// P(Z <= z). NaN for NaN.
  public static func cumulative(_ z: Double) -> Double {
    z < -gslLimit ? 0.5 * erfc(-z * 0.5.squareRoot()) : gsl_cdf_ugaussian_P(z)
  }

  /// P(Z > z), without cancellation: `upperTail(11.5)` is 6.6 * 10^-31. NaN for NaN.
  public static func upperTail(_ z: Double) -> Double {
    z > gslLimit ? 0.5 * erfc(z * 0.5.squareRoot()) : gsl_cdf_ugaussian_Q(z)
  }

  /// The z with P(Z <= z) = p; infinite for 0 and 1, NaN outside of them.
  ///
  /// Wichura's AS 241 (1988) in GSL; relative error below 10^-15.
  public static func quantile(_ p: Double) -> Double {
    guard p >= 0, p <= 1 else { return .nan }
    return gsl_cdf_ugaussian_Pinv(p)
  }

  /// The z with P(Z > z) = p, for p as small as a double can be; infinite for 0 and 1, NaN outside.
  public static func upperTailQuantile(_ p: Double) -> Double {
    guard p >= 0, p <= 1 else { return .nan }
    return gsl_cdf_ugaussian_Qinv(p)
  }
}
