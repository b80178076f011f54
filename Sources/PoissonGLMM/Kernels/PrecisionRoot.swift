/// The Cholesky factor of a precision matrix, with what follows from it.
struct PrecisionRoot {
  private let factor: DoubleStorage
  private let order: Int
  let logDeterminant: Double

  /// nil if the matrix is not positive definite, or not finite.
  init?(_ precision: Matrix) {
    order = precision.order
    factor = DoubleStorage(precision.elements)
    logDeterminant = SmallCholesky.factor(factor.pointer, order: order)
    guard logDeterminant.isFinite || order == 0 else { return nil }
  }

  func solution(_ vector: [Double]) -> [Double] {
    let storage = DoubleStorage(vector)
    SmallCholesky.solve(factor.pointer, order: order, storage.pointer)
    return storage.array
  }

  var inverse: Matrix {
    let storage = DoubleStorage(count: order * order)
    SmallCholesky.invert(factor.pointer, order: order, into: storage.pointer)
    return Matrix(order: order, elements: storage.array)
  }
}
