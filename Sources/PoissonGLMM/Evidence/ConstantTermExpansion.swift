import PlatformEssentials

/// `GroupExpansion` for groups in which every random term is constant. The terms act as one, which
/// adds t ~ N(0, x), x = sum_k (z_k sd_k)^2, to every linear predictor of the group, so that one
/// exponential a row suffices.
///
/// In terms of t the distances from the peak are those of one term with z sd = sqrt(x). The changes
/// c of t are common to the rows, so that with a_i = x_i - B sd_j as in `GroupExpansion`, A_k =
/// sum_i mu_i(m) (a_i'd)^k and d a direction in b,
///
///     d^3 l_j = -A_3 E e^c + 3 A_1 A_2 Cov(phi, e^c) - A_1^3 E (phi - E phi)^3
///
/// Consecutive groups go through every step together, a tile of rows at a time, so that loops over
/// rows are long even where groups are small.
///
/// Sendable because each thread uses only its own.
final class ConstantTermExpansion: @unchecked Sendable {
  /// A tile's rows: few enough that its columns stay in the cache.
  private static let tileRows = 256

  private let data: MarginalRows
  private let groups: ConstantTermGroups
  private let rules: ConstantTermRules
  private let rowCapacity: Int
  /// b and exp(2 s).
  private let fixedEffects: DoubleStorage
  private let variances: DoubleStorage
  /// eta0_i, then y_i - mu_i(m), then (a_i'd)^2
  private let predictor: DoubleStorage
  /// exp(eta0_i), then mu_i(m)
  private let mean: DoubleStorage
  /// E mu_i
  private let expectedMean: DoubleStorage
  /// a_i: p columns.
  private let panel: DoubleStorage
  /// A column of E mu_i a_i, or of a_i'd and E mu_i a_i'd.
  private let column: DoubleStorage
  private let nodeScratch: DoubleStorage
  /// For each group of a tile: sum_i mu_i(m) x_i, p numbers, and the `shareSize` numbers of its
  /// integral that third derivatives need.
  private let totals: DoubleStorage
  private let shares: DoubleStorage
  private static let shareSize = 3

  init(
    _ data: MarginalRows, groups: ConstantTermGroups, rules: ConstantTermRules, rowCapacity: Int
  ) {
    self.data = data
    self.groups = groups
    self.rules = rules
    // Whole blocks of eight.
    self.rowCapacity = (max(rowCapacity, Self.tileRows) + 7) / 8 * 8
    predictor = DoubleStorage(count: self.rowCapacity)
    mean = DoubleStorage(count: self.rowCapacity)
    expectedMean = DoubleStorage(count: self.rowCapacity)
    column = DoubleStorage(count: self.rowCapacity)
    panel = DoubleStorage(count: self.rowCapacity * data.fixedCount)
    nodeScratch = DoubleStorage(
      count: ConstantTermMoments.scratchSize(blockCount: rules.maximumBlocks))
    totals = DoubleStorage(count: Self.tileRows * data.fixedCount)
    shares = DoubleStorage(count: Self.tileRows * Self.shareSize)
    fixedEffects = DoubleStorage(count: data.fixedCount)
    variances = DoubleStorage(count: data.termCount)
  }

  func setParameters(fixedEffects: [Double], standardDeviations: [Double]) {
    for (c, b) in fixedEffects.enumerated() { self.fixedEffects.pointer[c] = b }
    for (k, sd) in standardDeviations.enumerated() { variances.pointer[k] = sd * sd }
  }

  /// The groups from `group` on that make a tile; empty if that group is of another kind.
  func tile(from group: Int, before end: Int) -> Range<Int> {
    var last = group
    let firstRow = data.groupStarts[group]
    while last < end, groups.included[last],
      last == group || data.groupStarts[last + 1] - firstRow <= Self.tileRows
    {
      last += 1
    }
    return group..<last
  }

  /// The sum of log integrals over groups: by tiles where groups are of this kind, one by one where
  /// they are not, or where they are left out of their tile.
  /// - Parameters:
  ///   - start: what the sum starts from.
  ///   - tileSum: the sum over a tile's groups but for those that it puts into the list.
  ///   - logIntegral: that of a single group.
  @inline(__always)
  func sum(
    over groups: Range<Int>, from start: Double,
    tileSum: (_ tile: Range<Int>, _ leftOver: inout [Int]) -> Double,
    logIntegral: (_ group: Int) -> Double
  ) -> Double {
    var sum = start
    var leftOver: [Int] = []
    var group = groups.lowerBound
    while group < groups.upperBound {
      let tile = tile(from: group, before: groups.upperBound)
      if tile.isEmpty {
        sum += logIntegral(group)
        group += 1
      } else {
        sum += tileSum(tile, &leftOver)
        group = tile.upperBound
      }
    }
    for group in leftOver { sum += logIntegral(group) }
    return sum
  }

