import PlatformEssentials

/// The peak of the integrand of a group in which one term adds t ~ N(0, x) to every linear
/// predictor.
///
/// With Y the sum of the counts and M = e^t sum_i exp(eta0_i) that of the rates, the peak is where
/// t = x (Y - M). Thus w = x M solves w + log w = log x + log sum_i exp(eta0_i) + x Y.
struct ConstantTermPeak {
  /// M
  let mean: Double
  /// x
  let variance: Double
  /// 1 + x M: minus the second derivative in t, in units of 1 / x.
  let curvature: Double
  /// The derivative in t: Y - M - t / x; zero but for rounding.
  let slope: Double
  /// Y t - M - t^2 / (2 x).
  let height: Double

  /// - Parameters:
  ///   - totalCount: Y
  ///   - sum: sum_i exp(eta0_i)
  init(totalCount: Double, sum: Double, variance: Double) {
    self.variance = variance
    guard variance > 1e-200 else {
      // t is 0 in double precision.
      (mean, curvature, slope, height) = (sum, 1, 0, -sum)
      return
    }
    let large = variance * totalCount
    let logFactor = log(variance * sum)
    // The product may be out of the range of doubles where its factors are not.
    let offset = logFactor.isFinite ? logFactor : log(variance) + log(sum)
    let w = Self.solution(offset + large)
    // Of two expressions for t the one that loses fewer digits.
    let t = max(large, w) < 1 ? large - w : log(w) - offset
    mean = w / variance
    curvature = 1 + w
    slope = totalCount - mean - t / variance
    height = totalCount * t - mean - 0.5 * t * t / variance
  }

  /// The w > 0 with w + log w = `target`, that is, Lambert's W(e^target), by the iteration of
  /// Fritsch, Shafer & Crowley (1973), whose error falls to its fourth power.
  static func solution(_ target: Double) -> Double {
    // The solution is e^target (1 - e^target + ...).
    if target < -36 { return exp(target) }
    var w: Double
    if target > 1 {
      let logTarget = log(target)
      w = target - logTarget + logTarget / target
    } else {
      // Padé's approximation of W at 0.
      let e = exp(target)
      w = e * (1 + 4.0 / 3 * e) / (1 + e * (7.0 / 3 + 5.0 / 6 * e))
    }
    for _ in 0..<2 {
      let z = target - log(w) - w
      let doubled = 2 * (1 + w) * (1 + w + 2.0 / 3 * z)
      w *= 1 + z / (1 + w) * (doubled - z) / (doubled - 2 * z)
    }
    return w
  }
}
