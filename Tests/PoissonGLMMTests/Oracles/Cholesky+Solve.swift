import CGSL

@testable import GSLNumerics

/// What dense programs to compare with need of a decomposition, by GSL.
extension Cholesky {
  /// The solution x of A x = b.
  /// - Parameter b: `order` numbers; any other count is a programming error.
  public func solve(_ b: [Double]) -> [Double] {
    precondition(b.count == order, "a right-hand side of \(b.count) for order \(order)")
    var factor = factor
    var solution = b
    _ = Self.withMatrix(&factor, order) { matrix in
      solution.withUnsafeMutableBufferPointer { buffer in
        var view = gsl_vector_view_array(buffer.baseAddress, order)
        return gsl_linalg_cholesky_svx(matrix, &view.vector)
      }
    }
    return solution
  }

  /// A^-1, row-major, symmetric.
  public func inverse() -> [Double] {
    var inverse = factor
    _ = Self.withMatrix(&inverse, order) { gsl_linalg_cholesky_invert($0) }
    return inverse
  }
}
