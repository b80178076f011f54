/// How the variances of some rows' linear predictors respond to their weights, once the weights
/// follow the variances.
///
/// A change of the weights changes S and, with it, the variances: dv = -Q dw, Q = K * K elementwise
/// with K the covariances of the linear predictors. The weights follow, dw = r + f dv / 2, where r
/// is what moves them otherwise, t A dm for a move of the means. Together
///
///     -dv/2 = H r,    dw = r - f H r,    H = 1/2 Q (I + 1/2 F Q)^-1
///
/// so that the force on the means changes as if the weights were W - T H T.
struct VarianceResponse {
  private var room = DoubleStorage(count: 0)

  /// H, m x m, row-major, both triangles.
  /// - Parameters:
  ///   - kernel: K, m x m.
  ///   - fourths: f, m numbers.
  /// - Returns: false if there is no solution or a number is not finite.
  mutating func matrix(
    _ kernel: UnsafePointer<Double>, fourths f: UnsafePointer<Double>, count m: Int,
    into result: UnsafeMutablePointer<Double>
  ) -> Bool {
    if m == 1 {
      let half = 0.5 * kernel[0] * kernel[0]
      result[0] = half / (1 + half * f[0])
      return result[0].isFinite
    }
    if room.count < 2 * m * m + m { room = DoubleStorage(count: 2 * m * m + m) }
    for i in 0..<m where !(f[i] >= 0) {
      return general(kernel, fourths: f, count: m, into: result)
    }
    // With the roots r of f, r H r = I - (I + 1/2 r Q r)^-1. Rows of f = 0 respond to nothing.
    let roots = room.pointer
    let a = roots + m
    for i in 0..<m { roots[i] = f[i].squareRoot() }
    for i in 0..<m {
      for j in 0..<m {
        a[i * m + j] =
          0.5 * roots[i] * kernel[i * m + j] * kernel[i * m + j] * roots[j] + (i == j ? 1 : 0)
      }
    }
    guard SmallCholesky.factor(a, order: m).isFinite else { return false }
    SmallCholesky.invert(a, order: m, into: result)
    for i in 0..<m { roots[i] = roots[i] > 0 ? 1 / roots[i] : 0 }
    for i in 0..<m {
      for j in 0..<m {
        result[i * m + j] = ((i == j ? 1 : 0) - result[i * m + j]) * roots[i] * roots[j]
      }
    }
    return true
  }

  /// Where an f is negative.
  private mutating func general(
    _ kernel: UnsafePointer<Double>, fourths f: UnsafePointer<Double>, count m: Int,
    into result: UnsafeMutablePointer<Double>
  ) -> Bool {
    // H = (I + 1/2 Q F)^-1 1/2 Q.
    let system = room.pointer
    for i in 0..<m {
      for j in 0..<m {
        let half = 0.5 * kernel[i * m + j] * kernel[i * m + j]
        result[i * m + j] = half
        system[i * m + j] = half * f[j] + (i == j ? 1 : 0)
      }
    }
    return SmallElimination.logDeterminant(system, order: m, solving: result, columns: m) != nil
  }
}

/// H of rows of which all pairs have one covariance c, K = c 1 1' + diag(v_i - c): with D_i = (v_i
/// v_i - c^2) / 2 and s_i = 1 / (1 + f_i D_i)
///
///     H = diag(s_i D_i) + beta s s',    beta = c^2/2 / (1 + c^2/2 sum f s)
///
/// Many rows of a level are taken so: its effect, of which they leave little, is what couples them.
struct AlikeResponse {
  /// s_i D_i.
  let diagonal: [Double]
  /// s.
  let vector: [Double]
  /// beta.
  let factor: Double

  /// - Parameters:
  ///   - total: the variance of sum_i w_i eta_i.
  ///   - variances: v.
  ///   - weights: w.
  ///   - fourths: f.
  init(total: Double, variances: [Double], weights: [Double], fourths: [Double]) {
    let covariance = RowClusters.meanCovariance(total: total, zip(weights, variances))
    let half = 0.5 * covariance * covariance
    let spreads = variances.map { 0.5 * $0 * $0 - half }
    vector = zip(fourths, spreads).map { 1 / (1 + $0 * $1) }
    diagonal = zip(vector, spreads).map(*)
    factor = half / (1 + half * zip(fourths, vector).reduce(0) { $0 + $1.0 * $1.1 })
  }

  /// H x.
  func product(_ x: [Double]) -> [Double] {
    let common = factor * zip(vector, x).reduce(0) { $0 + $1.0 * $1.1 }
    return x.indices.map { diagonal[$0] * x[$0] + common * vector[$0] }
  }
}
