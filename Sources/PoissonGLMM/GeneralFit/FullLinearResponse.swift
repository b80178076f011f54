import Foundation

/// Linear response with M between all rows, as dense matrices: for few rows.
final class FullLinearResponse: LinearResponseCovariance {
  let layout: EffectLayout
  /// K, and then W - M = W^1/2 (I + 1/2 Q~)^-1 W^1/2, n x n.
  private let kernel: DoubleStorage
  private let system: BlockedCholesky
  /// P_eff.
  private let precision: BlockedCholesky
  /// A' (W - M), transposed: n lists of d numbers.
  private let products: DoubleStorage
  private let moved: DoubleStorage

  init(_ layout: EffectLayout) {
    self.layout = layout
    let (n, d) = (layout.rowCount, layout.effectCount)
    kernel = DoubleStorage(count: n * n)
    system = BlockedCholesky(order: n)
    precision = BlockedCholesky(order: d)
    products = DoubleStorage(count: n * d)
    moved = DoubleStorage(count: n)
  }

  func update(
    _ optimum: PrecisionFactor, weights: DoubleStorage, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool {
    optimum.kernel(ofRows: Array(0..<layout.rowCount), into: kernel.pointer)
    guard setResponse(weights) else { return false }
    setPrior(prior)
    addProducts()
    precision.recordSizes()
    guard precision.factor() != nil else { return false }
    precision.invert()
    return true
  }

  /// Replaces K by W - M.
  private func setResponse(_ weights: DoubleStorage) -> Bool {
    let n = layout.rowCount
    let roots = weights.array.map { $0 > 0 ? $0.squareRoot() : 0 }
    system.clear()
    for i in 0..<n {
      let target = system.matrix.pointer + i * system.stride
      for j in 0...i {
        let covariance = kernel.pointer[i * n + j]
        target[j] = 0.5 * roots[i] * covariance * covariance * roots[j] + (i == j ? 1 : 0)
      }
    }
    system.recordSizes()
    guard system.factor() != nil else { return false }
    system.invert()
    for i in 0..<n {
      let source = system.inverse.pointer + i * system.stride
      for j in 0..<n { kernel.pointer[i * n + j] = roots[i] * source[j] * roots[j] }
    }
    return true
  }

  /// P_eff <- Lambda.
  private func setPrior(_ prior: EffectPrior) {
    precision.clear()
    let (matrix, stride) = (precision.matrix.pointer, precision.stride)
    for (place, shape) in layout.shapes.enumerated() {
      let block = prior.precisions[layout.eliminationOrder[place]]
      for level in 0..<shape.levels {
        let first = shape.start + level * shape.terms
        for i in 0..<shape.terms {
          for j in 0...i { matrix[(first + i) * stride + first + j] = block[i, j] }
        }
      }
    }
    for effect in layout.fixedStart..<layout.effectCount {
      matrix[effect * stride + effect] = prior.fixedPrecision
    }
  }

  /// P_eff <- P_eff + A' (W - M) A.
  private func addProducts() {
    let (n, d) = (layout.rowCount, layout.effectCount)
    products.fill(with: 0)
    for i in 0..<n {
      let response = kernel.pointer + i * n
      layout.forEachEffect(ofRow: i, cell: layout.cells.cell(ofRow: i)) { effect, value in
        for j in 0..<n { products.pointer[j * d + effect] += value * response[j] }
      }
    }
    for j in 0..<n {
      let source = products.pointer + j * d
      layout.forEachEffect(ofRow: j, cell: layout.cells.cell(ofRow: j)) { effect, value in
        let target = precision.matrix.pointer + effect * precision.stride
        for k in 0...effect { target[k] += value * source[k] }
      }
    }
  }

  func fixedCovariance() -> Matrix {
    var result = Matrix(order: layout.fixedCount)
    for i in 0..<layout.fixedCount {
      let row = precision.inverse.pointer + (layout.fixedStart + i) * precision.stride
      for j in 0..<layout.fixedCount { result[i, j] = row[layout.fixedStart + j] }
    }
    return result
  }

  func solve(_ x: DoubleStorage) { precision.solve(x.pointer) }

  func variances(into target: DoubleStorage) {
    for k in 0..<layout.effectCount {
      target.pointer[k] = precision.inverse.pointer[k * precision.stride + k]
    }
  }

  func respond(_ x: DoubleStorage) -> Bool {
    let n = layout.rowCount
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n { sum += kernel.pointer[i * n + j] * x.pointer[j] }
      moved.pointer[i] = sum
    }
    x.copy(from: moved)
    return (0..<n).allSatisfy { x.pointer[$0].isFinite }
  }
}
