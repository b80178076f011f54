/// Covariances of the linear predictor between rows: K = A_c S A_c' for a set of rows c.
extension PrecisionFactor {
  /// K for any rows, after `factor()`: with W = L^-1 A_c', K = W' D^-1 W. Only the nodes on the
  /// paths from the rows' levels to the root take part, and the trailing block. After `invert()`
  /// this is much faster where the trailing block is large and the rows reach little of it.
  /// - Parameters:
  ///   - rows: sorted rows, in any order.
  ///   - kernel: takes K, rows.count x rows.count, both triangles.
  func kernel(ofRows rows: [Int], into kernel: UnsafeMutablePointer<Double>) {
    let count = rows.count
    guard count > 0 else { return }
    let pattern = layout.pattern
    let sparseCount = setPath(of: rows)
    let padded = (count + 3) & ~3
    let width = sparseCount + dense.paddedOrder
    // W', one row of the design after another: the nodes on the path, then the trailing block.
    let solved = scratch(0, count: padded * width)
    solved.pointer.update(repeating: 0, count: padded * width)
    for (index, row) in rows.enumerated() {
      scatter(row, weight: 1, sparseCount: sparseCount, to: solved.pointer + index * width)
    }
    // D^-1 W of the nodes, likewise.
    let scaled = scratch(1, count: padded * max(sparseCount, 64))
    scaled.pointer.update(repeating: 0, count: padded * sparseCount)
    for index in pathNodes {
      let node = node(Int(index))
      let first = placeOf(Int32(node.start))
      for row in 0..<count {
        let values = solved.pointer + row * width
        eliminateOnPath(node, first, sparseCount, values)
        multiplyInverseDiagonal(
          node, values + first, into: scaled.pointer + row * sparseCount + first)
      }
    }
    let result = scratch(2, count: padded * padded)
    result.pointer.update(repeating: 0, count: padded * padded)
    let target = DenseProduct.Operand(start: result.pointer, stride: padded)
    dense.product.add(
      to: target, rows: padded, columns: padded, depth: sparseCount,
      left: .init(start: solved.pointer, stride: width),
      right: .init(start: scaled.pointer, stride: sparseCount), shape: .lowerResult)
    if pattern.denseOrder > 0 {
      let vectors = DenseProduct.Operand(start: solved.pointer + sparseCount, stride: width)
      if isInverted && haveFewNonZeros(vectors, count) {
        addTrailingPart(vectors, count, to: target)
      } else {
        dense.solveLower(rows: vectors, count: padded, scratch: scaled.pointer)
        dense.product.add(
          to: target, rows: padded, columns: padded, depth: dense.paddedOrder, left: vectors,
          right: vectors, shape: .lowerResult)
      }
    }
    for i in 0..<count {
      for j in 0...i {
        kernel[i * count + j] = result.pointer[i * padded + j]
        kernel[j * count + i] = result.pointer[i * padded + j]
      }
    }
  }

  /// Collects the non-zeros of vectors over the trailing block.
  /// - Returns: whether they are so few that S takes less time than L.
  private func haveFewNonZeros(_ vectors: DenseProduct.Operand, _ count: Int) -> Bool {
    trailingPlaces.removeAll(keepingCapacity: true)
    trailingStarts.removeAll(keepingCapacity: true)
    for row in 0..<count {
      trailingStarts.append(trailingPlaces.count)
      let values = vectors.start + row * vectors.stride
      for place in 0..<dense.order where values[place] != 0 { trailingPlaces.append(Int32(place)) }
    }
    trailingStarts.append(trailingPlaces.count)
    return 3 * trailingPlaces.count < count * dense.order
  }

  /// Adds X S X' for the block S of the trailing block, lower triangle, X by its non-zeros.
  private func addTrailingPart(
    _ vectors: DenseProduct.Operand, _ count: Int, to target: DenseProduct.Operand
  ) {
    let order = dense.order
    let product = scratch(1, count: order).pointer
    // A pair of rows alone costs a product of their non-zeros, a row as many columns of S.
    if count * trailingPlaces.count < count * order {
      return addTrailingPairs(vectors, count, to: target)
    }
    trailingPlaces.withUnsafeBufferPointer { places in
      for i in 0..<count {
        let x = vectors.start + i * vectors.stride
        product.update(repeating: 0, count: order)
        for index in trailingStarts[i]..<trailingStarts[i + 1] {
          let place = Int(places[index])
          let (factor, source) = (x[place], dense.inverse.pointer + place * dense.stride)
          for k in 0..<order { product[k] += factor * source[k] }
        }
        for j in 0...i {
          let y = vectors.start + j * vectors.stride
          var sum = 0.0
          for index in trailingStarts[j]..<trailingStarts[j + 1] {
            sum += product[Int(places[index])] * y[Int(places[index])]
          }
          target.start[i * target.stride + j] += sum
        }
      }
    }
  }

