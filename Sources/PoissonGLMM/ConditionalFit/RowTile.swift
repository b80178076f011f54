import PlatformEssentials

/// Computes with a few hundred consecutive rows, a column at a time, in scratch memory that stays
/// in cache.
struct RowTile {
  static let rows = 256
  /// Scratch columns are longer by one vector, so that the last one may be incomplete.
  static let columnStride = rows + 8

  let data: ModelData
  /// p columns of `rows`: the regression panel a = x - W z, then e x.
  let panel: UnsafeMutablePointer<Double>
  /// Mean of the linear predictor.
  let linearPredictor: UnsafeMutablePointer<Double>
  /// Its variance.
  let variance: UnsafeMutablePointer<Double>
  /// e_i.
  let rate: UnsafeMutablePointer<Double>
  /// y_i - e_i.
  let residual: UnsafeMutablePointer<Double>
  /// Room for q q + p doubles.
  let groupScratch: UnsafeMutablePointer<Double>

  static func scratchSize(_ shape: ArrowShape) -> Int {
    columnStride * (shape.fixedCount + 4) + shape.termCount * shape.termCount + shape.fixedCount
  }

  /// - Parameter scratch: room for `scratchSize` doubles.
  init(data: ModelData, scratch: UnsafeMutablePointer<Double>) {
    self.data = data
    let p = data.shape.fixedCount
    linearPredictor = scratch
    variance = scratch + Self.columnStride
    rate = scratch + 2 * Self.columnStride
    residual = scratch + 3 * Self.columnStride
    panel = scratch + 4 * Self.columnStride
    groupScratch = scratch + (4 + p) * Self.columnStride
  }

  /// Fills the mean and variance of the linear predictor.
  @inline(__always)
  func predict(
    _ rows: Range<Int>, firstGroup: Int, randomMean: UnsafePointer<Double>,
    fixedMean: UnsafePointer<Double>, covariance: KernelCovariance
  ) {
    let count = rows.count
    let first = rows.lowerBound
    let p = data.shape.fixedCount
    if data.shape.termCount == 2, let blockRoots = covariance.blockRoots,
      let regressions = covariance.regressions, let fixedRoot = covariance.fixedRoot
    {
      setTwoTerms(
        rows, firstGroup: firstGroup, randomMean, blockRoots: blockRoots, regressions: regressions)
      addFixedVariance(count: count, root: fixedRoot)
      for i in stride(from: 0, to: count, by: 8) {
        var sum = load(linearPredictor + i) + load(data.offset.pointer + (first &+ i))
        for c in 0..<p {
          sum += fixedMean[c] * load(data.fixedDesign.pointer + (c &* data.rowCount &+ first &+ i))
        }
        store(sum, to: linearPredictor + i)
      }
      return
    }
    linearPredictor.update(from: data.offset.pointer + first, count: count)
    for c in 0..<p {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let mean = fixedMean[c]
      for i in 0..<count { linearPredictor[i] += mean * x[i] }
    }
    variance.update(repeating: 0, count: count)
    if let fixedVariances = covariance.fixedVariances,
      let randomVariances = covariance.randomVariances
    {
      for c in 0..<p {
        let x = data.fixedDesign.pointer + c * data.rowCount + first
        let weight = fixedVariances[c]
        for i in 0..<count { variance[i] += weight * x[i] * x[i] }
      }
      addRandomPart(rows, firstGroup: firstGroup, randomMean, diagonal: randomVariances)
    } else if let blockRoots = covariance.blockRoots, let regressions = covariance.regressions,
      let fixedRoot = covariance.fixedRoot
    {
      addRandomPart(
        rows, firstGroup: firstGroup, randomMean, blockRoots: blockRoots, regressions: regressions)
      addFixedVariance(count: count, root: fixedRoot)
    }
  }

  /// v += a' S_bb a = |L^-1 a|^2
  /// - Parameter root: L^-1
  @inline(__always)
  func addFixedVariance(count: Int, root: UnsafePointer<Double>) {
    let p = data.shape.fixedCount
    // The last vector may reach beyond the rows, where nothing is read.
    for i in stride(from: 0, to: count, by: 8) {
      var sum = load(variance + i)
      for c in 0..<p {
        let row = root + c &* p
        var product = row[0] * load(panel + i)
        for d in 1..<max(c &+ 1, 1) {
          product += row[d] * load(panel + (d &* Self.columnStride &+ i))
        }
        sum += product * product
      }
      store(sum, to: variance + i)
    }
  }

