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
    if m > Self.largestFull {
      return coupleAlike(kernel, weights: weights, into: result)
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

  /// So many rows are taken as if all pairs had one covariance: their level's effect, of which they
  /// leave little, is what couples them.
  private static let largestFull = 40

  /// M where K = c 1 1' + diag(v_i - c), so that I + 1/2 Q~ is a diagonal and a product of vectors:
  /// with a_i = w_i (v_i^2 - c^2) / 2 and r_i = w_i / (1 + a_i)
  ///
  ///     M = diag(a_i r_i) + beta r r',    beta = c^2/2 / (1 + c^2/2 sum r)
  private func coupleAlike(
    _ kernel: UnsafePointer<Double>, weights: [Double], into result: UnsafeMutablePointer<Double>
  ) -> Bool {
    let m = weights.count
    var (products, pairs) = (0.0, 0.0)
    for i in 0..<m {
      for j in 0..<i {
        products += weights[i] * weights[j] * kernel[i * m + j]
        pairs += weights[i] * weights[j]
      }
    }
    let covariance = pairs > 0 ? products / pairs : 0
    let half = 0.5 * covariance * covariance
    let own = (0..<m).map { i in
      weights[i] * (0.5 * kernel[i * m + i] * kernel[i * m + i] - half)
    }
    let ratios = zip(weights, own).map { $0 / (1 + $1) }
    let beta = half / (1 + half * ratios.reduce(0, +))
    for i in 0..<m {
      let factor = beta * ratios[i]
      for j in 0..<m { result[i * m + j] = factor * ratios[j] }
      result[i * m + i] += own[i] * ratios[i]
    }
    return beta.isFinite
  }
}
