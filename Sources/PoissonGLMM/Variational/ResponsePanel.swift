/// The work of `LinearResponse` on consecutive rows, columns at a time, in scratch.
struct ResponsePanel {
  private let data: ModelData
  private let capacity: Int
  /// a = x - W z, p columns.
  private let loading: UnsafeMutablePointer<Double>
  /// r = S_bb a, p columns.
  private let response: UnsafeMutablePointer<Double>
  /// P_jj^-1 z, q columns.
  private let effects: UnsafeMutablePointer<Double>
  /// de
  private let rateShift: UnsafeMutablePointer<Double>
  /// The new dv.
  private let term: UnsafeMutablePointer<Double>
  private let weighted: UnsafeMutablePointer<Double>

  /// - Parameter scratch: room for `rows` (2 p + q + 3) doubles.
  init(data: ModelData, rows: Int, scratch: UnsafeMutablePointer<Double>) {
    self.data = data
    capacity = rows
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    loading = scratch
    response = loading + p * rows
    effects = response + p * rows
    rateShift = effects + q * rows
    term = rateShift + rows
    weighted = term + rows
  }

  func fillLoadingPanel(_ rows: Range<Int>, firstGroup: Int, loadings: UnsafePointer<Double>) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let first = rows.lowerBound
    for c in 0..<p {
      (loading + c * capacity).update(
        from: data.fixedDesign.pointer + c * data.rowCount + first, count: rows.count)
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first
        let weights = loadings + (group * q + k) * p
        for c in 0..<p {
          let a = loading + c * capacity
          let weight = weights[c]
          for i in start..<end { a[i] -= weight * z[i] }
        }
      }
    }
  }

  func fillResponsePanel(count: Int, fixedCovariance: UnsafePointer<Double>) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      let r = response + c * capacity
      r.update(repeating: 0, count: count)
      for d in 0..<p {
        let a = loading + d * capacity
        let weight = fixedCovariance[c * p + d]
        for i in 0..<count { r[i] += weight * a[i] }
      }
    }
  }

  /// de = e (x' db + z' du + dv / 2)
  func fillRateShift(
    _ rows: Range<Int>, firstGroup: Int, rates: UnsafePointer<Double>,
    varianceShift: UnsafePointer<Double>, randomStep: UnsafePointer<Double>,
    fixedStep: UnsafePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let (first, count) = (rows.lowerBound, rows.count)
    for i in 0..<count { rateShift[i] = 0.5 * varianceShift[first + i] }
    for c in 0..<p where fixedStep[c] != 0 {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let weight = fixedStep[c]
      for i in 0..<count { rateShift[i] += weight * x[i] }
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first
        let weight = randomStep[group * q + k]
        for i in start..<end { rateShift[i] += weight * z[i] }
      }
    }
    for i in 0..<count { rateShift[i] *= rates[first + i] }
  }

  /// sum_i de_i a_i a_i', lower triangle.
  func addSchurShift(count: Int, to sum: UnsafeMutablePointer<Double>) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      let a = loading + c * capacity
      for i in 0..<count { weighted[i] = rateShift[i] * a[i] }
      for d in 0...c { sum[c * p + d] += dotProduct(weighted, loading + d * capacity, count) }
    }
  }

  /// sum_i de_i z_i z_i' and sum_i de_i z_i a_i' of one group's stretch of rows.
  func addGroupShifts(
    from start: Int, to end: Int, firstRow: Int, block: UnsafeMutablePointer<Double>,
    border: UnsafeMutablePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let length = end - start
    for k in 0..<q {
      let z = data.randomDesign.pointer + k * data.rowCount + firstRow
      for i in start..<end { weighted[i] = rateShift[i] * z[i] }
      for l in 0..<q {
        let other = data.randomDesign.pointer + l * data.rowCount + firstRow
        block[k * q + l] += dotProduct(weighted + start, other + start, length)
      }
      for c in 0..<p {
        border[k * p + c] += dotProduct(weighted + start, loading + c * capacity + start, length)
      }
    }
  }

  /// The part -r' dT r of the new dv.
  func fillSchurTerm(count: Int, schurShift: UnsafePointer<Double>) {
    let p = data.shape.fixedCount
    term.update(repeating: 0, count: count)
    for c in 0..<p {
      let r = response + c * capacity
      for i in 0..<count { weighted[i] = schurShift[c * (p + 1)] * r[i] }
      for d in 0..<c {
        let other = response + d * capacity
        let weight = 2 * schurShift[c * p + d]
        for i in 0..<count { weighted[i] += weight * other[i] }
      }
      for i in 0..<count { term[i] -= weighted[i] * r[i] }
    }
  }

  /// The part -(2 q' D' r + q' dP q) of the new dv, for one group's stretch of rows.
  func addGroupTerm(
    from start: Int, to end: Int, firstRow: Int, inverse: UnsafePointer<Double>,
    block: UnsafePointer<Double>, border: UnsafePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    for k in 0..<q {
      let effect = effects + k * capacity
      for i in start..<end { effect[i] = 0 }
      for l in 0..<q {
        let z = data.randomDesign.pointer + l * data.rowCount + firstRow
        let weight = inverse[k * q + l]
        for i in start..<end { effect[i] += weight * z[i] }
      }
    }
    for k in 0..<q {
      let effect = effects + k * capacity
      for i in start..<end { weighted[i] = 0 }
      for c in 0..<p {
        let r = response + c * capacity
        let weight = 2 * border[k * p + c]
        for i in start..<end { weighted[i] += weight * r[i] }
      }
      for l in 0..<q {
        let other = effects + l * capacity
        let weight = block[k * q + l]
        for i in start..<end { weighted[i] += weight * other[i] }
      }
      for i in start..<end { term[i] -= weighted[i] * effect[i] }
    }
  }

  /// Moves dv by `weight` of the way to its new value.
  /// - Returns: sum_i e_i times the square of the whole way.
  func relax(
    _ rows: Range<Int>, weight: Double, rates: UnsafePointer<Double>,
    varianceShift: UnsafeMutablePointer<Double>
  ) -> Double {
    var square = 0.0
    for i in 0..<rows.count {
      let row = rows.lowerBound + i
      let way = term[i] - varianceShift[row]
      square += rates[row] * way * way
      varianceShift[row] += weight * way
    }
    return square
  }

  /// Adds Z'(e dv) and X'(e dv).
  func addSides(
    _ rows: Range<Int>, firstGroup: Int, rates: UnsafePointer<Double>,
    varianceShift: UnsafePointer<Double>, randomSide: UnsafeMutablePointer<Double>,
    fixedSide: UnsafeMutablePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let (first, count) = (rows.lowerBound, rows.count)
    for i in 0..<count { weighted[i] = rates[first + i] * varianceShift[first + i] }
    for c in 0..<p {
      fixedSide[c] += dotProduct(
        weighted, data.fixedDesign.pointer + c * data.rowCount + first, count)
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first + start
        randomSide[group * q + k] += dotProduct(weighted + start, z, end - start)
      }
    }
  }
}
