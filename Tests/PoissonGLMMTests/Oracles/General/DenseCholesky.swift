import Foundation

/// The decomposition M = L L' of a symmetric positive definite matrix, written out.
struct DenseCholesky: Sendable {
  let order: Int
  /// U = L', in the upper triangle: its rows are contiguous.
  private var upper: DenseMatrix

  /// Nil if the matrix is not positive definite in double precision, or not finite.
  init?(_ matrix: DenseMatrix) {
    let order = matrix.rows
    self.order = order
    upper = matrix
    let succeeded = upper.elements.withUnsafeMutableBufferPointer { buffer in
      guard let u = buffer.baseAddress else { return true }
      for k in 0..<order {
        let pivot = u[k * order + k]
        guard pivot > 0, pivot.isFinite else { return false }
        let root = pivot.squareRoot()
        for column in k..<order { u[k * order + column] /= root }
        // What row k explains leaves the rows below it.
        for row in (k + 1)..<order where u[k * order + row] != 0 {
          addMultiple(
            -u[k * order + row], of: u + (k * order + row), to: u + (row * order + row),
            count: order - row)
        }
      }
      return true
    }
    guard succeeded else { return nil }
  }

  /// log|M| = 2 sum_i log L_ii.
  var logDeterminant: Double { 2 * upper.diagonal.reduce(0) { $0 + log($1) } }

  /// L.
  var lower: DenseMatrix {
    var lower = upper.transposed
    for row in 0..<order {
      for column in row + 1..<order { lower[row, column] = 0 }
    }
    return lower
  }

  /// L^-1 B, for B of `order` rows.
  func solveLower(_ side: DenseMatrix) -> DenseMatrix {
    var result = side
    let width = side.columns
    upper.elements.withUnsafeBufferPointer { u in
      result.elements.withUnsafeMutableBufferPointer { buffer in
        guard let x = buffer.baseAddress else { return }
        for k in 0..<order {
          for column in 0..<width { x[k * width + column] /= u[k * order + k] }
          for row in (k + 1)..<order where u[k * order + row] != 0 {
            addMultiple(
              -u[k * order + row], of: x + k * width, to: x + row * width, count: width)
          }
        }
      }
    }
    return result
  }

  /// L'^-1 B, for B of `order` rows.
  func solveUpper(_ side: DenseMatrix) -> DenseMatrix {
    var result = side
    let width = side.columns
    upper.elements.withUnsafeBufferPointer { u in
      result.elements.withUnsafeMutableBufferPointer { buffer in
        guard let x = buffer.baseAddress else { return }
        for k in (0..<order).reversed() {
          for column in 0..<width { x[k * width + column] /= u[k * order + k] }
          for row in 0..<k where u[row * order + k] != 0 {
            addMultiple(
              -u[row * order + k], of: x + k * width, to: x + row * width, count: width)
          }
        }
      }
    }
    return result
  }

  /// M^-1 x.
  func solve(_ vector: [Double]) -> [Double] {
    var side = DenseMatrix(rows: order, columns: 1)
    side.elements = vector
    return solveUpper(solveLower(side)).elements
  }

  /// M^-1 = L'^-1 L^-1.
  func inverse() -> DenseMatrix { solveLower(DenseMatrix(identity: order)).gram() }
}
