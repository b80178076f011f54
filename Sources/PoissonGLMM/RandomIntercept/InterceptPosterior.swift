/// q(b) = N(mean, S) and the prior precision w of the random intercepts: what the groups share.
struct InterceptPosterior {
  /// p
  let mean: DoubleStorage
  /// S^-1, p x p, row-major, both triangles; prior precision included.
  let precision: DoubleStorage
  /// S, p x p.
  let covariance: DoubleStorage
  private let factor: DoubleStorage
  /// log |S|
  private(set) var logDeterminant = 0.0
  /// The smallest ratio of a Cholesky pivot of S^-1 to its diagonal element before elimination.
  private(set) var smallestRelativePivot = 1.0
  /// w
  var termPrecision = 1.0

  init(fixedCount p: Int) {
    mean = DoubleStorage(count: p)
    precision = DoubleStorage(count: p * p)
    covariance = DoubleStorage(count: p * p)
    factor = DoubleStorage(count: p * p)
  }

  /// Fills S and its determinant from S^-1.
  /// - Parameter sizes: `InterceptStep.sizes`, the scale of the rounding errors of S^-1.
  mutating func invertPrecision(sizes: DoubleStorage) {
    let p = mean.count
    factor.copy(from: precision)
    logDeterminant = -SmallCholesky.factor(factor.pointer, order: p, sizes: sizes.pointer)
    smallestRelativePivot = 1
    for c in 0..<p {
      let pivot = factor.pointer[c * (p + 1)] * factor.pointer[c * (p + 1)]
      smallestRelativePivot = min(smallestRelativePivot, pivot / sizes.pointer[c])
    }
    SmallCholesky.invert(factor.pointer, order: p, into: covariance.pointer)
  }
}

/// q(u_j | b) = N(mean_j - W_j'(b - E b), Q_j), for every group: the random intercepts.
struct InterceptGroups {
  /// E u_j, G.
  let mean: DoubleStorage
  /// Q_j = Var(u_j | b), G.
  let variance: DoubleStorage
  /// W_j under which the rates were taken, p columns of G.
  let regression: DoubleStorage
  /// C_j = sum_{i in j} e_i x_i at those rates, p columns of G. Q_j C_j is the next W_j.
  let border: DoubleStorage

  init(_ shape: ArrowShape) {
    mean = DoubleStorage(count: shape.groupCount)
    variance = DoubleStorage(count: shape.groupCount)
    regression = DoubleStorage(count: shape.groupCount * shape.fixedCount)
    border = DoubleStorage(count: shape.groupCount * shape.fixedCount)
  }

  /// Copies row `group` of p columns of G: W_j or C_j.
  @inline(__always)
  func copyRow(
    _ group: Int, of columns: DoubleStorage, count p: Int,
    into row: UnsafeMutablePointer<Double>
  ) {
    for c in 0..<p { row[c] = columns.pointer[c * mean.count + group] }
  }

  /// The numbers of `columns` as G rows of p.
  func rows(of columns: DoubleStorage) -> DoubleStorage {
    let p = mean.count == 0 ? 0 : columns.count / mean.count
    let rows = DoubleStorage(count: columns.count)
    for group in 0..<mean.count {
      copyRow(group, of: columns, count: p, into: rows.pointer + group * p)
    }
    return rows
  }
}
