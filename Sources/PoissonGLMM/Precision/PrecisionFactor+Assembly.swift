/// P = A' diag(w) A + Lambda on its pattern.
extension PrecisionFactor {
  /// - Parameters:
  ///   - weights: w, one a sorted row.
  ///   - priors: the precision of the effects of a level, q x q, by the caller's order of factors.
  ///   - fixedPrecision: the prior precision of every fixed effect.
  func assemble(weights: DoubleStorage, priors: [Matrix], fixedPrecision: Double) {
    setPriors(priors, fixedPrecision: fixedPrecision)
    if layout.hasOneTermEach {
      let kernels = InterceptKernels(self)
      addCells(weights) { kernels.addCell($0, $1) }
    } else {
      addCells(weights) { addCell($0, $1) }
    }
  }

  /// Sums every cell into `cellMatrix`, which `add` adds to the blocks of the cell's levels, and
  /// the fixed effects' own block, which every cell meets.
  @inline(__always)
  private func addCells(
    _ weights: DoubleStorage, add: (Int, UnsafeBufferPointer<FactorShape>) -> Void
  ) {
    let (layout, cells) = (layout, layout.cells)
    let (cellCount, starts) = (cells.count, cells.starts.pointer)
    let (design, weights) = (layout.design.pointer, weights.pointer)
    let (width, stride, target) = (layout.rowWidth, cellStride, cellMatrix.pointer)
    let (fixedCount, fixedColumn) = (layout.fixedCount, layout.fixedColumn)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: fixedCount * fixedCount + 1) {
      guard let fixedSums = $0.baseAddress else { return }
      fixedSums.update(repeating: 0, count: fixedCount * fixedCount)
      layout.shapes.withUnsafeBufferPointer { shapes in
        for cell in 0..<cellCount {
          let first = Int(starts[cell])
          sumCell(
            design + first &* width, weights + first, count: Int(starts[cell &+ 1]) &- first,
            width, stride, into: target)
          for i in 0..<fixedCount {
            let source = target + ((fixedColumn &+ i) &* stride &+ fixedColumn)
            for j in i..<fixedCount { fixedSums[i &* fixedCount &+ j] += source[j] }
          }
          add(cell, shapes)
        }
      }
      let start = layout.fixedStart - layout.pattern.denseStart
      for i in 0..<fixedCount {
        for j in i..<fixedCount {
          dense.matrix.pointer[(start + j) * dense.stride + start + i] +=
            fixedSums[i * fixedCount + j]
        }
      }
    }
  }

  /// P <- Lambda.
  private func setPriors(_ priors: [Matrix], fixedPrecision: Double) {
    panels.fill(with: 0)
    dense.clear()
    for (place, shape) in layout.shapes.enumerated() {
      let terms = shape.terms
      let prior = priors[layout.eliminationOrder[place]]
      precondition(prior.rows == terms && prior.columns == terms)
      prior.elements.withUnsafeBufferPointer { values in
        for level in 0..<shape.levels {
          if place < layout.pattern.sparseFactorCount {
            let target = diagonals.pointer + shape.blockStart + level * terms * terms
            for i in 0..<(terms * terms) { target[i] = values[i] }
          } else {
            let start = shape.start + level * terms - layout.pattern.denseStart
            for i in 0..<terms {
              let target = dense.matrix.pointer + (start + i) * dense.stride + start
              for j in 0...i { target[j] = values[i * terms + j] }
            }
          }
        }
      }
    }
    for effect in (layout.fixedStart - layout.pattern.denseStart)..<layout.pattern.denseOrder {
      dense.matrix.pointer[effect * dense.stride + effect] = fixedPrecision
    }
  }

  /// The upper triangle of sum_i w_i a_i a_i' over the rows of a cell, into `cellMatrix`. Vectors
  /// of four pass the end of a row of the design; what they add there is never read.
  @inline(__always)
  private func sumCell(
    _ design: UnsafePointer<Double>, _ weights: UnsafePointer<Double>, count: Int, _ width: Int,
    _ stride: Int, into target: UnsafeMutablePointer<Double>
  ) {
    if width <= 4 {
      var (one, two) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      var (three, four) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      for row in 0..<count {
        let a = loadFour(design + row * width)
        let weighted = weights[row] * a
        one += weighted[0] * a
        two += weighted[1] * a
        if width > 2 {
          three += weighted[2] * a
          four += weighted[3] * a
        }
      }
      storeFour(one, to: target)
      if width > 1 { storeFour(two, to: target + 4) }
      if width > 2 { storeFour(three, to: target + 8) }
      if width > 3 { storeFour(four, to: target + 12) }
      return
    }
    if width <= 8 {
      sumNarrowCell(design, weights, count: count, width, into: target)
      return
    }
    for row in 0..<count {
      let a = design + row &* width
      for i in 0..<width {
        let factor = SIMD4(repeating: weights[row] * a[i])
        let sums = target + i * stride
        for j in Swift.stride(from: i & ~3, to: width, by: 4) {
          let term = factor * loadFour(a + j)
          storeFour(row == 0 ? term : loadFour(sums + j) + term, to: sums + j)
        }
      }
    }
  }

  /// `sumCell` for five to eight numbers a row: two vectors of four.
  @inline(__always)
  private func sumNarrowCell(
    _ design: UnsafePointer<Double>, _ weights: UnsafePointer<Double>, count: Int, _ width: Int,
    into target: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<count {
      let a = design + row &* width
      let (low, high) = (loadFour(a), loadFour(a + 4))
      let weight = weights[row]
      for i in 0..<4 {
        let factor = SIMD4(repeating: weight * a[i])
        let sums = target + 8 &* i
        if row == 0 {
          storeFour(factor * low, to: sums)
          storeFour(factor * high, to: sums + 4)
        } else {
          storeFour(loadFour(sums) + factor * low, to: sums)
          storeFour(loadFour(sums + 4) + factor * high, to: sums + 4)
        }
      }
      for i in 4..<width {
        let factor = SIMD4(repeating: weight * a[i])
        let sums = target + (8 &* i &+ 4)
        storeFour(row == 0 ? factor * high : loadFour(sums) + factor * high, to: sums)
      }
    }
  }

  /// Adds `cellMatrix` to the blocks of a cell's levels, all but the fixed effects' own.
  @inline(__always)
  private func addCell(_ cell: Int, _ shapes: UnsafeBufferPointer<FactorShape>) {
    let pattern = layout.pattern
    let levels = layout.cells.levels.pointer + cell * shapes.count
    var place = pattern.cellPlaces.pointer + cell * pattern.placesOfCell
    let (fixedCount, fixedColumn) = (layout.fixedCount, layout.fixedColumn)
    for factor in 0..<shapes.count {
      let shape = shapes[factor]
      if factor < pattern.sparseFactorCount {
        let node = node(shape, level: Int(levels[factor]))
        for i in 0..<shape.terms {
          let source = cellMatrix.pointer + (shape.column + i) * cellStride
          let diagonal = diagonals.pointer + node.block
          for j in i..<shape.terms {
            diagonal[i * shape.terms + j] += source[shape.column + j]
            if j > i { diagonal[j * shape.terms + i] += source[shape.column + j] }
          }
          let panel = panels.pointer + node.panel + i * node.rowCount
          for other in (factor + 1)..<max(shapes.count, factor + 1) {
            let target = panel + Int(place[other - factor - 1])
            let values = source + shapes[other].column
            for j in 0..<shapes[other].terms { target[j] += values[j] }
          }
          let target = panel + (node.rowCount - fixedCount)
          for j in 0..<fixedCount { target[j] += source[fixedColumn + j] }
        }
        place += shapes.count - 1 - factor
        continue
      }
      let first = shape.start + Int(levels[factor]) * shape.terms - pattern.denseStart
      for i in 0..<shape.terms {
        let source = cellMatrix.pointer + (shape.column + i) * cellStride
        let column = dense.matrix.pointer + first + i
        for j in i..<shape.terms {
          column[(first + j) * dense.stride] += source[shape.column + j]
        }
        for other in (factor + 1)..<max(shapes.count, factor + 1) {
          let otherShape = shapes[other]
          let row =
            otherShape.start + Int(levels[other]) * otherShape.terms - pattern.denseStart
          for j in 0..<otherShape.terms {
            column[(row + j) * dense.stride] += source[otherShape.column + j]
          }
        }
        let row = layout.fixedStart - pattern.denseStart
        for j in 0..<fixedCount { column[(row + j) * dense.stride] += source[fixedColumn + j] }
      }
    }
  }
}