  @inline(__always)
  private func addRandomPart(
    _ rows: Range<Int>, firstGroup: Int, _ randomMean: UnsafePointer<Double>,
    diagonal variances: UnsafePointer<Double>
  ) {
    let q = data.shape.termCount
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + rows.lowerBound
        let mean = randomMean[group * q + k]
        let weight = variances[group * q + k]
        for i in start..<end {
          linearPredictor[i] += mean * z[i]
          variance[i] += weight * z[i] * z[i]
        }
      }
    }
  }

  /// Adds Z u to the linear predictor, z' P_jj^-1 z = |L_j^-1 z|^2 to the variance, and fills the
  /// panel a = x - W z.
  @inline(__always)
  private func addRandomPart(
    _ rows: Range<Int>, firstGroup: Int, _ randomMean: UnsafePointer<Double>,
    blockRoots: UnsafePointer<Double>, regressions: UnsafePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let first = rows.lowerBound
    for c in 0..<p {
      (panel + c * Self.columnStride).update(
        from: data.fixedDesign.pointer + c * data.rowCount + first, count: rows.count)
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first
        let mean = randomMean[group * q + k]
        let root = blockRoots + (group * q + k) * q
        let regression = regressions + (group * q + k) * p
        for i in start..<end {
          linearPredictor[i] += mean * z[i]
          residual[i] = root[k] * z[i]
        }
        for l in 0..<k {
          let other = data.randomDesign.pointer + l * data.rowCount + first
          let weight = root[l]
          for i in start..<end { residual[i] += weight * other[i] }
        }
        for i in start..<end { variance[i] += residual[i] * residual[i] }
        for c in 0..<p {
          let a = panel + c * Self.columnStride
          let weight = regression[c]
          for i in start..<end { a[i] -= weight * z[i] }
        }
      }
    }
  }

  /// Fills rates and residuals; returns sum_i (y_i eta_i - e_i) and sum_i (|y_i eta_i| + e_i).
  @inline(__always)
  func computeRates(_ rows: Range<Int>) -> (likelihood: Double, magnitude: Double) {
    let y = data.counts.pointer + rows.lowerBound
    let count = rows.count
    var likelihood = SIMD8<Double>.zero
    var magnitude = SIMD8<Double>.zero
    // The last vector may reach beyond the rows: the rates there are set to 0, and counts are left
    // out.
    let whole = (count + 7) / 8 * 8
    for i in count..<whole {
      linearPredictor[i] = -.infinity
      variance[i] = 0
    }
    var i = 0
    while i < count {
      let predictor = load(linearPredictor + i)
      let expected = vectorExponential(predictor + 0.5 * load(variance + i))
      store(expected, to: rate + i)
      let counted = load(y + i)
      store(counted - expected, to: residual + i)
      var product = counted * predictor
      if count &- i < 8 {
        for lane in (count &- i)..<8 { product[lane] = 0 }
      }
      likelihood += product - expected
      product.replace(with: -product, where: product .< 0)
      magnitude += product + expected
      i &+= 8
    }
    return (sumOfLanes(likelihood), sumOfLanes(magnitude))
  }

  /// Fills rates with y + 1/2 and residuals with the weighted working response.
  @inline(__always)
  func workingResponse(_ rows: Range<Int>) {
    let y = data.counts.pointer + rows.lowerBound
    let offset = data.offset.pointer + rows.lowerBound
    for i in 0..<rows.count {
      rate[i] = y[i] + 0.5
      residual[i] = rate[i] * (log(rate[i]) - offset[i])
    }
  }

  /// Adds the rows' share of A' diag(e) A and of A' residual, and, with two random terms, that of
  /// the third moments.
  @inline(__always)
  func accumulate(
    _ rows: Range<Int>, firstGroup: Int, gram: ArrowMatrix,
    randomResidual: UnsafeMutablePointer<Double>, randomThirds: UnsafeMutablePointer<Double>,
    corner: UnsafeMutablePointer<Double>, fixedResidual: UnsafeMutablePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let (count, first) = (rows.count, rows.lowerBound)
    for c in 0..<p {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let weighted = panel + c * Self.columnStride
      for i in 0..<count { weighted[i] = rate[i] * x[i] }
      fixedResidual[c] += dotProduct(residual, x, count)
      for d in 0...c {
        let other = data.fixedDesign.pointer + d * data.rowCount + first
        corner[c * p + d] += dotProduct(weighted, other, count)
      }
    }
    let (blocks, borders) = (gram.blocks.pointer, gram.borders.pointer)
    if q == 2 {
      data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
        addTwoTerms(
          from: start, to: end, firstRow: first, block: blocks + group &* 4,
          border: borders + group &* 2 &* p, residualSum: randomResidual + group &* 2,
          thirds: randomThirds + group &* Expectations.thirdCount)
      }
      return
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      let length = end - start
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first + start
        let index = group * q + k
        randomResidual[index] += dotProduct(residual + start, z, length)
        for c in 0..<p {
          borders[index * p + c] += dotProduct(panel + c * Self.columnStride + start, z, length)
        }
        for l in 0...k {
          let other = data.randomDesign.pointer + l * data.rowCount + first + start
          var value = 0.0
          for i in 0..<length { value += rate[start + i] * z[i] * other[i] }
          blocks[index * q + l] += value
          if l < k { blocks[(group * q + l) * q + k] += value }
        }
      }
    }
  }
}

extension ModelData {
  /// Calls `body(rows, group of the first row)` for consecutive tiles of the rows of `groups`.
  @inline(__always)
  func forEachTile(of groups: Range<Int>, _ body: (Range<Int>, Int) -> Void) {
    let end = groupStarts[groups.upperBound]
    var row = groupStarts[groups.lowerBound]
    var group = groups.lowerBound
    while row < end {
      while groupStarts[group + 1] <= row { group += 1 }
      let next = min(row + RowTile.rows, end)
      body(row..<next, group)
      row = next
    }
  }

  /// Calls `body(group, start, end)` for each group's rows in a tile; positions count from the
  /// tile's first row.
  @inline(__always)
  func forEachSegment(
    of rows: Range<Int>, firstGroup: Int, _ body: (_ group: Int, _ start: Int, _ end: Int) -> Void
  ) {
    var group = firstGroup
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(groupStarts[group + 1], rows.upperBound)
      body(group, row - rows.lowerBound, end - rows.lowerBound)
      row = end
      group += 1
    }
  }
}
