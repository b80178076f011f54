/// The block LDL' factorization and the solution of equations.
extension PrecisionFactor {
  /// Factors P, after `assemble`. A pivot that rounding error has made zero or negative is raised
  /// to the size of that error, as in `SmallCholesky`.
  /// - Returns: false if P is not positive definite; nothing may be asked of the factor then.
  func factor() -> Bool {
    isInverted = false
    dense.recordSizes()
    let nodes =
      layout.hasOneTermEach
      ? InterceptKernels(self).factor(subtractFromTrailingBlock: subtractProduct)
      : factorNodes()
    guard let nodes, let denseLogarithm = dense.factor() else { return false }
    logDeterminant = nodes.value + denseLogarithm
    return true
  }

  /// Eliminates all nodes.
  /// - Returns: the product of their determinants; nil if P is not positive definite.
  private func factorNodes() -> LogProduct? {
    var logDeterminant = LogProduct()
    let pattern = layout.pattern
    let dependentStarts = pattern.dependentStarts.pointer
    for place in 0..<pattern.sparseFactorCount {
      let shape = layout.shapes[place]
      for level in 0..<shape.levels {
        let node = node(shape, level: level)
        // The diagonal before elimination sets the size of rounding errors.
        let sizes = blockScratch.pointer + 2 * shape.terms * shape.terms
        let diagonal = diagonals.pointer + node.block
        for i in 0..<shape.terms { sizes[i] = diagonal[i * shape.terms + i].magnitude }
        let index = shape.firstLevel + level
        let updates = Int(dependentStarts[index])..<Int(dependentStarts[index + 1])
        if !updates.isEmpty { subtractDependents(updates, from: node) }
        guard invertDiagonal(node, sizes: sizes, &logDeterminant) else { return nil }
        setMultipliers(node)
        subtractFromTrailingBlock(node)
      }
    }
    return logDeterminant
  }

  /// Takes B_j Y_j' off the columns of `node`, for every node j that has it among its rows.
  private func subtractDependents(_ updates: Range<Int>, from node: Node) {
    let pairs = layout.pattern.dependents.pointer
    let fixedCount = layout.fixedCount
    setPlaces(of: node)
    let diagonal = diagonals.pointer + node.block
    let panel = panels.pointer + node.panel
    var (shape, factor) = (layout.shapes[0], 0)
    for update in updates {
      let index = Int(pairs[2 * update])
      while index >= shape.firstLevel + shape.levels {
        factor += 1
        shape = layout.shapes[factor]
      }
      let other = self.node(shape, level: index - shape.firstLevel)
      let first = Int(pairs[2 * update + 1])
      let (middle, tail) = (first + node.terms, other.rowCount - fixedCount)
      for k in 0..<other.terms {
        let b = panels.pointer + other.panel + k * other.rowCount
        let y = multipliers.pointer + other.panel + k * other.rowCount
        for c in 0..<node.terms {
          let factor = y[first + c]
          for i in 0..<node.terms { diagonal[i * node.terms + c] -= b[first + i] * factor }
          let target = panel + c * node.rowCount
          for row in middle..<tail { target[placeOf(other.rows[row])] -= b[row] * factor }
          let last = target + (node.rowCount - fixedCount)
          for i in 0..<fixedCount { last[i] -= b[tail + i] * factor }
        }
      }
    }
  }

  @inline(__always)
  func placeOf(_ row: Int32) -> Int { Int(places.pointer[Int(row)]) }

  /// Writes the place of each row of a node's list, for `placeOf`.
  @inline(__always)
  func setPlaces(of node: Node) {
    for place in 0..<(node.rowCount - layout.fixedCount) {
      places.pointer[Int(node.rows[place])] = Int32(truncatingIfNeeded: place)
    }
  }

  /// D_j^-1.
  /// - Returns: false if a pivot is negative beyond rounding error.
  @inline(__always)
  private func invertDiagonal(
    _ node: Node, sizes: UnsafePointer<Double>, _ logDeterminant: inout LogProduct
  ) -> Bool {
    let diagonal = diagonals.pointer + node.block
    let inverse = inverseDiagonals.pointer + node.block
    if node.terms == 1 {
      guard let pivot = raisedPivot(diagonal[0], size: sizes[0], terms: 1) else { return false }
      inverse[0] = 1 / pivot
      logDeterminant.include(pivot)
      return true
    }
    let scratch = blockScratch.pointer
    if node.terms == 2,
      let (determinant, _) = SmallCholesky.invertOrderTwo(
        diagonal[0], diagonal[1], diagonal[3], into: inverse, root: scratch)
    {
      logDeterminant.include(determinant)
      return true
    }
    scratch.update(from: diagonal, count: node.terms * node.terms)
    let logarithm = SmallCholesky.factor(scratch, order: node.terms, sizes: sizes)
    guard logarithm.isFinite else { return false }
    logDeterminant.add(logarithm)
    SmallCholesky.invert(scratch, order: node.terms, into: inverse)
    return true
  }

