/// The selected inverse: S = P^-1 on the pattern of L, from the last node to the first,
///
///     S_Rj = -S_RR Y_j      S_jj = D_j^-1 - Y_j' S_Rj
extension PrecisionFactor {
  /// Computes S on the pattern, after `factor()`.
  func invert() {
    dense.invert()
    isInverted = true
    // Nodes add their columns of S_RR to those that have them among their rows.
    covariancePanels.fill(with: 0)
    if layout.hasOneTermEach {
      InterceptKernels(self).invert(subtractTrailingBlock: subtractProduct)
      return
    }
    let pattern = layout.pattern
    let dependentStarts = pattern.dependentStarts.pointer
    for place in Swift.stride(from: pattern.sparseFactorCount - 1, through: 0, by: -1) {
      let shape = layout.shapes[place]
      for level in Swift.stride(from: shape.levels - 1, through: 0, by: -1) {
        let node = node(shape, level: level)
        subtractTrailingBlock(node)
        setCovarianceDiagonal(node)
        let index = shape.firstLevel + level
        let dependents = Int(dependentStarts[index])..<Int(dependentStarts[index + 1])
        if !dependents.isEmpty { subtractColumns(of: node, from: dependents) }
      }
    }
  }

  /// Takes the part of S_RR Y_j off S_Rj in which both rows lie in the trailing block.
  @inline(__always)
  private func subtractTrailingBlock(_ node: Node) {
    let count = node.rowCount - node.sparseRowCount
    for term in 0..<node.terms {
      subtractProduct(
        node.panel + term * node.rowCount + node.sparseRowCount, node.rows + node.sparseRowCount,
        count)
    }
  }

  /// Takes S y off a part of a column of S.
  /// - Parameters:
  ///   - offset: where y begins in `multipliers`, and the part in `covariancePanels`.
  ///   - rows: the rows that they belong to, all in the trailing block, as positions in theta.
  private func subtractProduct(_ offset: Int, _ rows: UnsafeMutablePointer<Int32>, _ count: Int) {
    guard count > 0 else { return }
    let (y, target) = (multipliers.pointer + offset, covariancePanels.pointer + offset)
    let (stride, start) = (dense.stride, layout.pattern.denseStart)
    let first = Int(rows[0])
    let isContiguous = Int(rows[count - 1]) - first == count - 1
    let columns = dense.inverse.pointer - start
    for r in 0..<count {
      let source = columns + (Int(rows[r]) &- start) &* stride
      if isContiguous && count > 8 {
        target[r] -= dotProduct(source + first, y, count)
      } else if isContiguous {
        var sum = 0.0
        for s in 0..<count { sum += source[first &+ s] * y[s] }
        target[r] -= sum
      } else {
        let factor = y[r]
        var sum = source[Int(rows[r])] * factor
        for s in 0..<r {
          let value = source[Int(rows[s])]
          sum += value * y[s]
          target[s] -= value * factor
        }
        target[r] -= sum
      }
    }
  }

  @inline(__always)
  private func setCovarianceDiagonal(_ node: Node) {
    let target = covarianceDiagonals.pointer + node.block
    let inverse = inverseDiagonals.pointer + node.block
    for i in 0..<node.terms {
      let y = multipliers.pointer + node.panel + i * node.rowCount
      for j in 0...i {
        let column = covariancePanels.pointer + node.panel + j * node.rowCount
        var sum = 0.0
        if node.rowCount <= 8 {
          for row in 0..<node.rowCount { sum += y[row] * column[row] }
        } else {
          sum = dotProduct(y, column, node.rowCount)
        }
        let value = inverse[i * node.terms + j] - sum
        target[i * node.terms + j] = value
        target[j * node.terms + i] = value
      }
    }
  }

  /// Takes the columns of S at `node`, and the same rows by symmetry, off S_Rj for every node j
  /// that has `node` among its rows.
  private func subtractColumns(of node: Node, from dependents: Range<Int>) {
    let pairs = layout.pattern.dependents.pointer
    let fixedCount = layout.fixedCount
    setPlaces(of: node)
    let diagonal = covarianceDiagonals.pointer + node.block
    var (shape, factor) = (layout.shapes[0], 0)
    for dependent in dependents {
      let index = Int(pairs[2 * dependent])
      while index >= shape.firstLevel + shape.levels {
        factor += 1
        shape = layout.shapes[factor]
      }
      let other = self.node(shape, level: index - shape.firstLevel)
      let first = Int(pairs[2 * dependent + 1])
      let (middle, tail) = (first + node.terms, other.rowCount - fixedCount)
      for k in 0..<other.terms {
        let y = multipliers.pointer + other.panel + k * other.rowCount
        let target = covariancePanels.pointer + other.panel + k * other.rowCount
        for c in 0..<node.terms {
          let column = covariancePanels.pointer + node.panel + c * node.rowCount
          let factor = y[first + c]
          for i in 0..<node.terms { target[first + i] -= diagonal[c * node.terms + i] * factor }
          var sum = 0.0
          for row in middle..<tail {
            let value = column[placeOf(other.rows[row])]
            target[row] -= value * factor
            sum += value * y[row]
          }
          let last = column + (node.rowCount - fixedCount)
          for i in 0..<fixedCount {
            target[tail + i] -= last[i] * factor
            sum += last[i] * y[tail + i]
          }
          target[first + c] -= sum
        }
      }
    }
  }
}
