/// What concerns the rows of one level of the first factor eliminated. All effects that they meet,
/// taken two at a time, lie in the pattern: the level's own q effects and the rows below its node.
extension PrecisionFactor {
  /// K = A_c S A_c' for the rows c of a level of the first factor, after `invert()`.
  /// - Parameter kernel: takes K, n_c x n_c, both triangles.
  func kernel(ofFirstFactorLevel level: Int, into kernel: UnsafeMutablePointer<Double>) {
    let rows = layout.rows(ofFirstFactorLevel: level)
    let node = node(layout.shapes[0], level: level)
    let order = node.terms + node.rowCount
    let covariance = scratch(0, count: order * order)
    gatherCovariance(node, into: covariance.pointer)
    // A_c S, a row of the design at a time.
    let products = scratch(1, count: rows.count * order)
    products.pointer.update(repeating: 0, count: rows.count * order)
    forEachEntry(ofLevel: level, node) { row, place, value in
      let target = products.pointer + row * order
      let source = covariance.pointer + place * order
      for k in 0..<order { target[k] += value * source[k] }
    }
    kernel.update(repeating: 0, count: rows.count * rows.count)
    forEachEntry(ofLevel: level, node) { row, place, value in
      for other in 0..<rows.count {
        kernel[other * rows.count + row] += value * products.pointer[other * order + place]
      }
    }
  }

