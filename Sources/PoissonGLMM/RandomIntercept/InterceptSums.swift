/// What one pass over a random-intercept model adds up, in one flat vector: per chunk of groups,
/// and then in chunk order.
///
/// It is a view of a storage, which has to outlive it.
struct InterceptSums: @unchecked Sendable {
  private let base: UnsafeMutablePointer<Double>
  let count: Int
  let fixedCount: Int
  private let varyingCount: Int
  private var triangle: Int { fixedCount * (fixedCount + 1) / 2 }

  /// The scalars, in their order in memory.
  private enum Scalar: Int, CaseIterable {
    case expectedCount, countProduct, magnitude, logPrecisions, squares, squaresSlope
    case regressionProduct, regressionSquares
  }

  static func count(_ source: InterceptData) -> Int {
    let (p, varying) = (source.data.shape.fixedCount, source.varyingColumns.count)
    let triangle = p * (p + 1) / 2
    return varying * varying + 4 * triangle + 2 * p + Scalar.allCases.count
  }

  /// A view of `count` doubles of `storage` from `offset` on.
  init(_ source: InterceptData, in storage: DoubleStorage, from offset: Int) {
    fixedCount = source.data.shape.fixedCount
    varyingCount = source.varyingColumns.count
    count = Self.count(source)
    precondition(offset >= 0 && offset + count <= storage.count)
    base = storage.pointer + offset
  }

  /// sum_i e_i x_i x_i', varying columns, lower triangle.
  var gram: UnsafeMutablePointer<Double> { base }
  /// sum_j Q_j C_j C_j', packed lower triangle, entry (c, d <= c) at c (c + 1) / 2 + d: what the
  /// groups take off the Schur complement.
  var schur: UnsafeMutablePointer<Double> { gram + varyingCount * varyingCount }
  /// sum_j kappa_j C_j C_j', packed: what linear response subtracts in place of `schur`, because
  /// Q_j responds as well.
  var responseSchur: UnsafeMutablePointer<Double> { schur + triangle }
  /// M = sum_j Q_j^2 C_j C_j', packed: sum_j W_j' S W_j = tr S M for the next W_j and any S.
  var regressions: UnsafeMutablePointer<Double> { responseSchur + triangle }
  /// D = sum_j (Q_j C_j - W_j) (Q_j C_j - W_j)' / Q_j, packed: tr S D is the squared distance, in
  /// posterior SDs, from the regressions to the next ones.
  var regressionShifts: UnsafeMutablePointer<Double> { regressions + triangle }
  /// sum_j C_j = X'e
  var rates: UnsafeMutablePointer<Double> { regressionShifts + triangle }
  /// d (X'e) / d log w with b fixed.
  var ratesSlope: UnsafeMutablePointer<Double> { rates + fixedCount }
  private var scalars: UnsafeMutablePointer<Double> { ratesSlope + fixedCount }

  func clear() { base.update(repeating: 0, count: count) }

  /// self <- self + other
  func add(_ other: InterceptSums) {
    for index in 0..<count { base[index] += other.base[index] }
  }

  private func scalar(_ which: Scalar) -> UnsafeMutablePointer<Double> {
    scalars + which.rawValue
  }

  /// sum_i e_i
  var expectedCount: UnsafeMutablePointer<Double> { scalar(.expectedCount) }
  /// sum_j Y_j E u_j
  var countProduct: UnsafeMutablePointer<Double> { scalar(.countProduct) }
  /// sum_j |Y_j E u_j|
  var magnitude: UnsafeMutablePointer<Double> { scalar(.magnitude) }
  /// sum_j log 1 / Q_j
  var logPrecisions: UnsafeMutablePointer<Double> { scalar(.logPrecisions) }
  /// sum_j Q_j W_j' S W_j
  var regressionProduct: UnsafeMutablePointer<Double> { scalar(.regressionProduct) }
  /// sum_j (E u_j)^2 + Q_j + W_j' S W_j, which is T = E sum_j u_j^2.
  var squares: UnsafeMutablePointer<Double> { scalar(.squares) }
  /// sum_j W_j' S W_j, the last part of `squares`.
  var regressionSquares: UnsafeMutablePointer<Double> { scalar(.regressionSquares) }
  /// The derivative of the other two parts of `squares` with respect to log w, with b fixed.
  var squaresSlope: UnsafeMutablePointer<Double> { scalar(.squaresSlope) }
}
