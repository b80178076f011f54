import Foundation

/// How the weights of some rows respond to their linear predictors, once their variances follow.
///
/// A change of the weights w changes S, S changes the variances of the linear predictors, dv = -Q
/// dw, and these change w again, dw = W (A dm + dv / 2). Together
///
///     dw = (W - M) A dm,     W - M = W^1/2 (I + 1/2 Q~)^-1 W^1/2,     Q~ = W^1/2 (K * K) W^1/2
///
/// with K the covariances of the rows' linear predictors (* elementwise).
struct EffectiveWeights {
  private var system: [Double] = []
  private var roots: [Double] = []

  /// M, m x m, row-major.
  /// - Parameters:
  ///   - kernel: K, m x m.
  /// - Returns: false if a number is not finite.
  mutating func coupling(
    _ kernel: UnsafePointer<Double>, weights: [Double], into result: UnsafeMutablePointer<Double>
  ) -> Bool {
    let m = weights.count
    roots = weights.map { $0 > 0 ? $0.squareRoot() : 0 }
    if m == 1 {
      let half = 0.5 * weights[0] * kernel[0] * kernel[0]
      result[0] = weights[0] * half / (1 + half)
      return result[0].isFinite
    }
    if system.count < m * m { system = [Double](repeating: 0, count: m * m) }
    let roots = roots
    return system.withUnsafeMutableBufferPointer { buffer in
      guard let a = buffer.baseAddress else { return false }
      for i in 0..<m {
        for j in 0..<m {
          a[i * m + j] =
            0.5 * roots[i] * kernel[i * m + j] * kernel[i * m + j] * roots[j] + (i == j ? 1 : 0)
        }
      }
      guard SmallCholesky.factor(a, order: m).isFinite else { return false }
      SmallCholesky.invert(a, order: m, into: result)
      for i in 0..<m {
        for j in 0..<m {
          result[i * m + j] = (i == j ? weights[i] : 0) - roots[i] * result[i * m + j] * roots[j]
        }
      }
      return true
    }
  }
}
