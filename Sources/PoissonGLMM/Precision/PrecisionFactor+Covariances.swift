/// What is read from the selected inverse, after `invert()`.
extension PrecisionFactor {
  /// v_i = a_i' S a_i for every sorted row.
  func rowVariances(into variances: DoubleStorage) {
    cellMatrix.fill(with: 0)
    gatherFixedEffects()
    if layout.hasOneTermEach {
      let kernels = InterceptKernels(self)
      setRowVariances(variances) { kernels.gatherCell($0, $1) }
    } else {
      setRowVariances(variances) { gatherCell($0, $1) }
    }
  }

  /// `rowVariances`, with `gather` to bring a cell's covariance into `cellMatrix`.
  @inline(__always)
  private func setRowVariances(
    _ variances: DoubleStorage, gather: (Int, UnsafeBufferPointer<FactorShape>) -> Void
  ) {
    let (cellCount, starts) = (layout.cells.count, layout.cells.starts.pointer)
    let (width, values) = (layout.rowWidth, cellMatrix.pointer)
    let (design, result) = (layout.design.pointer, variances.pointer)
    layout.shapes.withUnsafeBufferPointer { shapes in
      for cell in 0..<cellCount {
        gather(cell, shapes)
        for row in Int(starts[cell])..<Int(starts[cell &+ 1]) {
          let a = design + row &* width
          if width <= 4 {
            result[row] = shortRowVariance(a, width, values)
          } else if width <= 8 {
            result[row] = narrowRowVariance(a, width, values)
          } else {
            result[row] = rowVariance(a)
          }
        }
      }
    }
  }

  /// `rowVariance` for up to four numbers a row.
  @inline(__always)
  private func shortRowVariance(
    _ start: UnsafePointer<Double>, _ width: Int, _ values: UnsafePointer<Double>
  ) -> Double {
    let a = loadFour(start)
    var column = SIMD4(repeating: a[0]) * loadFour(values)
    column += SIMD4(repeating: a[1]) * loadFour(values + 4)
    if width > 2 { column += SIMD4(repeating: a[2]) * loadFour(values + 8) }
    if width > 3 { column += SIMD4(repeating: a[3]) * loadFour(values + 12) }
    let product = column * a
    return (product[0] + product[2]) + (product[1] + product[3])
  }

  /// a' S a by `cellMatrix`. Vectors of four pass the end of a; the zeros of `cellMatrix` undo
  /// that.
  @inline(__always)
  private func rowVariance(_ a: UnsafePointer<Double>) -> Double {
    var sums = SIMD4<Double>.zero
    for j in Swift.stride(from: 0, to: layout.rowWidth, by: 4) {
      var column = SIMD4<Double>.zero
      for i in 0..<min(layout.rowWidth, j + 4) {
        column += SIMD4(repeating: a[i]) * loadFour(cellMatrix.pointer + i * cellStride + j)
      }
      sums += column * loadFour(a + j)
    }
    return (sums[0] + sums[2]) + (sums[1] + sums[3])
  }

  /// `rowVariance` for five to eight numbers a row: two vectors of four.
  @inline(__always)
  private func narrowRowVariance(
    _ a: UnsafePointer<Double>, _ width: Int, _ values: UnsafePointer<Double>
  ) -> Double {
    var (low, high) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for i in 0..<4 {
      let factor = SIMD4(repeating: a[i])
      low += factor * loadFour(values + 8 &* i)
      high += factor * loadFour(values + (8 &* i &+ 4))
    }
    for i in 4..<width {
      high += SIMD4(repeating: a[i]) * loadFour(values + (8 &* i &+ 4))
    }
    let sums = low * loadFour(a) + high * loadFour(a + 4)
    return (sums[0] + sums[2]) + (sums[1] + sums[3])
  }

