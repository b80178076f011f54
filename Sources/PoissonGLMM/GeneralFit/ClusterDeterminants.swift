import Foundation

/// The part of R that belongs to some rows, from the covariances K of their linear predictors and
/// the expected second and third derivatives w and t of their log densities:
///
///     l = 1/6 [log|I + 1/2 Q~| - log|I + 1/2 (I - K~) Q~|],
///     K~ = W^1/2 K W^1/2,   Q~ = W^1/2 (K * K) W^1/2       (* elementwise)
///
/// For all rows of a model it is R = (log|P| - log|P_eff|) / 6 itself. A row whose weight w is not
/// positive is left out: it has no such part.
struct ClusterDeterminants {
  private var complement: [Double] = []
  private var squares: [Double] = []
  private var product: [Double] = []
  private var second: [Double] = []
  private var roots: [Double] = []

  /// l from a full K, m x m, row-major.
  /// - Returns: nil if the determinants are not positive, which rounding error can cause where an
  ///   eigenvalue of K~ is within 1e-12 of 1.
  mutating func value(
    _ kernel: UnsafePointer<Double>, weights: UnsafePointer<Double>, count m: Int
  ) -> Double? {
    if m == 1 { return Self.single(weight: weights[0], variance: kernel[0]) }
    resize(m)
    for i in 0..<m { roots[i] = weights[i] > 0 ? weights[i].squareRoot() : 0 }
    for i in 0..<m {
      for j in 0..<m {
        let scaled = roots[i] * kernel[i * m + j] * roots[j]
        complement[i * m + j] = (i == j ? 1 : 0) - scaled
        squares[i * m + j] = 0.5 * scaled * kernel[i * m + j]
      }
    }
    // With I - K~ = M M', the second determinant is that of the symmetric I + 1/2 M' Q~ M.
    guard cholesky(&complement, m) != nil else { return nil }
    // product = 1/2 Q~ M, and then I + M' product.
    for i in 0..<m {
      for j in 0..<m { product[i * m + j] = 0 }
      for k in 0..<m {
        let factor = squares[i * m + k]
        for j in 0...k { product[i * m + j] += factor * complement[k * m + j] }
      }
    }
    for i in 0..<m {
      for j in 0...i {
        var sum = i == j ? 1.0 : 0
        for k in i..<m { sum += complement[k * m + i] * product[k * m + j] }
        second[i * m + j] = sum
      }
    }
    for i in 0..<m { squares[i * m + i] += 1 }
    guard let first = cholesky(&squares, m), let other = cholesky(&second, m) else { return nil }
    return (first - other) / 6
  }

  /// The same for one row: -1/6 log(1 - 1/2 w^2 v^3 / (1 + 1/2 w v^2)).
  static func single(weight: Double, variance: Double) -> Double {
    guard weight > 0 else { return 0 }
    let square = 0.5 * weight * variance * variance
    return -log(1 - square * weight * variance / (1 + square)) / 6
  }

  /// The same where all pairs of rows have one covariance c, and each row its own variance v_i: K =
  /// c 1 1' + diag(v_i - c), whose determinants are closed.
  static func value(
    covariance c: Double, variances: UnsafePointer<Double>, weights: [Double], rows: [Int]
  ) -> Double? {
    let spread = 0.5 * c * c
    var (logFirst, logSecond) = (0.0, 0.0)
    // Sums of w / (1 + a), and of the four products that the second determinant needs, with
    // a_i = w (v^2 - c^2) / 2, b_i = 1 - w (v - c), D_i = 1 + a_i b_i.
    var first = 0.0
    var total = 0.0
    var (bb, b, ab, a) = (0.0, 0.0, 0.0, 0.0)
    for (index, row) in rows.enumerated() {
      let (w, v) = (weights[index], variances[row])
      guard w > 0 else { continue }
      let own = 0.5 * w * (v * v - c * c)
      let rest = 1 - w * (v - c)
      let inverse = 1 / (1 + own * rest)
      logFirst += log(1 + own)
      logSecond -= log(inverse)
      first += w / (1 + own)
      total += w
      bb += w * rest * inverse
      b += w * inverse
      ab += w * own * rest * inverse
      a += w * own * inverse
    }
    // |D + U W'| = |D| |I_2 + W' D^-1 U| with U = [b s, s], W = [spread s, -c a s - c spread E s].
    let across = -c * spread * total
    let corner = (1 + spread * bb) * (1 - c * a + across * b)
    let other = spread * b * (-c * ab + across * bb)
    let determinant = corner - other
    let firstDeterminant = 1 + spread * first
    guard determinant > 0, firstDeterminant > 0, logFirst.isFinite, logSecond.isFinite else {
      return nil
    }
    return (logFirst + log(firstDeterminant) - logSecond - log(determinant)) / 6
  }

  private mutating func resize(_ m: Int) {
    guard roots.count < m else { return }
    roots = [Double](repeating: 0, count: m)
    complement = [Double](repeating: 0, count: m * m)
    squares = complement
    product = complement
    second = complement
  }

  /// Replaces the lower triangle by L.
  /// - Returns: the log-determinant.
  private func cholesky(_ matrix: inout [Double], _ m: Int) -> Double? {
    matrix.withUnsafeMutableBufferPointer { buffer in
      guard let a = buffer.baseAddress else { return 0 }
      var logDeterminant = 0.0
      for j in 0..<m {
        var pivot = a[j * m + j]
        for k in 0..<j { pivot -= a[j * m + k] * a[j * m + k] }
        guard pivot > 0, pivot.isFinite else { return nil }
        logDeterminant += log(pivot)
        let root = pivot.squareRoot()
        a[j * m + j] = root
        for i in (j + 1)..<max(m, j + 1) {
          var sum = a[i * m + j]
          for k in 0..<j { sum -= a[i * m + k] * a[j * m + k] }
          a[i * m + j] = sum / root
        }
      }
      return logDeterminant
    }
  }
}
