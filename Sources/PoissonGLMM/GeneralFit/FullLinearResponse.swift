import PlatformEssentials

/// Linear response with H between all rows, as dense matrices: for few rows.
final class FullLinearResponse: LinearResponseCovariance {
  let layout: EffectLayout
  /// K, and then H, n x n.
  private let kernel: DoubleStorage
  private let system: BlockedCholesky
  /// Where an f is negative.
  private lazy var general = VarianceResponse()
  /// P_eff.
  private let precision: BlockedCholesky
  /// A' (W - T H T), transposed: n lists of d numbers.
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
    _ optimum: PrecisionFactor, curvatures: RowCurvatures, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool {
    optimum.kernel(ofRows: Array(0..<layout.rowCount), into: kernel.pointer)
    guard setResponse(curvatures.fourths) else { return false }
    setPrior(prior)
    addProducts(curvatures)
    precision.recordSizes()
    guard precision.factor() != nil else { return false }
    precision.invert()
    return true
  }

  /// Replaces K by H.
  private func setResponse(_ fourths: DoubleStorage) -> Bool {
    let (n, f) = (layout.rowCount, fourths.pointer)
    for i in 0..<n where !(f[i] >= 0) {
      let covariances = DoubleStorage(count: n * n)
      covariances.copy(from: kernel)
      return general.matrix(covariances.pointer, fourths: f, count: n, into: kernel.pointer)
    }
    // With the roots r of f, r H r = I - (I + 1/2 r Q r)^-1. Rows of f = 0 respond to nothing.
    let roots = (0..<n).map { f[$0].squareRoot() }
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
    let inverses = roots.map { $0 > 0 ? 1 / $0 : 0 }
    for i in 0..<n {
      let source = system.inverse.pointer + i * system.stride
      for j in 0..<n {
        kernel.pointer[i * n + j] = inverses[i] * ((i == j ? 1 : 0) - source[j]) * inverses[j]
      }
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

  /// P_eff <- P_eff + A' (W - T H T) A.
  private func addProducts(_ curvatures: RowCurvatures) {
    let (n, d) = (layout.rowCount, layout.effectCount)
    let (w, t) = (curvatures.weights.pointer, curvatures.thirds.pointer)
    products.fill(with: 0)
    for i in 0..<n {
      let half = kernel.pointer + i * n
      layout.forEachEffect(ofRow: i, cell: layout.cells.cell(ofRow: i)) { effect, value in
        for j in 0..<n { products.pointer[j * d + effect] -= value * t[i] * half[j] * t[j] }
        products.pointer[i * d + effect] += value * w[i]
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