  /// S_bb into `cellMatrix`: its upper triangle, doubled off the diagonal.
  private func gatherFixedEffects() {
    let (start, column) = (layout.fixedStart - layout.pattern.denseStart, layout.fixedColumn)
    for i in 0..<layout.fixedCount {
      let source = dense.inverse.pointer + (start + i) * dense.stride + start
      let target = cellMatrix.pointer + (column + i) * cellStride + column
      for j in i..<layout.fixedCount { target[j] = i == j ? source[j] : 2 * source[j] }
    }
  }

  /// The covariance of all effects that a cell's rows meet into `cellMatrix`, as
  /// `gatherFixedEffects` does; what is the same as in the cell before is not touched.
  @inline(__always)
  private func gatherCell(_ cell: Int, _ shapes: UnsafeBufferPointer<FactorShape>) {
    let pattern = layout.pattern
    let levels = layout.cells.levels.pointer + cell * shapes.count
    let before = levels - (cell > 0 ? shapes.count : 0)
    var place = pattern.cellPlaces.pointer + cell * pattern.placesOfCell
    let (fixedCount, fixedColumn) = (layout.fixedCount, layout.fixedColumn)
    for factor in 0..<shapes.count {
      let shape = shapes[factor]
      let isNew = cell == 0 || levels[factor] != before[factor]
      let target = cellMatrix.pointer + shape.column * cellStride
      if factor < pattern.sparseFactorCount {
        let node = node(shape, level: Int(levels[factor]))
        let panel = covariancePanels.pointer + node.panel
        if isNew {
          let diagonal = covarianceDiagonals.pointer + node.block
          for i in 0..<shape.terms {
            let row = target + i * cellStride
            row[shape.column + i] = diagonal[i * shape.terms + i]
            for j in (i + 1)..<max(shape.terms, i + 1) {
              row[shape.column + j] = 2 * diagonal[i * shape.terms + j]
            }
            let source = panel + (i + 1) * node.rowCount - fixedCount
            for j in 0..<fixedCount { row[fixedColumn + j] = 2 * source[j] }
          }
        }
        for other in (factor + 1)..<max(shapes.count, factor + 1) {
          guard isNew || levels[other] != before[other] else { continue }
          let otherShape = shapes[other]
          let first = Int(place[other - factor - 1])
          for i in 0..<shape.terms {
            let source = panel + i * node.rowCount + first
            let row = target + i * cellStride + otherShape.column
            for j in 0..<otherShape.terms { row[j] = 2 * source[j] }
          }
        }
        place += shapes.count - 1 - factor
        continue
      }
      let first = shape.start + Int(levels[factor]) * shape.terms - pattern.denseStart
      for i in 0..<shape.terms {
        let source = dense.inverse.pointer + (first + i) * dense.stride
        let row = target + i * cellStride
        if isNew {
          for j in i..<shape.terms {
            row[shape.column + j] = i == j ? source[first + j] : 2 * source[first + j]
          }
          let fixed = source + (layout.fixedStart - pattern.denseStart)
          for j in 0..<fixedCount { row[fixedColumn + j] = 2 * fixed[j] }
        }
        for other in (factor + 1)..<max(shapes.count, factor + 1) {
          guard isNew || levels[other] != before[other] else { continue }
          let otherShape = shapes[other]
          let column =
            otherShape.start + Int(levels[other]) * otherShape.terms - pattern.denseStart
          for j in 0..<otherShape.terms {
            row[otherShape.column + j] = 2 * source[column + j]
          }
        }
      }
    }
  }

  /// The diagonal of S.
  func variances(into result: DoubleStorage) {
    for (place, shape) in layout.shapes.enumerated() {
      for level in 0..<shape.levels {
        let block = covarianceBlock(place, shape, level: level)
        for i in 0..<shape.terms {
          result.pointer[shape.start + level * shape.terms + i] = block.start[i * block.stride + i]
        }
      }
    }
    let start = layout.fixedStart - layout.pattern.denseStart
    for i in 0..<layout.fixedCount {
      result.pointer[layout.fixedStart + i] =
        dense.inverse.pointer[(start + i) * dense.stride + start + i]
    }
  }

