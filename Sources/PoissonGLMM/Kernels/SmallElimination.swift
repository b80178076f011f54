import PlatformEssentials

/// Gaussian elimination for small dense matrices that need not be symmetric, row-major, in place.
enum SmallElimination {
  /// log|M|, and the solution X of M X = B, with the largest element of each column as its pivot.
  /// - Parameters:
  ///   - matrix: M, n x n, which is overwritten.
  ///   - right: B, n x `columns`, replaced by X.
  /// - Returns: nil if the determinant is not positive or a number is not finite.
  static func logDeterminant(
    _ matrix: UnsafeMutablePointer<Double>, order n: Int,
    solving right: UnsafeMutablePointer<Double>? = nil, columns: Int = 0
  ) -> Double? {
    var (logDeterminant, isNegative) = (0.0, false)
    for k in 0..<n {
      var best = k
      for i in (k + 1)..<max(n, k + 1)
      where matrix[i * n + k].magnitude > matrix[best * n + k].magnitude {
        best = i
      }
      if best != k {
        isNegative.toggle()
        for j in 0..<n { swapElements(matrix, k * n + j, best * n + j) }
        if let right {
          for j in 0..<columns { swapElements(right, k * columns + j, best * columns + j) }
        }
      }
      let pivot = matrix[k * n + k]
      guard pivot.magnitude > 0, pivot.isFinite else { return nil }
      if pivot < 0 { isNegative.toggle() }
      logDeterminant += log(pivot.magnitude)
      for i in (k + 1)..<max(n, k + 1) {
        let factor = matrix[i * n + k] / pivot
        guard factor != 0 else { continue }
        for j in (k + 1)..<n { matrix[i * n + j] -= factor * matrix[k * n + j] }
        if let right {
          for j in 0..<columns { right[i * columns + j] -= factor * right[k * columns + j] }
        }
      }
    }
    guard !isNegative, logDeterminant.isFinite else { return nil }
    if let right {
      for k in stride(from: n - 1, through: 0, by: -1) {
        let inverse = 1 / matrix[k * n + k]
        for j in 0..<columns {
          var sum = right[k * columns + j]
          for i in (k + 1)..<max(n, k + 1) {
            sum -= matrix[k * n + i] * right[i * columns + j]
          }
          right[k * columns + j] = sum * inverse
          guard right[k * columns + j].isFinite else { return nil }
        }
      }
    }
    return logDeterminant
  }

  private static func swapElements(_ a: UnsafeMutablePointer<Double>, _ i: Int, _ j: Int) {
    (a[i], a[j]) = (a[j], a[i])
  }
}