  /// The same pair by pair, for few rows.
  private func addTrailingPairs(
    _ vectors: DenseProduct.Operand, _ count: Int, to target: DenseProduct.Operand
  ) {
    trailingPlaces.withUnsafeBufferPointer { places in
      for i in 0..<count {
        let x = vectors.start + i * vectors.stride
        for j in 0...i {
          let y = vectors.start + j * vectors.stride
          var sum = 0.0
          for index in trailingStarts[i]..<trailingStarts[i + 1] {
            let place = Int(places[index])
            let row = dense.inverse.pointer + place * dense.stride
            var product = 0.0
            for other in trailingStarts[j]..<trailingStarts[j + 1] {
              product += row[Int(places[other])] * y[Int(places[other])]
            }
            sum += x[place] * product
          }
          target.start[i * target.stride + j] += sum
        }
      }
    }
  }

  /// K for any sorted rows, after `factor()`.
  func kernel(ofRows rows: some Sequence<Int>) -> Matrix {
    let rows = Array(rows)
    var result = Matrix(order: rows.count)
    result.elements.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { kernel(ofRows: rows, into: base) }
    }
    return result
  }

  /// a' S a with a = sum_i w_i a_i, after `factor()`.
  /// - Parameters:
  ///   - rows: sorted rows, in any order; a row may occur more than once.
  ///   - weights: w, one for each of `rows`.
  func quadraticForm(ofRowCombination rows: [Int], weights: [Double]) -> Double {
    precondition(rows.count == weights.count)
    let sparseCount = setPath(of: rows)
    let vector = scratch(0, count: sparseCount + dense.paddedOrder)
    vector.pointer.update(repeating: 0, count: sparseCount + dense.paddedOrder)
    for (row, weight) in zip(rows, weights) {
      scatter(row, weight: weight, sparseCount: sparseCount, to: vector.pointer)
    }
    var sum = 0.0
    for index in pathNodes {
      let node = node(Int(index))
      let first = placeOf(Int32(node.start))
      eliminateOnPath(node, first, sparseCount, vector.pointer)
      let scaled = blockScratch.pointer
      scaled.update(repeating: 0, count: node.terms)
      multiplyInverseDiagonal(node, vector.pointer + first, into: scaled)
      for k in 0..<node.terms { sum += vector.pointer[first + k] * scaled[k] }
    }
    let trailing = vector.pointer + sparseCount
    dense.solveLower(trailing)
    return sum + dotProduct(trailing, trailing, dense.order)
  }

  /// Collects in `pathNodes` the nodes on the paths from the levels of `rows` to the root, and in
  /// `places` where each of their effects stands among those of the path.
  /// - Returns: the number of these effects.
  private func setPath(of rows: [Int]) -> Int {
    let pattern = layout.pattern
    pathNodes.removeAll(keepingCapacity: true)
    pathCount &+= 1
    if pattern.sparseFactorCount > 0 {
      for row in rows {
        // The levels of later factors lie on the path of the first one's.
        var index = layout.cells.level(layout.cells.cell(ofRow: row), 0)
        while index >= 0 && lastPath.pointer[index] != pathCount {
          lastPath.pointer[index] = pathCount
          pathNodes.append(Int32(index))
          index = Int(pattern.parents.pointer[index])
        }
      }
    }
    pathNodes.sort()
    var count = 0
    for index in pathNodes {
      let node = node(Int(index))
      for term in 0..<node.terms { places.pointer[node.start + term] = Int32(count + term) }
      count += node.terms
    }
    return count
  }

  /// Adds w a_i to a vector over the path and the trailing block.
  private func scatter(
    _ row: Int, weight: Double, sparseCount: Int, to vector: UnsafeMutablePointer<Double>
  ) {
    let pattern = layout.pattern
    let cell = layout.cells.cell(ofRow: row)
    let design = layout.design.pointer + row * layout.rowWidth
    for (factor, shape) in layout.shapes.enumerated() {
      let start = shape.start + layout.cells.level(cell, factor) * shape.terms
      let target =
        factor < pattern.sparseFactorCount
        ? placeOf(Int32(start)) : sparseCount + start - pattern.denseStart
      for k in 0..<shape.terms { vector[target + k] += weight * design[shape.column + k] }
    }
    let fixed = vector + (sparseCount + layout.fixedStart - pattern.denseStart)
    for k in 0..<layout.fixedCount { fixed[k] += weight * design[layout.fixedColumn + k] }
  }

  /// x_R <- x_R - Y_j x_j for a vector over the path and the trailing block.
  /// - Parameter first: where x_j stands.
  @inline(__always)
  private func eliminateOnPath(
    _ node: Node, _ first: Int, _ sparseCount: Int, _ vector: UnsafeMutablePointer<Double>
  ) {
    let trailing = vector + (sparseCount - layout.pattern.denseStart)
    for k in 0..<node.terms {
      let factor = vector[first + k]
      if factor == 0 { continue }
      let y = multipliers.pointer + node.panel + k * node.rowCount
      for row in 0..<node.sparseRowCount { vector[placeOf(node.rows[row])] -= factor * y[row] }
      for row in node.sparseRowCount..<node.rowCount {
        trailing[Int(node.rows[row])] -= factor * y[row]
      }
    }
  }

  /// target <- target + D_j^-1 x.
  @inline(__always)
  private func multiplyInverseDiagonal(
    _ node: Node, _ x: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>
  ) {
    let inverse = inverseDiagonals.pointer + node.block
    for i in 0..<node.terms {
      for k in 0..<node.terms { target[i] += inverse[i * node.terms + k] * x[k] }
    }
  }
}
