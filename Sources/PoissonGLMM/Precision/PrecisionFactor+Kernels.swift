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
    let sparseCount = setPath(of: rows)
    let isShort = isInverted && reachLittle(rows)
    if !isShort { reachAll() }
    setTrailingPlaces(after: sparseCount)
    let padded = (count + 3) & ~3
    let trailingCount = (trailing.count + 3) & ~3
    let width = sparseCount + trailingCount
    // W', one row of the design after another: the nodes on the path, then the trailing block.
    let solved = scratch(0, count: padded * width)
    solved.pointer.update(repeating: 0, count: padded * width)
    for (index, row) in rows.enumerated() {
      scatter(row, weight: 1, to: solved.pointer + index * width)
    }
    // D^-1 W of the nodes, likewise.
    let scaled = scratch(1, count: padded * max(sparseCount, 64))
    scaled.pointer.update(repeating: 0, count: padded * sparseCount)
    for index in pathNodes {
      let node = node(Int(index))
      let first = placeOf(Int32(node.start))
      for row in 0..<count {
        let values = solved.pointer + row * width
        eliminateOnPath(node, first, values)
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
    let vectors = DenseProduct.Operand(start: solved.pointer + sparseCount, stride: width)
    if isShort {
      addReached(vectors, rows: padded, to: target)
    } else if trailingCount > 0 {
      dense.solveLower(rows: vectors, count: padded, scratch: scaled.pointer)
      dense.product.add(
        to: target, rows: padded, columns: padded, depth: trailingCount, left: vectors,
        right: vectors, shape: .lowerResult)
    }
    for i in 0..<count {
      for j in 0...i {
        kernel[i * count + j] = result.pointer[i * padded + j]
        kernel[j * count + i] = result.pointer[i * padded + j]
      }
    }
  }

  /// Adds X S X' for the part S of the trailing block's inverse that `trailing` lists.
  /// - Parameter vectors: X, `rows` x `trailing.count`, with zeros up to a multiple of four.
  private func addReached(
    _ vectors: DenseProduct.Operand, rows: Int, to target: DenseProduct.Operand
  ) {
    let padded = (trailing.count + 3) & ~3
    let covariance = scratch(4, count: padded * padded)
    covariance.pointer.update(repeating: 0, count: padded * padded)
    trailing.withUnsafeBufferPointer { trailing in
      for i in trailing.indices {
        let source = dense.inverse.pointer + Int(trailing[i]) * dense.stride
        let row = covariance.pointer + i * padded
        for j in trailing.indices { row[j] = source[Int(trailing[j])] }
      }
    }
    let product = scratch(5, count: rows * padded)
    product.pointer.update(repeating: 0, count: rows * padded)
    let products = DenseProduct.Operand(start: product.pointer, stride: padded)
    dense.product.add(
      to: products, rows: rows, columns: padded, depth: padded, left: vectors,
      right: .init(start: covariance.pointer, stride: padded))
    dense.product.add(
      to: target, rows: rows, columns: rows, depth: padded, left: products, right: vectors,
      shape: .lowerResult)
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
    reachAll()
    setTrailingPlaces(after: sparseCount)
    let vector = scratch(0, count: sparseCount + dense.paddedOrder)
    vector.pointer.update(repeating: 0, count: sparseCount + dense.paddedOrder)
    for (row, weight) in zip(rows, weights) {
      scatter(row, weight: weight, to: vector.pointer)
    }
    var sum = 0.0
    for index in pathNodes {
      let node = node(Int(index))
      let first = placeOf(Int32(node.start))
      eliminateOnPath(node, first, vector.pointer)
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

  /// Lists what the rows reach of the trailing block, after `setPath`: their own effects in it and
  /// what elimination of the nodes on their path brings.
  /// - Returns: whether it is so little that that part of S takes less time than L.
  private func reachLittle(_ rows: [Int]) -> Bool {
    let pattern = layout.pattern
    let limit = 2 * pattern.denseOrder / 3
    trailing.removeAll(keepingCapacity: true)
    func reach(_ first: Int, _ count: Int) {
      for place in first..<(first + count) where lastReach.pointer[place] != pathCount {
        lastReach.pointer[place] = pathCount
        trailing.append(Int32(place))
      }
    }
    reach(layout.fixedStart - pattern.denseStart, layout.fixedCount)
    for row in rows {
      let cell = layout.cells.cell(ofRow: row)
      for factor in pattern.sparseFactorCount..<layout.shapes.count {
        let shape = layout.shapes[factor]
        let start = shape.start + layout.cells.level(cell, factor) * shape.terms
        reach(start - pattern.denseStart, shape.terms)
      }
    }
    for index in pathNodes {
      let node = node(Int(index))
      for row in node.sparseRowCount..<node.rowCount {
        reach(Int(node.rows[row]) - pattern.denseStart, 1)
      }
      if trailing.count > limit { return false }
    }
    trailing.sort()
    return trailing.count <= limit
  }

  /// Lists all of the trailing block.
  private func reachAll() {
    trailing.removeAll(keepingCapacity: true)
    for place in 0..<layout.pattern.denseOrder { trailing.append(Int32(place)) }
  }

  /// Puts the listed effects of the trailing block behind those of the path.
  private func setTrailingPlaces(after sparseCount: Int) {
    let places = places.pointer + layout.pattern.denseStart
    for (index, place) in trailing.enumerated() {
      places[Int(place)] = Int32(sparseCount + index)
    }
  }

  /// Adds w a_i to a vector over the path and what is listed of the trailing block.
  private func scatter(_ row: Int, weight: Double, to vector: UnsafeMutablePointer<Double>) {
    let cell = layout.cells.cell(ofRow: row)
    let design = layout.design.pointer + row * layout.rowWidth
    for (factor, shape) in layout.shapes.enumerated() {
      let target = placeOf(Int32(shape.start + layout.cells.level(cell, factor) * shape.terms))
      for k in 0..<shape.terms { vector[target + k] += weight * design[shape.column + k] }
    }
    guard layout.fixedCount > 0 else { return }
    let fixed = vector + placeOf(Int32(layout.fixedStart))
    for k in 0..<layout.fixedCount { fixed[k] += weight * design[layout.fixedColumn + k] }
  }

  /// x_R <- x_R - Y_j x_j for a vector over the path and what is listed of the trailing block.
  /// - Parameter first: where x_j stands.
  @inline(__always)
  private func eliminateOnPath(
    _ node: Node, _ first: Int, _ vector: UnsafeMutablePointer<Double>
  ) {
    for k in 0..<node.terms {
      let factor = vector[first + k]
      if factor == 0 { continue }
      let y = multipliers.pointer + node.panel + k * node.rowCount
      for row in 0..<node.rowCount { vector[placeOf(node.rows[row])] -= factor * y[row] }
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
