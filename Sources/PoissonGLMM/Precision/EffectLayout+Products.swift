/// Products of the design matrix and of the prior precision with vectors.
extension EffectLayout {
  /// rows <- A theta.
  func multiplyDesign(_ theta: DoubleStorage, into rows: DoubleStorage) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: rowWidth + 8) { buffer in
      guard let values = buffer.baseAddress else { return }
      values.update(repeating: 0, count: rowWidth + 8)
      (values + fixedColumn).update(from: theta.pointer + fixedStart, count: fixedCount)
      let (starts, target, width) = (cells.starts.pointer, rows.pointer, rowWidth)
      forEachFactorOfCells { cell, shape, level in
        let source = theta.pointer + shape.start + level * shape.terms
        for term in 0..<shape.terms { values[shape.column + term] = source[term] }
      } then: { cell in
        // Reading whole vectors passes the end of a row; the zeros after `values` undo that.
        for row in Int(starts[cell])..<Int(starts[cell + 1]) {
          let a = design.pointer + row * width
          if width <= 4 {
            let product = loadFour(a) * loadFour(values)
            target[row] = (product[0] + product[1]) + (product[2] + product[3])
          } else {
            target[row] = dotProduct(a, values, width)
          }
        }
      }
    }
  }

  /// theta <- A' rows.
  func multiplyTransposedDesign(_ rows: DoubleStorage, into theta: DoubleStorage) {
    theta.fill(with: 0)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * (rowWidth + 4)) { buffer in
      guard let sums = buffer.baseAddress else { return }
      let fixedSums = sums + rowWidth + 4
      fixedSums.update(repeating: 0, count: fixedCount)
      let (starts, source, width) = (cells.starts.pointer, rows.pointer, rowWidth)
      for cell in 0..<cells.count {
        if width <= 4 {
          var four = SIMD4<Double>.zero
          for row in Int(starts[cell])..<Int(starts[cell + 1]) {
            four += source[row] * loadFour(design.pointer + row * width)
          }
          storeFour(four, to: sums)
        } else {
          sums.update(repeating: 0, count: width)
          for row in Int(starts[cell])..<Int(starts[cell + 1]) {
            let a = design.pointer + row * width
            for column in 0..<width { sums[column] += source[row] * a[column] }
          }
        }
        shapes.withUnsafeBufferPointer { shapes in
          for factor in 0..<shapes.count {
            let shape = shapes[factor]
            let target = theta.pointer + shape.start + cells.level(cell, factor) * shape.terms
            for term in 0..<shape.terms { target[term] += sums[shape.column + term] }
          }
        }
        for column in 0..<fixedCount { fixedSums[column] += sums[fixedColumn + column] }
      }
      (theta.pointer + fixedStart).update(from: fixedSums, count: fixedCount)
    }
  }

  /// result <- Lambda theta.
  /// - Parameter priors: the precision of the effects of a level, by the caller's order of factors.
  func priorProduct(
    _ theta: DoubleStorage, priors: [Matrix], fixedPrecision: Double, into result: DoubleStorage
  ) {
    for (factor, shape) in shapes.enumerated() {
      let terms = shape.terms
      priors[eliminationOrder[factor]].elements.withUnsafeBufferPointer { prior in
        for level in 0..<shape.levels {
          let source = theta.pointer + shape.start + level * terms
          let target = result.pointer + shape.start + level * terms
          for i in 0..<terms {
            var sum = 0.0
            for j in 0..<terms { sum += prior[i * terms + j] * source[j] }
            target[i] = sum
          }
        }
      }
    }
    for effect in fixedStart..<effectCount {
      result.pointer[effect] = fixedPrecision * theta.pointer[effect]
    }
  }

  /// Calls `visit` for every factor of a cell whose level differs from that of the cell before, and
  /// then `then` for the cell.
  @inline(__always)
  private func forEachFactorOfCells(
    _ visit: (_ cell: Int, _ shape: FactorShape, _ level: Int) -> Void, then: (Int) -> Void
  ) {
    let levels = cells.levels.pointer
    shapes.withUnsafeBufferPointer { shapes in
      for cell in 0..<cells.count {
        let now = levels + cell * shapes.count
        for factor in 0..<shapes.count {
          if cell > 0 && now[factor] == (now - shapes.count)[factor] { continue }
          visit(cell, shapes[factor], Int(now[factor]))
        }
        then(cell)
      }
    }
  }
}
