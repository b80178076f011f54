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

/// M of rows of which all pairs have one covariance c, K = c 1 1' + diag(v_i - c): then I + 1/2 Q~
/// is a diagonal and a product of vectors, and with a_i = w_i (v_i^2 - c^2) / 2 and r_i = w_i / (1
/// + a_i)
///
///     M = diag(a_i r_i) + beta r r',    beta = c^2/2 / (1 + c^2/2 sum r)
///
/// Many rows of a level are taken so: its effect, of which they leave little, is what couples them.
struct AlikeCoupling {
  /// a_i r_i.
  let diagonal: [Double]
  /// r.
  let vector: [Double]
  /// beta.
  let factor: Double

  /// - Parameters:
  ///   - total: the variance of sum_i w_i eta_i.
  ///   - variances: v.
  ///   - weights: w.
  init(total: Double, variances: [Double], weights: [Double]) {
    let covariance = RowClusters.meanCovariance(total: total, zip(weights, variances))
    let half = 0.5 * covariance * covariance
    let spreads = zip(variances, weights).map { $1 * (0.5 * $0 * $0 - half) }
    vector = zip(weights, spreads).map { $0 / (1 + $1) }
    diagonal = zip(vector, spreads).map(*)
    factor = half / (1 + half * vector.reduce(0, +))
  }

  /// M x.
  func product(_ x: [Double]) -> [Double] {
    let common = factor * zip(vector, x).reduce(0) { $0 + $1.0 * $1.1 }
    return x.indices.map { diagonal[$0] * x[$0] + common * vector[$0] }
  }
}
