import PlatformEssentials

/// Cholesky kernels for small dense symmetric matrices, row-major, in place.
enum SmallCholesky {
  /// Replaces the lower triangle of the symmetric `matrix` by L with L L' = `matrix`.
  ///
  /// A pivot that rounding error has made zero or negative is raised to the size of that error, so
  /// that the result is always the factor of a positive definite matrix. This happens with nearly
  /// collinear columns of large scale.
  /// - Parameter sizes: if `matrix` is a small difference of larger matrices, the diagonal of the
  ///   first of them, which sets the size of the rounding errors.
  /// - Returns: log |matrix|; NaN if a pivot is negative beyond rounding error, so that the matrix
  ///   is not positive definite.
  @discardableResult @inline(__always)
  static func factor(
    _ matrix: UnsafeMutablePointer<Double>, order n: Int,
    sizes: UnsafePointer<Double>? = nil
  ) -> Double {
    var logDeterminant = 0.0
    for j in 0..<n {
      let rowJ = matrix + j * n
      let diagonal = rowJ[j]
      var pivot = diagonal
      for k in 0..<j { pivot -= rowJ[k] * rowJ[k] }
      let size = max(sizes?[j] ?? 0, diagonal.magnitude)
      let smallest = max(size * Double(n) * 0x1p-52, Double.leastNormalMagnitude)
      if !(pivot > smallest) && pivot.isFinite {
        // The error of a pivot that cancels is `size` times the relative accuracy of the sums in
        // it.
        if pivot < -1e-10 * size { logDeterminant = .nan }
        pivot = smallest
      }
      logDeterminant += log(pivot)
      let root = pivot.squareRoot()
      rowJ[j] = root
      let inverseRoot = 1 / root
      for i in (j + 1)..<max(n, j + 1) {
        let rowI = matrix + i * n
        var sum = rowI[j]
        for k in 0..<j { sum -= rowI[k] * rowJ[k] }
        rowI[j] = sum * inverseRoot
      }
    }
    return logDeterminant
  }

  /// Replaces `vector` by the solution x of L L' x = `vector`.
  static func solve(
    _ factor: UnsafePointer<Double>, order n: Int, _ vector: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<n {
      var sum = vector[i]
      for k in 0..<i { sum -= factor[i * n + k] * vector[k] }
      vector[i] = sum / factor[i * n + i]
    }
    for i in stride(from: n - 1, through: 0, by: -1) {
      var sum = vector[i]
      for k in (i + 1)..<max(n, i + 1) { sum -= factor[k * n + i] * vector[k] }
      vector[i] = sum / factor[i * n + i]
    }
  }

  /// `factor`, `invert` and `invertFactor` together for order 2, where little cancels.
  /// - Parameters:
  ///   - inverse: takes the inverse of `matrix`, both triangles.
  ///   - root: takes the lower triangle of L^-1.
  /// - Returns: |matrix| and the smallest ratio of a pivot to its diagonal; nil where that is below
  ///   1e-3 or not finite.
  @inline(__always)
  static func invertOrderTwo(
    _ first: Double, _ offDiagonal: Double, _ second: Double,
    into inverse: UnsafeMutablePointer<Double>, root: UnsafeMutablePointer<Double>
  ) -> (determinant: Double, relativePivot: Double)? {
    let inverseFirst = 1 / first
    let pivot = second - offDiagonal * offDiagonal * inverseFirst
    let determinant = first * pivot
    guard first > 1e-100, pivot > 1e-3 * second, determinant > 1e-100, determinant < 1e100 else {
      return nil
    }
    let inversePivot = 1 / pivot
    let (a, c) = (inverseFirst.squareRoot(), inversePivot.squareRoot())
    let b = -offDiagonal * inverseFirst * c
    root[0] = a
    root[2] = b
    root[3] = c
    inverse[0] = inverseFirst + b * b
    inverse[1] = b * c
    inverse[2] = b * c
    inverse[3] = inversePivot
    return (determinant, pivot / second)
  }

  /// Writes L^-1 to the lower triangle of `root`, which must not overlap `factor`, and leaves the
  /// rest as it is.
  static func invertFactor(
    _ factor: UnsafePointer<Double>, order n: Int, into root: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<n {
      root[j * n + j] = 1 / factor[j * n + j]
      for i in (j + 1)..<max(n, j + 1) {
        var sum = 0.0
        for k in j..<i { sum -= factor[i * n + k] * root[k * n + j] }
        root[i * n + j] = sum / factor[i * n + i]
      }
    }
  }

  /// Writes the symmetric inverse of L L' to `inverse` (both triangles). `inverse` must not overlap
  /// `factor`.
  static func invert(
    _ factor: UnsafePointer<Double>, order n: Int, into inverse: UnsafeMutablePointer<Double>
  ) {
    // The lower triangle of L^-1 first, column by column; then L^-T L^-1 in place, row by row.
    invertFactor(factor, order: n, into: inverse)
    for i in 0..<n {
      for j in 0...i {
        var sum = 0.0
        for k in i..<n { sum += inverse[k * n + i] * inverse[k * n + j] }
        inverse[i * n + j] = sum
      }
    }
    for i in 0..<n {
      for j in 0..<i { inverse[j * n + i] = inverse[i * n + j] }
    }
  }
}

extension Matrix {
  /// log|M| of a symmetric matrix; NaN if it is not positive definite beyond rounding error.
  var logDeterminant: Double {
    var factor = elements
    return factor.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { SmallCholesky.factor($0, order: order) } ?? 0
    }
  }
}

/// The log of a product of many positive numbers, which takes a logarithm only once in a while.
struct LogProduct {
  private var sum = 0.0
  private var product = 1.0

  /// - Parameter factor: from 1e-100 to 1e100.
  @inline(__always)
  mutating func multiply(by factor: Double) {
    product *= factor
    if !(product > 1e-150 && product < 1e150) {
      sum += log(product)
      product = 1
    }
  }

  @inline(__always)
  mutating func add(_ logarithm: Double) { sum += logarithm }

  var value: Double { sum + log(product) }
}
