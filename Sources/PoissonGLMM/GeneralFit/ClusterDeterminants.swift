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
  private var room = DoubleStorage(count: 0)

  /// l from a full K, m x m, row-major.
  /// - Returns: nil if the determinants are not positive, which rounding error can cause where an
  ///   eigenvalue of K~ is within 1e-12 of 1.
  mutating func value(
    _ kernel: UnsafePointer<Double>, weights: UnsafePointer<Double>, count m: Int
  ) -> Double? {
    if m == 1 { return Self.single(weight: weights[0], variance: kernel[0]) }
    if room.count < 4 * m * m + m { room = DoubleStorage(count: 4 * m * m + m) }
    let roots = room.pointer
    let (complement, squares) = (roots + m, roots + m + m * m)
    let (product, second) = (squares + m * m, squares + 2 * m * m)
    for i in 0..<m { roots[i] = weights[i] > 0 ? weights[i].squareRoot() : 0 }
    for i in 0..<m {
      for j in 0..<m {
        let scaled = roots[i] * kernel[i * m + j] * roots[j]
        complement[i * m + j] = -scaled
        squares[i * m + j] = 0.5 * scaled * kernel[i * m + j]
      }
      complement[i * m + i] += 1
    }
    // With I - K~ = M M', the second determinant is that of the symmetric I + 1/2 M' Q~ M.
    guard cholesky(complement, m) != nil else { return nil }
    // product = 1/2 Q~ M, and then I + M' product.
    for i in 0..<m {
      let target = product + i * m
      for j in 0..<m { target[j] = 0 }
      for k in 0..<m {
        let (factor, source) = (squares[i * m + k], complement + k * m)
        for j in 0...k { target[j] += factor * source[j] }
      }
    }
    for i in 0..<m {
      let target = second + i * m
      for j in 0...i { target[j] = 0 }
      for k in i..<m {
        let (factor, source) = (complement[k * m + i], product + k * m)
        for j in 0...i { target[j] += factor * source[j] }
      }
      target[i] += 1
      squares[i * m + i] += 1
    }
    guard let first = cholesky(squares, m), let other = cholesky(second, m) else { return nil }
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

  /// Replaces the lower triangle by L.
  /// - Returns: the log-determinant; nil where a pivot is not positive.
  private func cholesky(_ a: UnsafeMutablePointer<Double>, _ m: Int) -> Double? {
    var determinant = LogProduct()
    for i in 0..<m {
      let row = a + i * m
      var pivot = row[i]
      for j in 0..<i {
        let other = a + j * m
        var sum = row[j]
        for k in 0..<j { sum -= row[k] * other[k] }
        row[j] = sum * other[j]
        pivot -= row[j] * row[j]
      }
      guard pivot > 1e-100, pivot < 1e100 else { return nil }
      determinant.multiply(by: pivot)
      // Until all rows are done the diagonal holds 1 / L_ii.
      row[i] = 1 / pivot.squareRoot()
    }
    for i in 0..<m { a[i * m + i] = 1 / a[i * m + i] }
    return determinant.value
  }
}
