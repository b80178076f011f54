/// What the fit needs of the layout beyond products: the diagonal of S^-1, and variances under
/// independent effects.
extension EffectLayout {
  /// The number of terms of a factor.
  /// - Parameter index: the caller's.
  func termCount(ofFactor index: Int) -> Int { shapes[eliminationPlace[index]].terms }

  /// The number of levels of a factor.
  /// - Parameter index: the caller's.
  func levelCount(ofFactor index: Int) -> Int { shapes[eliminationPlace[index]].levels }

  /// The number of terms of the first factor eliminated.
  var firstTermCount: Int { shapes.first?.terms ?? 0 }

  /// The number of its levels.
  var firstLevelCount: Int { shapes.first?.levels ?? 0 }

  /// For each factor in elimination order, the level of each row in sorted order.
  var sortedLevels: [[Int]] {
    shapes.indices.map { factor in
      var levels = [Int](repeating: 0, count: rowCount)
      for cell in 0..<cells.count {
        let level = cells.level(cell, factor)
        for row in Int(cells.starts.pointer[cell])..<Int(cells.starts.pointer[cell + 1]) {
          levels[row] = level
        }
      }
      return levels
    }
  }

  /// The effects that a row of the design multiplies: calls `body` with the index in theta and the
  /// design value.
  @inline(__always)
  func forEachEffect(ofRow row: Int, cell: Int, _ body: (_ effect: Int, _ value: Double) -> Void) {
    let a = design.pointer + row * rowWidth
    for factor in shapes.indices {
      let shape = shapes[factor]
      let first = shape.start + cells.level(cell, factor) * shape.terms
      for term in 0..<shape.terms { body(first + term, a[shape.column + term]) }
    }
    for column in 0..<fixedCount { body(fixedStart + column, a[fixedColumn + column]) }
  }

  /// The diagonal of A' diag(w) A + Lambda.
  /// - Parameter priors: the precision of the effects of a level, by the caller's order of factors.
  func precisionDiagonal(
    weights: DoubleStorage, priors: [Matrix], fixedPrecision: Double, into diagonal: DoubleStorage
  ) {
    for (factor, shape) in shapes.enumerated() {
      let prior = priors[eliminationOrder[factor]]
      for index in 0..<(shape.levels * shape.terms) {
        let term = index % shape.terms
        diagonal.pointer[shape.start + index] = prior[term, term]
      }
    }
    for effect in fixedStart..<effectCount { diagonal.pointer[effect] = fixedPrecision }
    for cell in 0..<cells.count {
      for row in Int(cells.starts.pointer[cell])..<Int(cells.starts.pointer[cell + 1]) {
        let weight = weights.pointer[row]
        forEachEffect(ofRow: row, cell: cell) { effect, value in
          diagonal.pointer[effect] += weight * value * value
        }
      }
    }
  }

  /// The variances of the rows' linear predictors where all effects are independent.
  func rowVariances(ofIndependent variances: DoubleStorage, into rows: DoubleStorage) {
    for cell in 0..<cells.count {
      for row in Int(cells.starts.pointer[cell])..<Int(cells.starts.pointer[cell + 1]) {
        var sum = 0.0
        forEachEffect(ofRow: row, cell: cell) { effect, value in
          sum += variances.pointer[effect] * value * value
        }
        rows.pointer[row] = sum
      }
    }
  }
}
