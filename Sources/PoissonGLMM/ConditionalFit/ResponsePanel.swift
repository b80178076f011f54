/// Computes for `LinearResponse` with consecutive rows, a column at a time, in scratch memory.
struct ResponsePanel {
  let data: ModelData
  let capacity: Int
  /// a = x - W z, p columns.
  let regression: UnsafeMutablePointer<Double>
  /// r = S_bb a, p columns.
  let responsePanel: UnsafeMutablePointer<Double>
  /// P_jj^-1 z, q columns.
  private let effects: UnsafeMutablePointer<Double>
  /// de
  let rateShift: UnsafeMutablePointer<Double>
  /// The new dv.
  let term: UnsafeMutablePointer<Double>
  let weighted: UnsafeMutablePointer<Double>

  /// Columns have so many places more than there are rows, so that the last vector may be
  /// incomplete.
  static let margin = 8

  /// - Parameter scratch: room for (`rows` + `margin`) (2 p + q + 3) doubles.
  init(data: ModelData, rows: Int, scratch: UnsafeMutablePointer<Double>) {
    self.data = data
    capacity = rows + Self.margin
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    regression = scratch
    responsePanel = regression + p * capacity
    effects = responsePanel + p * capacity
    rateShift = effects + q * capacity
    term = rateShift + capacity
    weighted = term + capacity
  }

  /// Fills a = x - W z.
  func fillRegressionPanel(_ rows: Range<Int>, firstGroup: Int, regressions: UnsafePointer<Double>)
  {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    let first = rows.lowerBound
    if q == 2 {
      setTwoTermRegressions(rows, firstGroup: firstGroup, regressions: regressions)
      return
    }
    for c in 0..<p {
      (regression + c * capacity).update(
        from: data.fixedDesign.pointer + c * data.rowCount + first, count: rows.count)
    }
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      for k in 0..<q {
        let z = data.randomDesign.pointer + k * data.rowCount + first
        let weights = regressions + (group * q + k) * p
        for c in 0..<p {
          let a = regression + c * capacity
          let weight = weights[c]
          for i in start..<end { a[i] -= weight * z[i] }
        }
      }
    }
  }

  /// r = S_bb a
  func fillResponsePanel(count: Int, fixedCovariance: UnsafePointer<Double>) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      let row = fixedCovariance + c * p
      for i in stride(from: 0, to: count, by: 8) {
        var sum = SIMD8<Double>.zero
        for d in 0..<p { sum += row[d] * load(regression + (d &* capacity &+ i)) }
        store(sum, to: responsePanel + (c &* capacity &+ i))
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
    if q == 2 {
      setTwoTermShifts(rows, firstGroup: firstGroup, randomStep: randomStep)
    } else {
      rateShift.update(repeating: 0, count: count)
      data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
        for k in 0..<q {
          let z = data.randomDesign.pointer + k * data.rowCount + first
          let weight = randomStep[group * q + k]
          for i in start..<end { rateShift[i] += weight * z[i] }
        }
      }
    }
    for i in 0..<count { rateShift[i] += 0.5 * varianceShift[first + i] }
    for c in 0..<p where fixedStep[c] != 0 {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let weight = fixedStep[c]
      for i in 0..<count { rateShift[i] += weight * x[i] }
    }
    for i in 0..<count { rateShift[i] *= rates[first + i] }
  }

  /// Adds the lower triangle of sum_i de_i a_i a_i'.
  func addSchurShift(count: Int, to sum: UnsafeMutablePointer<Double>) {
    let p = data.shape.fixedCount
    for c in 0..<p {
      let a = regression + c * capacity
      for i in 0..<count { weighted[i] = rateShift[i] * a[i] }
      for d in 0...c { sum[c * p + d] += dotProduct(weighted, regression + d * capacity, count) }
    }
  }

  /// Adds sum_i de_i z_i z_i' and sum_i de_i z_i a_i' over one group's rows.
  func addGroupShifts(
    from start: Int, to end: Int, firstRow: Int, block: UnsafeMutablePointer<Double>,
    border: UnsafeMutablePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    if q == 2 {
      addTwoTermShifts(from: start, to: end, firstRow: firstRow, block: block, border: border)
      return
    }
    let length = end - start
    for k in 0..<q {
      let z = data.randomDesign.pointer + k * data.rowCount + firstRow
      for i in start..<end { weighted[i] = rateShift[i] * z[i] }
      for l in 0..<q {
        let other = data.randomDesign.pointer + l * data.rowCount + firstRow
        block[k * q + l] += dotProduct(weighted + start, other + start, length)
      }
      for c in 0..<p {
        border[k * p + c] += dotProduct(weighted + start, regression + c * capacity + start, length)
      }
    }
  }

  /// Adds the part -r' dT r of the new dv.
  func addSchurTerm(count: Int, schurShift: UnsafePointer<Double>) {
    let p = data.shape.fixedCount
    for i in stride(from: 0, to: count, by: 8) {
      var sum = load(term + i)
      for c in 0..<p {
        let row = schurShift + c &* p
        var product = SIMD8<Double>.zero
        for d in 0..<c { product += row[d] * load(responsePanel + (d &* capacity &+ i)) }
        let own = load(responsePanel + (c &* capacity &+ i))
        sum -= (2 * product + row[c] * own) * own
      }
      store(sum, to: term + i)
    }
  }

  /// Sets the new dv of one group's rows to its part -(2 q' D' r + q' dP q). Groups have to be set
  /// in order, because the rows behind `end` may be overwritten.
  func setGroupTerm(
    from start: Int, to end: Int, firstRow: Int, inverse: UnsafePointer<Double>,
    block: UnsafePointer<Double>, border: UnsafePointer<Double>
  ) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    if q == 2 {
      setTwoTerms(
        from: start, to: end, firstRow: firstRow, inverse: inverse, block: block, border: border)
      return
    }
    for i in start..<end { term[i] = 0 }
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
        let r = responsePanel + c * capacity
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

  /// Moves dv by `share` of the full change to its new value.
  /// - Returns: sum_i e_i times the square of the full change.
  func relax(
    _ rows: Range<Int>, share: Double, rates: UnsafePointer<Double>,
    varianceShift: UnsafeMutablePointer<Double>
  ) -> Double {
    var square = 0.0
    for i in 0..<rows.count {
      let row = rows.lowerBound + i
      let way = term[i] - varianceShift[row]
      square += rates[row] * way * way
      varianceShift[row] += share * way
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
      let z = data.randomDesign.pointer + first + start
      if q == 2 {
        let sums = twoProducts(weighted + start, z, z + data.rowCount, end - start)
        randomSide[group * 2] += sums.0
        randomSide[group * 2 + 1] += sums.1
        return
      }
      for k in 0..<q {
        randomSide[group * q + k] += dotProduct(
          weighted + start, z + k * data.rowCount, end - start)
      }
    }
  }
}
