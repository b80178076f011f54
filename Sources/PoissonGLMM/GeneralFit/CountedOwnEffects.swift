import PlatformEssentials

/// l of the rows of a group as far as its own effects make their covariances, K_ij = a_i'a_j (see
/// `ClusterDeterminants`).
///
/// K has rank q and K * K rank r = q (q + 1) / 2: with s_i the products of two coordinates of a_i,
/// so that s_i's_j = K_ij^2, both determinants are of that order,
///
///     l = 1/6 [log|I + B| - log|I + B - C'C|]
///     B = 1/2 sum f_i s_i s_i'      C = sum t_i a_i s_i' / sqrt 2
struct CountedOwnEffects {
  private let order: Int
  private let rank: Int
  private let products: DoubleStorage
  private let first: DoubleStorage
  private let second: DoubleStorage
  private let across: DoubleStorage

  /// - Parameter order: q.
  init(order: Int) {
    self.order = order
    rank = order * (order + 1) / 2
    products = DoubleStorage(count: rank)
    first = DoubleStorage(count: rank * rank)
    second = DoubleStorage(count: rank * rank)
    across = DoubleStorage(count: order * rank)
  }

  /// - Parameter slopes: a_i, q numbers for each of the rows.
  /// - Returns: nil where a determinant is not positive.
  func value(
    _ slopes: UnsafePointer<Double>, rows: some Collection<Int>, _ curvatures: RowCurvatures
  ) -> Double? {
    let (q, r) = (order, rank)
    let (s, b, c, d) = (products.pointer, first.pointer, across.pointer, second.pointer)
    first.fill(with: 0)
    across.fill(with: 0)
    let (thirds, fourths) = (curvatures.thirds.pointer, curvatures.fourths.pointer)
    for (i, row) in rows.enumerated() {
      let a = slopes + i * q
      var next = 0
      for k in 0..<q {
        for l in 0...k {
          s[next] = a[k] * a[l] * (k == l ? 1 : 2.0.squareRoot())
          next += 1
        }
      }
      let (half, third) = (0.5 * fourths[row], thirds[row] * 0.5.squareRoot())
      for k in 0..<r {
        for l in 0...k { b[k * r + l] += half * s[k] * s[l] }
      }
      for k in 0..<q {
        for l in 0..<r { c[k * r + l] += third * a[k] * s[l] }
      }
    }
    for k in 0..<r {
      b[k * r + k] += 1
      for l in 0...k {
        var sum = b[k * r + l]
        for j in 0..<q { sum -= c[j * r + k] * c[j * r + l] }
        d[k * r + l] = sum
      }
    }
    let difference =
      SmallCholesky.factor(b, order: r) - SmallCholesky.factor(d, order: r)
    return difference.isFinite ? difference / 6 : nil
  }
}
