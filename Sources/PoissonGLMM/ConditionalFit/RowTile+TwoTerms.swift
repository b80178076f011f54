/// The work of a `RowTile` within groups for two random terms, four rows at a time: groups are
/// often small, and longer vectors would be mostly empty.
extension RowTile {
  /// Sets the linear predictor to Z u, the variance to z' P_jj^-1 z = |L_j^-1 z|^2 and the panel to
  /// a = x - W z.
  @inline(__always)
  func setTwoTerms(
    _ rows: Range<Int>, firstGroup: Int, _ randomMean: UnsafePointer<Double>,
    blockRoots: UnsafePointer<Double>, regressions: UnsafePointer<Double>
  ) {
    let p = data.shape.fixedCount
    let x = data.fixedDesign.pointer + rows.lowerBound
    let firstTerm = data.randomDesign.pointer + rows.lowerBound
    let secondTerm = firstTerm + data.rowCount
    data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
      let (mean, root) = (randomMean + group &* 2, blockRoots + group &* 4)
      let (regression, other) = (
        regressions + group &* 2 &* p, regressions + (group &* 2 &+ 1) &* p
      )
      // What a vector writes beyond the group is overwritten by the next group.
      for i in stride(from: start, to: end, by: 4) {
        let (z, w) = (loadFour(firstTerm + i), loadFour(secondTerm + i))
        storeFour(mean[0] * z + mean[1] * w, to: linearPredictor + i)
        let (half, otherHalf) = (root[0] * z, root[2] * z + root[3] * w)
        storeFour(half * half + otherHalf * otherHalf, to: variance + i)
        for c in 0..<p {
          let column = loadFour(x + (c &* data.rowCount &+ i))
          storeFour(
            column - (regression[c] * z + other[c] * w), to: panel + (c &* Self.columnStride &+ i))
        }
      }
    }
  }

  /// Adds the rows `start..<end` of the tile, all of one group, to its block, border, residual and
  /// third moments, the panel holding e x.
  @inline(__always)
  func addTwoTerms(
    from start: Int, to end: Int, firstRow: Int, block: UnsafeMutablePointer<Double>,
    border: UnsafeMutablePointer<Double>, residualSum: UnsafeMutablePointer<Double>,
    thirds: UnsafeMutablePointer<Double>
  ) {
    let p = data.shape.fixedCount
    let firstTerm = data.randomDesign.pointer + firstRow
    let secondTerm = firstTerm + data.rowCount
    var (own, cross, other) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (residualOne, residualTwo) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (third0, third1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    var (third2, third3) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    let whole = end &- (end &- start) % 2
    for i in stride(from: start, to: whole, by: 2) {
      let (z, w) = (loadTwo(firstTerm + i), loadTwo(secondTerm + i))
      let (e, r) = (loadTwo(rate + i), loadTwo(residual + i))
      let (ez, ew) = (e * z, e * w)
      let (ezz, ezw, eww) = (ez * z, ez * w, ew * w)
      own += ezz
      cross += ezw
      other += eww
      third0 += ezz * z
      third1 += ezw * z
      third2 += eww * z
      third3 += eww * w
      residualOne += r * z
      residualTwo += r * w
    }
    if whole < end {
      let (z, w, e) = (firstTerm[whole], secondTerm[whole], rate[whole])
      let (ezz, ezw, eww) = (e * z * z, e * z * w, e * w * w)
      own[0] += ezz
      cross[0] += ezw
      other[0] += eww
      third0[0] += ezz * z
      third1[0] += ezw * z
      third2[0] += eww * z
      third3[0] += eww * w
      residualOne[0] += residual[whole] * z
      residualTwo[0] += residual[whole] * w
    }
    block[0] += own[0] + own[1]
    block[1] += cross[0] + cross[1]
    block[2] = block[1]
    block[3] += other[0] + other[1]
    residualSum[0] += residualOne[0] + residualOne[1]
    residualSum[1] += residualTwo[0] + residualTwo[1]
    thirds[0] += third0[0] + third0[1]
    thirds[1] += third1[0] + third1[1]
    thirds[2] += third2[0] + third2[1]
    thirds[3] += third3[0] + third3[1]
    for c in 0..<p {
      let weighted = panel + c &* Self.columnStride
      var (one, two) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
      for i in stride(from: start, to: whole, by: 2) {
        let x = loadTwo(weighted + i)
        one += x * loadTwo(firstTerm + i)
        two += x * loadTwo(secondTerm + i)
      }
      if whole < end {
        one[0] += weighted[whole] * firstTerm[whole]
        two[0] += weighted[whole] * secondTerm[whole]
      }
      border[c] += one[0] + one[1]
      border[p &+ c] += two[0] + two[1]
    }
  }
}