  /// Adds the shares of a tile's groups.
  /// - Parameter leftOver: takes the groups that are left out, to be expanded in the general way:
  ///   their sums of rates are too near the limits of doubles.
  /// - Returns: the sum of the log integrals.
  func add(_ tile: Range<Int>, to sums: ExpansionSums, leftOver: inout [Int]) -> Double {
    let rows = data.groupStarts[tile.lowerBound]..<data.groupStarts[tile.upperBound]
    predict(rows)
    var total = 0.0
    for group in tile {
      if let integral = integrate(group, in: tile, firstRow: rows.lowerBound, sums) {
        total += integral
      } else {
        leaveOut(group, of: tile, firstRow: rows.lowerBound)
        leftOver.append(group)
      }
    }
    addGradientAndPrecision(rows, sums)
    for direction in 0..<sums.directionCount { addThird(direction, tile, sums) }
    return total
  }

  /// The sum of the log integrals of a tile's groups, without derivatives.
  /// - Parameter leftOver: as in `add`.
  func sumOfLogIntegrals(_ tile: Range<Int>, leftOver: inout [Int]) -> Double {
    let rows = data.groupStarts[tile.lowerBound]..<data.groupStarts[tile.upperBound]
    predict(rows)
    var total = 0.0
    for group in tile {
      if let peak = peak(of: group, firstRow: rows.lowerBound) {
        let moments = ConstantTermMoments(
          peak.value, rule: rules.rule(for: peak.value), scratch: nodeScratch.pointer)
        total += peak.logIntegral(moments)
      } else {
        leftOver.append(group)
      }
    }
    return total
  }

  /// The peak of a group's integrand.
  private struct Peak {
    let value: ConstantTermPeak
    /// sum_i y_i eta0_i
    let height: Double
    /// sum_i exp(eta0_i)
    let sum: Double

    func logIntegral(_ moments: ConstantTermMoments) -> Double {
      height + value.height + log(moments.mass / (value.curvature * Double.pi).squareRoot())
    }
  }

  /// - Parameter firstRow: of the tile, for which eta0_i and exp(eta0_i) are there.
  /// - Returns: nil where sums of rates are too near the limits of doubles.
  private func peak(of group: Int, firstRow: Int) -> Peak? {
    let (first, n) = (data.groupStarts[group], data.rows(ofGroup: group).count)
    let (eta, mean) = (predictor.pointer + first - firstRow, self.mean.pointer + first - firstRow)
    let y = data.counts.pointer + first
    var variance = 0.0
    for k in 0..<data.termCount {
      let z = data.randomDesign.pointer[k * data.rowCount + first]
      variance += z * z * variances.pointer[k]
    }
    var (height, sum) = (0.0, 0.0)
    for i in 0..<n {
      height += y[i] * eta[i]
      sum += mean[i]
    }
    guard sum > 1e-200, sum < 1e200, variance < 1e100 else { return nil }
    let peak = ConstantTermPeak(
      totalCount: groups.totalCounts.pointer[group], sum: sum, variance: variance)
    return Peak(value: peak, height: height, sum: sum)
  }

  /// Fills eta0_i and exp(eta0_i).
  private func predict(_ rows: Range<Int>) {
    let (n, first) = (rows.count, rows.lowerBound)
    let (eta, mean) = (predictor.pointer, mean.pointer)
    eta.update(from: data.offset.pointer + first, count: n)
    for c in 0..<data.fixedCount {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let b = fixedEffects.pointer[c]
      for i in 0..<n { eta[i] += b * x[i] }
    }
    fillExponentials(of: eta, into: mean, count: n)
  }

  /// Gives a group and its rows no weight.
  private func leaveOut(_ group: Int, of tile: Range<Int>, firstRow: Int) {
    let p = data.fixedCount
    let (start, n) = (data.groupStarts[group] - firstRow, data.rows(ofGroup: group).count)
    for column in [predictor, mean, expectedMean] {
      (column.pointer + start).update(repeating: 0, count: n)
    }
    for c in 0..<p {
      (panel.pointer + c * rowCapacity + start).update(repeating: 0, count: n)
    }
    let position = group - tile.lowerBound
    (totals.pointer + position * p).update(repeating: 0, count: p)
    (shares.pointer + position * Self.shareSize).update(repeating: 0, count: Self.shareSize)
  }

