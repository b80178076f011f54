import PlatformEssentials

/// Computes with the groups of an `InterceptTile`, eight at a time: vectors over the groups, in
/// scratch memory.
struct InterceptGroupTile {
  /// As many groups as a tile has rows, and room for the last vector to be incomplete.
  private static let capacity = InterceptTile.rows + 8

  private let source: InterceptData
  private let scratch: UnsafeMutablePointer<Double>
  private let fixedCount: Int
  private let onesPosition: Int

  static func scratchSize(_ source: InterceptData) -> Int {
    capacity * (9 + 3 * source.data.shape.fixedCount)
  }

  /// - Parameter scratch: room for `scratchSize` doubles.
  init(_ source: InterceptData, scratch: UnsafeMutablePointer<Double>) {
    self.source = source
    self.scratch = scratch
    fixedCount = source.data.shape.fixedCount
    onesPosition = source.onesPosition
  }

  @inline(__always)
  private func vector(_ index: Int) -> UnsafeMutablePointer<Double> {
    scratch + index &* Self.capacity
  }

  /// The sum of a group's rates; after `solve`, rho_j.
  var rateSum: UnsafeMutablePointer<Double> { vector(0) }
  private var counts: UnsafeMutablePointer<Double> { vector(1) }
  /// E u_j
  var mean: UnsafeMutablePointer<Double> { vector(2) }
  /// Q_j
  var variance: UnsafeMutablePointer<Double> { vector(3) }
  /// W_j' S W_j
  private var regressionVariance: UnsafeMutablePointer<Double> { vector(4) }
  /// The factor by which the solution multiplies a group's rates.
  var factor: UnsafeMutablePointer<Double> { vector(5) }
  /// The part of the polynomial in x_i that the rows of a group have in common; see
  /// `InterceptTile`.
  var level: UnsafeMutablePointer<Double> { vector(6) }
  /// kappa_j, and d log rho_j / d log w.
  private var kappa: UnsafeMutablePointer<Double> { vector(7) }
  private var rateSlope: UnsafeMutablePointer<Double> { vector(8) }

  @inline(__always)
  private func regression(_ c: Int) -> UnsafeMutablePointer<Double> { vector(9 &+ c) }

  /// Element c of C_j, by group.
  @inline(__always)
  func border(_ c: Int) -> UnsafeMutablePointer<Double> {
    vector(9 &+ fixedCount &+ c)
  }

  /// The element of C_j for a varying column, by group.
  @inline(__always)
  func varyingBorder(_ index: Int) -> UnsafeMutablePointer<Double> {
    border(index &+ (index >= onesPosition ? 1 : 0))
  }

  /// The slope of a varying column in a group's rows.
  @inline(__always)
  func slope(_ index: Int) -> UnsafeMutablePointer<Double> {
    vector(9 &+ 2 &* fixedCount &+ index)
  }

  /// Sets W_j, E u_j and Q_j to start from, and the level and the slopes that follow from them.
  func prepare(
    _ groups: Range<Int>, from start: InterceptPass.Start, posterior: InterceptPosterior
  ) {
    let p = fixedCount
    let groupCount = source.data.shape.groupCount
    let from = start.groups
    let covariance = posterior.covariance.pointer
    for index in stride(from: 0, to: groups.count, by: 8) {
      let group = groups.lowerBound &+ index
      let q = load(from.variance.pointer + group)
      var mean = load(from.mean.pointer + group)
      for c in 0..<p {
        let column = c &* groupCount &+ group
        let old = load(from.regression.pointer + column)
        let next = q * load(from.border.pointer + column)
        store(old + start.fraction * (next - old), to: regression(c) + index)
        // E u_j moves with E b: q(u_j | b) stays the same.
        mean -= next * start.meanShift.pointer[c]
      }
      var quadratic = SIMD8<Double>.zero
      var level = SIMD8<Double>.zero
      var position = 0
      for c in 0..<p {
        let row = covariance + c &* p
        var product = SIMD8<Double>.zero
        for d in 0..<p { product += row[d] * load(regression(d) + index) }
        quadratic += product * load(regression(c) + index)
        if c == onesPosition {
          level += posterior.mean.pointer[c] + 0.5 * row[c] - product
        } else {
          let ones = onesPosition < p ? row[onesPosition] : 0
          store(posterior.mean.pointer[c] + ones - product, to: slope(position) + index)
          position &+= 1
        }
      }
      store(mean, to: self.mean + index)
      store(q, to: variance + index)
      store(quadratic, to: regressionVariance + index)
      store(load(source.groupCounts.pointer + group), to: counts + index)
      store(level + mean + 0.5 * (quadratic + q), to: self.level + index)
    }
  }

  /// Finds the optimum of `count` groups from their rate sums.
  func solve(count: Int, termPrecision: Double) {
    // The last vector may reach beyond the groups: counts and rates there are set to 0.
    for index in count..<((count + 7) / 8 * 8) {
      rateSum[index] = 0
      counts[index] = 0
      mean[index] = 0
      variance[index] = 1 / termPrecision
    }
    for index in stride(from: 0, to: count, by: 8) {
      let optimum = InterceptOptimum(
        rateSum: load(rateSum + index), counts: load(counts + index),
        startMean: load(mean + index), startVariance: load(variance + index),
        termPrecision: termPrecision)
      store(optimum.mean, to: mean + index)
      store(optimum.variance, to: variance + index)
      store(optimum.expectedCount, to: rateSum + index)
      store(optimum.rateFactor, to: factor + index)
    }
  }

