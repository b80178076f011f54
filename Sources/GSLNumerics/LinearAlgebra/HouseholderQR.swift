@preconcurrency internal import CGSL

/// The decomposition A = Q R of a matrix with at least as many rows as columns, by Householder
/// reflections: GSL's `gsl_linalg_QR_decomp`.
///
/// The reflections are those of LINPACK and LAPACK, so that Q agrees with theirs column by column.
public struct HouseholderQR: Sendable {
  /// Q': `rows * rows` numbers, row-major. Its rows beyond the first `columns` are an orthonormal
  /// basis of what is orthogonal to the columns of A.
  public let transposedQ: [Double]
  /// The number of rows of A.
  public let rows: Int

  /// Decomposes a matrix.
  /// - Parameters:
  ///   - matrix: `rows * columns` finite numbers, row-major.
  ///   - rows: the number of rows.
  ///   - columns: the number of columns, from 1 to `rows`.
  /// - Throws: `GSLError` if the matrix is not of that shape or not finite.
  public init(_ matrix: [Double], rows: Int, columns: Int) throws(GSLError) {
    let operation = "QR decomposition"
    guard columns >= 1, columns <= rows, matrix.count == rows * columns else {
      throw .invalid(
        operation, "\(matrix.count) numbers are not a matrix of \(rows) rows, \(columns) columns")
    }
    guard matrix.allSatisfy(\.isFinite) else {
      throw .invalid(operation, "the matrix has an element that is not finite")
    }
    _ = GSL.errorsAreReturned
    var packed = matrix
    var scales = [Double](repeating: 0, count: columns)
    // Q' I, column by column of the identity; kept by columns it is Q, row-major.
    var q = [Double](repeating: 0, count: rows * rows)
    for diagonal in 0..<rows { q[diagonal * rows + diagonal] = 1 }
    var status = GSL_SUCCESS
    packed.withUnsafeMutableBufferPointer { packed in
      scales.withUnsafeMutableBufferPointer { scales in
        q.withUnsafeMutableBufferPointer { q in
          var a = gsl_matrix_view_array(packed.baseAddress, rows, columns)
          var tau = gsl_vector_view_array(scales.baseAddress, columns)
          status = Int(gsl_linalg_QR_decomp(&a.matrix, &tau.vector))
          for column in 0..<rows where status == GSL_SUCCESS {
            var unit = gsl_vector_view_array(q.baseAddress! + column * rows, rows)
            status = Int(gsl_linalg_QR_QTvec(&a.matrix, &tau.vector, &unit.vector))
          }
        }
      }
    }
    guard status == GSL_SUCCESS else {
      throw GSLError(code: Int(status), operation: operation, message: "it could not be computed")
    }
    transposedQ = (0..<(rows * rows)).map { q[($0 % rows) * rows + $0 / rows] }
    self.rows = rows
  }
}