  /// K for the rows of a level of the first factor, after `invert()`.
  func kernel(ofFirstFactorLevel level: Int) -> Matrix {
    var result = Matrix(order: layout.rows(ofFirstFactorLevel: level).count)
    result.elements.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { kernel(ofFirstFactorLevel: level, into: base) }
    }
    return result
  }

  /// P <- P - A_c' M A_c for the rows c of a level of the first factor, between `assemble` and
  /// `factor()`.
  /// - Parameter matrix: M, symmetric, n_c x n_c.
  func subtractCoupling(level: Int, _ matrix: UnsafePointer<Double>) {
    let rows = layout.rows(ofFirstFactorLevel: level)
    let node = node(layout.shapes[0], level: level)
    let order = node.terms + node.rowCount
    // M A_c, then A_c' M A_c.
    let products = scratch(1, count: rows.count * order)
    products.pointer.update(repeating: 0, count: rows.count * order)
    forEachEntry(ofLevel: level, node) { row, place, value in
      for other in 0..<rows.count {
        products.pointer[other * order + place] += matrix[other * rows.count + row] * value
      }
    }
    let coupling = scratch(0, count: order * order)
    coupling.pointer.update(repeating: 0, count: order * order)
    forEachEntry(ofLevel: level, node) { row, place, value in
      let target = coupling.pointer + place * order
      let source = products.pointer + row * order
      for k in 0..<order { target[k] += value * source[k] }
    }
    subtract(coupling.pointer, from: node)
  }

  /// P <- P - factor A_c' r r' A_c for the rows c of a level of the first factor, between
  /// `assemble` and `factor()`.
  /// - Parameter vector: r, n_c numbers.
  func subtractCoupling(level: Int, vector: [Double], factor: Double) {
    precondition(vector.count == layout.rows(ofFirstFactorLevel: level).count)
    let node = node(layout.shapes[0], level: level)
    let order = node.terms + node.rowCount
    let product = scratch(1, count: order)
    product.pointer.update(repeating: 0, count: order)
    forEachEntry(ofLevel: level, node) { row, place, value in
      product.pointer[place] += vector[row] * value
    }
    let coupling = scratch(0, count: order * order)
    for i in 0..<order {
      for j in 0..<order {
        coupling.pointer[i * order + j] = factor * product.pointer[i] * product.pointer[j]
      }
    }
    subtract(coupling.pointer, from: node)
  }

  /// As above, with M as a `Matrix`.
  func subtractCoupling(level: Int, _ matrix: Matrix) {
    precondition(matrix.order == layout.rows(ofFirstFactorLevel: level).count)
    matrix.elements.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { subtractCoupling(level: level, base) }
    }
  }

  /// Calls `visit` for every non-zero of the rows of a level: the row within the level, the
  /// effect's place among the node's own and those below, and the design value.
  @inline(__always)
  private func forEachEntry(
    ofLevel level: Int, _ node: Node, _ visit: (_ row: Int, _ place: Int, _ value: Double) -> Void
  ) {
    let layout = layout
    let firstRow = layout.rows(ofFirstFactorLevel: level).lowerBound
    let cellStarts = layout.cells.firstFactorStarts.pointer
    let fixedPlace = node.terms + node.rowCount - layout.fixedCount
    for cell in Int(cellStarts[level])..<Int(cellStarts[level + 1]) {
      let places = layout.pattern.cellPlaces.pointer + cell * layout.pattern.placesOfCell
      let starts = layout.cells.starts.pointer
      for row in Int(starts[cell])..<Int(starts[cell + 1]) {
        let design = layout.design.pointer + row * layout.rowWidth
        for term in 0..<node.terms { visit(row - firstRow, term, design[term]) }
        for factor in 1..<max(layout.shapes.count, 1) {
          let shape = layout.shapes[factor]
          let first = node.terms + Int(places[factor - 1])
          for term in 0..<shape.terms {
            visit(row - firstRow, first + term, design[shape.column + term])
          }
        }
        for term in 0..<layout.fixedCount {
          visit(row - firstRow, fixedPlace + term, design[layout.fixedColumn + term])
        }
      }
    }
  }

  /// S of a node's own effects and those below it, both triangles.
  private func gatherCovariance(_ node: Node, into target: UnsafeMutablePointer<Double>) {
    let order = node.terms + node.rowCount
    for i in 0..<node.terms {
      let diagonal = covarianceDiagonals.pointer + node.block + i * node.terms
      for j in 0..<node.terms { target[i * order + j] = diagonal[j] }
      let panel = covariancePanels.pointer + node.panel + i * node.rowCount
      for row in 0..<node.rowCount {
        target[i * order + node.terms + row] = panel[row]
        target[(node.terms + row) * order + i] = panel[row]
      }
    }
    forEachPair(
      below: node,
      sparse: { row, column, diagonal, panel in
        let value =
          diagonal.map { covarianceDiagonals.pointer[$0] } ?? covariancePanels.pointer[panel]
        target[(node.terms + row) * order + node.terms + column] = value
        target[(node.terms + column) * order + node.terms + row] = value
      },
      dense: { row, column, position in
        let value = dense.inverse.pointer[position]
        target[(node.terms + row) * order + node.terms + column] = value
        target[(node.terms + column) * order + node.terms + row] = value
      })
  }

  /// Takes a symmetric matrix over a node's own effects and those below it off P.
  private func subtract(_ matrix: UnsafePointer<Double>, from node: Node) {
    let order = node.terms + node.rowCount
    for i in 0..<node.terms {
      let diagonal = diagonals.pointer + node.block + i * node.terms
      for j in 0..<node.terms { diagonal[j] -= matrix[i * order + j] }
      let panel = panels.pointer + node.panel + i * node.rowCount
      for row in 0..<node.rowCount { panel[row] -= matrix[i * order + node.terms + row] }
    }
    forEachPair(
      below: node,
      sparse: { row, column, diagonal, panel in
        let value = matrix[(node.terms + row) * order + node.terms + column]
        if let diagonal {
          diagonals.pointer[diagonal] -= value
        } else {
          panels.pointer[panel] -= value
        }
      },
      dense: { row, column, position in
        dense.matrix.pointer[position] -= matrix[(node.terms + row) * order + node.terms + column]
      })
  }

  /// Visits all pairs of rows below a node, row not before column.
  /// - Parameters:
  ///   - sparse: for columns of a node: the pair's place in that node's q x q block, all pairs of
  ///     the block, or else in its panel.
  ///   - dense: for columns in the trailing block: the pair's place in its lower triangle.
  @inline(__always)
  private func forEachPair(
    below node: Node,
    sparse: (_ row: Int, _ column: Int, _ diagonal: Int?, _ panel: Int) -> Void,
    dense visitDense: (_ row: Int, _ column: Int, _ position: Int) -> Void
  ) {
    let denseStart = layout.pattern.denseStart
    var column = 0
    while column < node.sparseRowCount {
      let other = self.node(nodeIndex(ofEffect: Int(node.rows[column])))
      setPlaces(of: other)
      let tail = node.rowCount - layout.fixedCount
      for term in 0..<other.terms {
        for row in 0..<other.terms {
          sparse(column + row, column + term, other.block + row * other.terms + term, 0)
        }
        let panel = other.panel + term * other.rowCount
        for row in (column + other.terms)..<tail {
          sparse(row, column + term, nil, panel + placeOf(node.rows[row]))
        }
        for row in tail..<node.rowCount {
          sparse(row, column + term, nil, panel + other.rowCount - node.rowCount + row)
        }
      }
      column += other.terms
    }
    for row in node.sparseRowCount..<node.rowCount {
      let start = (Int(node.rows[row]) - denseStart) * dense.stride - denseStart
      for column in node.sparseRowCount...row {
        visitDense(row, column, start + Int(node.rows[column]))
      }
    }
  }

  /// The node that an effect belongs to.
  private func nodeIndex(ofEffect effect: Int) -> Int {
    var place = 0
    while place + 1 < layout.shapes.count && effect >= layout.shapes[place + 1].start { place += 1 }
    let shape = layout.shapes[place]
    return shape.firstLevel + (effect - shape.start) / shape.terms
  }
}