  /// Writes the groups' results, and adds their share of the sums that do not run over rows.
  func finish(
    _ range: Range<Int>, posterior: InterceptPosterior, into groups: InterceptGroups,
    sums: InterceptSums
  ) {
    let p = fixedCount
    let (count, group) = (range.count, range.lowerBound)
    (groups.mean.pointer + group).update(from: mean, count: count)
    (groups.variance.pointer + group).update(from: variance, count: count)
    let whole = (count + 7) / 8 * 8
    // Beyond the groups everything is to be zero.
    for index in count..<whole {
      variance[index] = 0
      regressionVariance[index] = 0
    }
    for c in 0..<p {
      let column = c * source.data.shape.groupCount + group
      (groups.regression.pointer + column).update(from: regression(c), count: count)
      (groups.border.pointer + column).update(from: border(c), count: count)
      for index in count..<whole {
        border(c)[index] = 0
        regression(c)[index] = 0
      }
    }
    addScalars(count: count, posterior: posterior, to: sums)
    addMatrices(whole, posterior: posterior, to: sums)
  }

  /// Adds the scalar sums; fills kappa_j and d log rho_j / d log w.
  private func addScalars(count: Int, posterior: InterceptPosterior, to sums: InterceptSums) {
    let w = posterior.termPrecision
    let inverseWeight = 1 / w
    var (squares, squaresSlope) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var (regressionSquares, regressionProduct) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var (expectedCount, product, size) =
      (SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero)
    var precisions = SIMD8<Double>(repeating: 1)
    for index in stride(from: 0, to: count, by: 8) {
      let (u, q, rho) = (load(mean + index), load(variance + index), load(rateSum + index))
      // d log rho = (d log A - (u + w Q^2 / 2) d log w) / slope, from the equation for the optimum.
      let halfSquare = 0.5 * q * q
      let perCount = inverseWeight + halfSquare
      let inverseSlope = 1 / (1 + rho * perCount)
      let rateSlope = -(u + w * halfSquare) * inverseSlope
      store(perCount * inverseSlope, to: kappa + index)
      store(rateSlope, to: self.rateSlope + index)
      let meanSlope = -rho * inverseWeight * rateSlope - u
      let varianceSlope = -q * q * (rho * rateSlope + w)
      let regressionVariance = load(regressionVariance + index)
      squares += u * u + q + regressionVariance
      squaresSlope += 2 * u * meanSlope + varianceSlope
      regressionSquares += regressionVariance
      regressionProduct += q * regressionVariance
      expectedCount += rho
      let countProduct = load(counts + index) * u
      product += countProduct
      size.replace(with: size + countProduct, where: countProduct .>= 0)
      size.replace(with: size - countProduct, where: countProduct .< 0)
      var precision = rho + w
      if count &- index < 8 {
        for lane in (count &- index)..<8 { precision[lane] = 1 }
      }
      precisions *= precision
      // One test for all eight: whether they are far from overflow and underflow.
      let inverse = 1 / precisions
      if !(sumOfLanes(precisions + inverse) < 1e30) {
        for lane in 0..<8 { sums.logPrecisions.pointee += log(precisions[lane]) }
        precisions = SIMD8(repeating: 1)
      }
    }
    sums.squares.pointee += sumOfLanes(squares)
    sums.squaresSlope.pointee += sumOfLanes(squaresSlope)
    sums.regressionSquares.pointee += sumOfLanes(regressionSquares)
    sums.regressionProduct.pointee += sumOfLanes(regressionProduct)
    sums.expectedCount.pointee += sumOfLanes(expectedCount)
    sums.countProduct.pointee += sumOfLanes(product)
    sums.magnitude.pointee += sumOfLanes(size)
    let four = precisions.lowHalf * precisions.highHalf
    let two = four.lowHalf * four.highHalf
    sums.logPrecisions.pointee += log(two[0] * two[1])
  }

  private func addMatrices(_ count: Int, posterior: InterceptPosterior, to sums: InterceptSums) {
    let p = fixedCount
    let w = posterior.termPrecision
    var packed = 0
    for c in 0..<p {
      let (border, regression) = (border(c), regression(c))
      var (rates, slopes) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
      for index in stride(from: 0, to: count, by: 8) {
        let value = load(border + index)
        rates += value
        slopes += load(rateSlope + index) * value
        // From here on this is the change to the next regression, which the sums below need.
        store(load(variance + index) * value - load(regression + index), to: regression + index)
      }
      sums.rates[c] += sumOfLanes(rates)
      sums.ratesSlope[c] += sumOfLanes(slopes)
      for d in 0...c {
        let (other, otherShift) = (self.border(d), self.regression(d))
        var (schur, responseSchur) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        var (regressions, shifts) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        for index in stride(from: 0, to: count, by: 8) {
          let product = load(border + index) * load(other + index)
          let q = load(variance + index)
          let byVariance = q * product
          schur += byVariance
          regressions += q * byVariance
          responseSchur += load(kappa + index) * product
          shifts +=
            (load(rateSum + index) + w) * load(regression + index) * load(otherShift + index)
        }
        sums.schur[packed] += sumOfLanes(schur)
        sums.responseSchur[packed] += sumOfLanes(responseSchur)
        sums.regressions[packed] += sumOfLanes(regressions)
        sums.regressionShifts[packed] += sumOfLanes(shifts)
        packed &+= 1
      }
    }
  }
}