  /// Integrates one group, fills its rows' numbers at the peak and adds what does not need sums
  /// over the tile's rows.
  /// - Returns: the log integral; nil where sums of rates are too near the limits of doubles.
  private func integrate(
    _ group: Int, in tile: Range<Int>, firstRow: Int, _ sums: ExpansionSums
  ) -> Double? {
    let (first, n) = (data.groupStarts[group], data.rows(ofGroup: group).count)
    let start = first - firstRow
    let (eta, mean) = (predictor.pointer + start, mean.pointer + start)
    let y = data.counts.pointer + first
    guard let found = peak(of: group, firstRow: firstRow) else { return nil }
    let (peak, sum) = (found.value, found.sum)
    let moments = ConstantTermMoments(
      peak, rule: rules.rule(for: peak), scratch: nodeScratch.pointer)
    let expected = expectedMean.pointer + start
    let (scale, growth) = (peak.mean / sum, 1 + moments.growth)
    for i in 0..<n {
      let value = mean[i] * scale
      mean[i] = value
      expected[i] = value * growth
      eta[i] = y[i] - value
    }
    let p = data.fixedCount
    let shrinkage = 1 / peak.curvature
    let totals = totals.pointer + (group - tile.lowerBound) * p
    let phi = moments.phi * shrinkage
    let variance = peak.variance
    let factor = shrinkage * shrinkage * (variance - moments.phiVariance)
    for c in 0..<p {
      let x = data.fixedDesign.pointer + c * data.rowCount + first
      let total = dotProduct(mean, x, n)
      let regression = variance * shrinkage * total
      let a = panel.pointer + c * rowCapacity + start
      for i in 0..<n { a[i] = x[i] - regression }
      totals[c] = total
      sums.gradient[c] -= regression * peak.slope + phi * total
      for d in 0...c { sums.precision[c * p + d] += factor * total * totals[d] }
    }
    let share = shares.pointer + (group - tile.lowerBound) * Self.shareSize
    share[0] = shrinkage
    share[1] = moments.phiGrowth
    share[2] = moments.phiThird
    return found.logIntegral(moments)
  }

  /// Adds the sums over the tile's rows: of (y_i - mu_i(m)) x_i, and of E mu_i a_i a_i'.
  private func addGradientAndPrecision(_ rows: Range<Int>, _ sums: ExpansionSums) {
    let (n, p) = (rows.count, data.fixedCount)
    let (expected, weighted) = (expectedMean.pointer, column.pointer)
    for c in 0..<p {
      let x = data.fixedDesign.pointer + c * data.rowCount + rows.lowerBound
      sums.gradient[c] += dotProduct(predictor.pointer, x, n)
      let a = panel.pointer + c * rowCapacity
      for i in 0..<n { weighted[i] = expected[i] * a[i] }
      for d in 0...c {
        sums.precision[c * p + d] += dotProduct(weighted, panel.pointer + d * rowCapacity, n)
      }
    }
  }

  /// Adds the third derivatives in one direction.
  private func addThird(_ index: Int, _ tile: Range<Int>, _ sums: ExpansionSums) {
    let p = data.fixedCount
    let firstRow = data.groupStarts[tile.lowerBound]
    let count = data.groupStarts[tile.upperBound] - firstRow
    let direction = sums.directions + index * p
    let (projection, square) = (column.pointer, predictor.pointer)
    projection.update(repeating: 0, count: count)
    for c in 0..<p {
      let (a, d) = (panel.pointer + c * rowCapacity, direction[c])
      for i in 0..<count { projection[i] += d * a[i] }
    }
    let expected = expectedMean.pointer
    for i in 0..<count {
      square[i] = projection[i] * projection[i]
      projection[i] *= expected[i]
    }
    var sum = -dotProduct(projection, square, count)
    for group in tile {
      let start = data.groupStarts[group] - firstRow
      let squares = dotProduct(
        mean.pointer + start, square + start, data.groupStarts[group + 1] - firstRow - start)
      let position = group - tile.lowerBound
      let totals = totals.pointer + position * p
      let share = shares.pointer + position * Self.shareSize
      var total = 0.0
      for c in 0..<p { total += totals[c] * direction[c] }
      total *= share[0]
      sum += 3 * total * squares * share[1] - total * total * total * share[2]
    }
    sums.third[index] += sum
  }
}