  /// The covariance of the fixed effects, p x p.
  func fixedCovariance() -> Matrix {
    let start = layout.fixedStart - layout.pattern.denseStart
    var result = Matrix(order: layout.fixedCount)
    for i in 0..<layout.fixedCount {
      for j in 0..<layout.fixedCount {
        result[i, j] = dense.inverse.pointer[(start + i) * dense.stride + start + j]
      }
    }
    return result
  }

  /// The covariance of the effects of a level, q x q.
  /// - Parameter factor: the caller's index.
  func covariance(ofFactor factor: Int, level: Int) -> Matrix {
    let place = layout.eliminationPlace[factor]
    let shape = layout.shapes[place]
    let block = covarianceBlock(place, shape, level: level)
    var result = Matrix(order: shape.terms)
    for i in 0..<shape.terms {
      for j in 0..<shape.terms { result[i, j] = block.start[i * block.stride + j] }
    }
    return result
  }

  /// sum_j (S_jj + m_j m_j') over the levels of a factor, q x q.
  /// - Parameters:
  ///   - factor: the caller's index.
  ///   - means: m, as theta.
  func secondMoments(ofFactor factor: Int, means: DoubleStorage) -> Matrix {
    let place = layout.eliminationPlace[factor]
    let shape = layout.shapes[place]
    var result = Matrix(order: shape.terms)
    result.elements.withUnsafeMutableBufferPointer { sums in
      for level in 0..<shape.levels {
        let block = covarianceBlock(place, shape, level: level)
        for i in 0..<shape.terms {
          for j in 0..<shape.terms {
            sums[i * shape.terms + j] += block.start[i * block.stride + j]
          }
        }
      }
    }
    layout.addSquares(of: means, ofFactor: factor, to: &result)
    return result
  }

  /// How the second moments of a factor follow its prior: where E Sigma^-1 changes by D, T changes
  /// by -(the sum below times D), with what a level's own effects say of each other; what other
  /// effects carry from level to level is left out.
  ///
  ///     sum_j S_jj (x) (S_jj + 2 m_j m_j')
  ///
  /// - Parameters:
  ///   - factor: the caller's index.
  ///   - means: m, as theta.
  /// - Returns: q^2 x q^2: in row (k, l) and column (i, j) the sum of S[k, l] times [i, j] of the
  ///   other factor.
  func secondMomentResponse(ofFactor factor: Int, means: DoubleStorage) -> Matrix {
    let place = layout.eliminationPlace[factor]
    let shape = layout.shapes[place]
    let q = shape.terms
    var result = Matrix(order: q * q)
    result.elements.withUnsafeMutableBufferPointer { sums in
      for level in 0..<shape.levels {
        let block = covarianceBlock(place, shape, level: level)
        let m = means.pointer + shape.start + level * q
        for i in 0..<q {
          for j in 0..<q {
            let other = block.start[i * block.stride + j] + 2 * m[i] * m[j]
            var place = i * q + j
            for k in 0..<q {
              for l in 0..<q {
                sums[place] += block.start[k * block.stride + l] * other
                place += q * q
              }
            }
          }
        }
      }
    }
    return result
  }

  /// S_jj of a level.
  @inline(__always)
  private func covarianceBlock(
    _ place: Int, _ shape: FactorShape, level: Int
  ) -> DenseProduct.Operand {
    if place < layout.pattern.sparseFactorCount {
      return .init(
        start: covarianceDiagonals.pointer + shape.blockStart + level * shape.terms * shape.terms,
        stride: shape.terms)
    }
    let first = shape.start + level * shape.terms - layout.pattern.denseStart
    return .init(start: dense.inverse.pointer + first * dense.stride + first, stride: dense.stride)
  }
}
