@preconcurrency internal import CGSL
import PlatformEssentials

/// The Cholesky decomposition A = L L' of a dense symmetric positive definite matrix, by GSL's
/// `gsl_linalg_cholesky_decomp1`.
public struct Cholesky: Sendable {
  /// The number of rows, and of columns.
  public let order: Int
  /// Row-major; L in the lower triangle and on the diagonal. The strict upper triangle is A's.
  private(set) var factor: [Double]

  /// Decomposes a matrix of which the lower triangle is read.
  /// - Parameters:
  ///   - matrix: `order * order` finite numbers, row-major.
  ///   - order: the number of rows, and of columns, 1 or more.
  /// - Throws: `GSLError` if the matrix is not of that shape, not finite, or not positive definite
  ///   in double precision.
  public init(_ matrix: [Double], order: Int) throws(GSLError) {
    let operation = "Cholesky decomposition"
    let (size, overflow) = order.multipliedReportingOverflow(by: order)
    guard order >= 1, !overflow, matrix.count == size else {
      throw .invalid(
        operation, "\(matrix.count) numbers are not a square matrix of order \(order)")
    }
    // GSL takes a NaN on the diagonal for a positive number.
    guard matrix.allSatisfy(\.isFinite) else {
      throw .invalid(operation, "the matrix has an element that is not finite")
    }
    _ = GSL.errorsAreReturned
    self.order = order
    factor = matrix
    let status = Self.withMatrix(&factor, order) { gsl_linalg_cholesky_decomp1($0) }
    guard Int(status) == GSL_SUCCESS, logDeterminant.isFinite else {
      throw GSLError(
        code: GSL_EDOM, operation: operation,
        message: "the matrix of order \(order) is not positive definite")
    }
  }

  /// log |A| = 2 sum_i log L_ii.
  public var logDeterminant: Double {
    var sum = 0.0
    for row in 0..<order { sum += log(factor[row * order + row]) }
    return 2 * sum
  }

  /// The product L z: for independent z of variance 1 a vector with covariance A.
  /// - Parameter z: `order` numbers; any other count is a programming error.
  public func correlated(_ z: [Double]) -> [Double] {
    precondition(z.count == order, "a vector of \(z.count) for order \(order)")
    return (0..<order).map { row in
      (0...row).reduce(0) { $0 + factor[row * order + $1] * z[$1] }
    }
  }

  /// Calls a GSL function on a square matrix that Swift owns.
  static func withMatrix(
    _ elements: inout [Double], _ order: Int, _ body: (UnsafeMutablePointer<gsl_matrix>) -> Int32
  ) -> Int32 {
    elements.withUnsafeMutableBufferPointer { buffer in
      var view = gsl_matrix_view_array(buffer.baseAddress, order, order)
      return body(&view.matrix)
    }
  }
}