  /// Y_j = B_j D_j^-1.
  @inline(__always)
  private func setMultipliers(_ node: Node) {
    let count = node.rowCount
    let inverse = inverseDiagonals.pointer + node.block
    let b = panels.pointer + node.panel
    let y = multipliers.pointer + node.panel
    if node.terms == 1 {
      for row in 0..<count { y[row] = b[row] * inverse[0] }
    } else if node.terms == 2 {
      for row in 0..<count {
        let (first, second) = (b[row], b[count + row])
        y[row] = first * inverse[0] + second * inverse[1]
        y[count + row] = first * inverse[1] + second * inverse[3]
      }
    } else {
      for c in 0..<node.terms {
        let target = y + c * count
        for row in 0..<count { target[row] = 0 }
        for k in 0..<node.terms {
          let (factor, source) = (inverse[c * node.terms + k], b + k * count)
          for row in 0..<count { target[row] += source[row] * factor }
        }
      }
    }
  }

  /// Takes B_j Y_j' off the lower triangle of the trailing block.
  @inline(__always)
  private func subtractFromTrailingBlock(_ node: Node) {
    let count = node.rowCount - node.sparseRowCount
    for term in 0..<node.terms {
      subtractProduct(
        node.panel + term * node.rowCount + node.sparseRowCount, node.rows + node.sparseRowCount,
        count)
    }
  }

  /// Takes b y' off the lower triangle of the trailing block.
  /// - Parameters:
  ///   - offset: where b begins in `panels`, and y in `multipliers`.
  ///   - rows: the rows that they belong to, as positions in theta.
  private func subtractProduct(_ offset: Int, _ rows: UnsafeMutablePointer<Int32>, _ count: Int) {
    guard count > 0 else { return }
    let (b, y) = (panels.pointer + offset, multipliers.pointer + offset)
    let (stride, start) = (dense.stride, layout.pattern.denseStart)
    let first = Int(rows[0])
    let isContiguous = Int(rows[count - 1]) - first == count - 1
    let columns = dense.matrix.pointer - start
    for r in 0..<count {
      let target = columns + (Int(rows[r]) &- start) &* stride
      let factor = b[r]
      if isContiguous {
        for s in 0...r { target[first &+ s] -= factor * y[s] }
      } else {
        for s in 0...r { target[Int(rows[s])] -= factor * y[s] }
      }
    }
  }

  /// Replaces x by P^-1 x.
  func solve(_ x: DoubleStorage) {
    precondition(x.count >= layout.effectCount)
    let pattern = layout.pattern
    let vector = x.pointer
    for place in 0..<pattern.sparseFactorCount {
      let shape = layout.shapes[place]
      for level in 0..<shape.levels {
        eliminate(node(shape, level: level), from: vector)
      }
    }
    dense.solve(vector + pattern.denseStart)
    for place in Swift.stride(from: pattern.sparseFactorCount - 1, through: 0, by: -1) {
      let shape = layout.shapes[place]
      for level in Swift.stride(from: shape.levels - 1, through: 0, by: -1) {
        let node = node(shape, level: level)
        let values = blockScratch.pointer
        let inverse = inverseDiagonals.pointer + node.block
        for i in 0..<node.terms {
          var sum = 0.0
          for k in 0..<node.terms { sum += inverse[i * node.terms + k] * vector[node.start + k] }
          let y = multipliers.pointer + node.panel + i * node.rowCount
          for row in 0..<node.rowCount { sum -= y[row] * vector[Int(node.rows[row])] }
          values[i] = sum
        }
        (vector + node.start).update(from: values, count: node.terms)
      }
    }
  }

  /// x_R <- x_R - Y_j x_j.
  @inline(__always)
  func eliminate(_ node: Node, from vector: UnsafeMutablePointer<Double>) {
    for k in 0..<node.terms {
      let factor = vector[node.start + k]
      if factor == 0 { continue }
      let y = multipliers.pointer + node.panel + k * node.rowCount
      for row in 0..<node.rowCount { vector[Int(node.rows[row])] -= factor * y[row] }
    }
  }
}
