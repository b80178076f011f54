/// The work of a `ResponsePanel` within groups for two random terms, four rows at a time; see
/// `RowTile.setTwoTerms`.
extension ResponsePanel {
  /// a = x - W z
  func setTwoTermRegressions(
    _ rows: Range<Int>, firstGroup: Int, regressions: UnsafePointer<Double>
  ) {
    let p = data.shape.fixedCount
    let x = data.fixedDesign.pointer + rows.lowerBound
    let firstTerm = data.randomDesign.pointer + rows.lowerBound
    let secondTerm = firstTerm + data.rowCount
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      let (weights, others) = (regressions + group &* 2 &* p, regressions + (group &* 2 &+ 1) &* p)
      for i in stride(from: start, to: end, by: 4) {
        let (z, w) = (loadFour(firstTerm + i), loadFour(secondTerm + i))
        for c in 0..<p {
          let column = loadFour(x + (c &* data.rowCount &+ i))
          storeFour(
            column - (weights[c] * z + others[c] * w), to: regression + (c &* capacity &+ i))
        }
      }
    }
  }

  /// Sets the shift of the rates to z' du.
  func setTwoTermShifts(
    _ rows: Range<Int>, firstGroup: Int, randomStep: UnsafePointer<Double>
  ) {
    let firstTerm = data.randomDesign.pointer + rows.lowerBound
    let secondTerm = firstTerm + data.rowCount
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      let (one, two) = (randomStep[group &* 2], randomStep[group &* 2 &+ 1])
      for i in stride(from: start, to: end, by: 4) {
        storeFour(
          one * loadFour(firstTerm + i) + two * loadFour(secondTerm + i), to: rateShift + i)
      }
    }
  }

  /// Adds sum_i de_i z_i z_i' and sum_i de_i z_i a_i'.
  func addTwoTermShifts(
    from start: Int, to end: Int, firstRow: Int, block: UnsafeMutablePointer<Double>,
    border: UnsafeMutablePointer<Double>
  ) {
    let p = data.shape.fixedCount
    let firstTerm = data.randomDesign.pointer + (firstRow &+ start)
    let secondTerm = firstTerm + data.rowCount
    let count = end &- start
    for i in 0..<count { weighted[i] = rateShift[start &+ i] * firstTerm[i] }
    let (own, cross) = twoProducts(weighted, firstTerm, secondTerm, count)
    for c in 0..<p {
      border[c] += dotProduct(weighted, regression + (c &* capacity &+ start), count)
    }
    for i in 0..<count { weighted[i] = rateShift[start &+ i] * secondTerm[i] }
    for c in 0..<p {
      border[p &+ c] += dotProduct(weighted, regression + (c &* capacity &+ start), count)
    }
    block[0] += own
    block[1] += cross
    block[2] += cross
    block[3] += dotProduct(weighted, secondTerm, count)
  }

  /// Sets the new dv to -(2 q' D' r + q' dP q).
  func setTwoTerms(
    from start: Int, to end: Int, firstRow: Int, inverse: UnsafePointer<Double>,
    block: UnsafePointer<Double>, border: UnsafePointer<Double>
  ) {
    let p = data.shape.fixedCount
    let firstTerm = data.randomDesign.pointer + firstRow
    let secondTerm = firstTerm + data.rowCount
    for i in stride(from: start, to: end, by: 4) {
      let (z, w) = (loadFour(firstTerm + i), loadFour(secondTerm + i))
      let one = inverse[0] * z + inverse[1] * w
      let two = inverse[2] * z + inverse[3] * w
      var (withOne, withTwo) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      for c in 0..<p {
        let r = loadFour(responsePanel + (c &* capacity &+ i))
        withOne += border[c] * r
        withTwo += border[p &+ c] * r
      }
      withOne += withOne + block[0] * one
      withOne += (2 * block[1]) * two
      withTwo += withTwo + block[3] * two
      let sum = one * withOne + two * withTwo
      storeFour(-sum, to: term + i)
    }
  }
}
