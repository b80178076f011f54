extension PrecisionFactor {
  /// How the linear predictors of a level's rows depend on the level's own standardized effects:
  /// L^-1 Cov(u_j, eta_i) with Cov(u_j) = L L', for every row i of the level; after `invert()`.
  /// - Parameters:
  ///   - level: a level of the first factor eliminated.
  ///   - slopes: m rows of q numbers.
  /// - Returns: false if the covariance of the effects is not positive definite.
  func standardizedSlopes(
    ofFirstFactorLevel level: Int, into slopes: UnsafeMutablePointer<Double>
  ) -> Bool {
    let shape = layout.shapes[0]
    let q = shape.terms
    let node = node(shape, level: level)
    let (cells, pattern) = (layout.cells, layout.pattern)
    let block = covarianceDiagonals.pointer + node.block
    let root = scratch(3, count: q * q)
    root.pointer.update(from: block, count: q * q)
    guard SmallCholesky.factor(root.pointer, order: q).isFinite else { return false }
    let firstRow = layout.rows(ofFirstFactorLevel: level).lowerBound
    let others = layout.shapes.count - 1
    for cell in Int(
      cells.firstFactorStarts.pointer[level])..<Int(
        cells.firstFactorStarts.pointer[level + 1])
    {
      let place = pattern.cellPlaces.pointer + cell * pattern.placesOfCell
      for row in Int(cells.starts.pointer[cell])..<Int(cells.starts.pointer[cell + 1]) {
        let a = layout.design.pointer + row * layout.rowWidth
        let target = slopes + (row - firstRow) * q
        for k in 0..<q {
          let panel = covariancePanels.pointer + node.panel + k * node.rowCount
          var sum = 0.0
          for l in 0..<q { sum += block[k * q + l] * a[shape.column + l] }
          for other in 0..<others {
            let otherShape = layout.shapes[other + 1]
            let source = panel + Int(place[other])
            for l in 0..<otherShape.terms { sum += source[l] * a[otherShape.column + l] }
          }
          let fixed = panel + (node.rowCount - layout.fixedCount)
          for l in 0..<layout.fixedCount { sum += fixed[l] * a[layout.fixedColumn + l] }
          target[k] = sum
        }
        for k in 0..<q {
          for l in 0..<k { target[k] -= root.pointer[k * q + l] * target[l] }
          target[k] /= root.pointer[k * q + k]
        }
      }
    }
    return true
  }
}
