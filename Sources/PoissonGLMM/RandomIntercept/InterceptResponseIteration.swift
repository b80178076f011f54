import PlatformEssentials

/// The iteration of `InterceptResponse`, one fixed effect after another. Each round makes two
/// passes over stored rates:
///
///     de_i = e_i (x_i' dm + a_j + g_i),  a_j = du_j + (dQ_j + dh_j) / 2    gives
///     dC_j = sum de_i x_i and sum_i de_i x_i x_i',
///
/// hence dT = sum de_i x_i x_i' - sum_j (dC_j W_j' + W_j dC_j' + C_j C_j' dQ_j), dS = -S dT S, dW_j
/// and the next g; and with it
///
///     T* dm = t - sum_j [sum_{i in j} e_i x_i g_i - kappa_j C_j V_j
///                        + (1 - kappa_j rho_j) C_j dh_j / 2]
final class InterceptResponseIteration {
  private let source: InterceptData
  private let chunks: GroupChunks
  private let rates: DoubleStorage
  /// rho_j
  private let expectedCounts: DoubleStorage
  /// V_j, a_j, dh_j and d rho_j.
  private let rateShifts: DoubleStorage
  private let levels: DoubleStorage
  private let regressionVarianceShifts: DoubleStorage
  private let countShifts: DoubleStorage
  /// beta_j, and dC_j.
  private let slopes: DoubleStorage
  private let borderShifts: DoubleStorage
  /// W_j and C_j, G rows of p.
  private var regression = DoubleStorage(count: 0)
  private var border = DoubleStorage(count: 0)
  private let meanShift: DoubleStorage
  private let covarianceShift: DoubleStorage
  /// dT and a matrix for products, p x p; dW_j and the right-hand side of dm, p.
  private let schurShift: DoubleStorage
  private let product: DoubleStorage
  private let regressionShift: DoubleStorage
  private let side: DoubleStorage
  /// cov(u_j, b), G rows of p.
  private let cross: DoubleStorage
  private let partialSums: DoubleStorage
  private let partialStride: Int
  private let scratch: DoubleStorage
  private let scratchSize: Int

  /// The iteration ends at this relative change of a variance; the remaining error is smaller by
  /// another factor of about v.
  private static let tolerance = 1e-4
  /// More rounds would be needed only where v is 0.5 and more, which keeps the iteration from
  /// converging.
  private static let maximumRounds = 25

  init(_ source: InterceptData, chunks: GroupChunks) {
    self.source = source
    self.chunks = chunks
    let (groups, p) = (source.data.shape.groupCount, source.data.shape.fixedCount)
    rates = DoubleStorage(count: source.data.rowCount)
    expectedCounts = DoubleStorage(count: groups)
    rateShifts = DoubleStorage(count: groups)
    levels = DoubleStorage(count: groups)
    regressionVarianceShifts = DoubleStorage(count: groups)
    countShifts = DoubleStorage(count: groups)
    slopes = DoubleStorage(count: groups * p)
    borderShifts = DoubleStorage(count: groups * p)
    meanShift = DoubleStorage(count: p)
    covarianceShift = DoubleStorage(count: p * p)
    schurShift = DoubleStorage(count: p * p)
    product = DoubleStorage(count: p * p)
    regressionShift = DoubleStorage(count: p)
    side = DoubleStorage(count: p)
    cross = DoubleStorage(count: groups * p)
    partialStride = 2 * p * p + p
    partialSums = DoubleStorage(count: chunks.count * partialStride)
    scratchSize = InterceptTile.scratchSize(source) + 3 * p
    scratch = DoubleStorage(count: chunks.threads * scratchSize)
  }

  /// - Returns: Cov(b), p x p, and cov(u_j, b), G rows of p; nil if an iteration did not converge.
  func solve(
    at posterior: InterceptPosterior, groups: InterceptGroups, step: InterceptStep
  ) -> (fixed: DoubleStorage, cross: DoubleStorage)? {
    let p = source.data.shape.fixedCount
    regression = groups.rows(of: groups.regression)
    border = groups.rows(of: groups.border)
    fillRates(posterior, groups)
    let fixed = DoubleStorage(count: p * p)
    for c in 0..<p {
      guard respond(to: c, posterior, groups, step) else { return nil }
      for d in 0..<p { fixed.pointer[d * p + c] = meanShift.pointer[d] }
      for group in 0..<source.data.shape.groupCount {
        cross.pointer[group * p + c] = -countShifts.pointer[group] / posterior.termPrecision
      }
    }
    for c in 0..<p {
      for d in 0..<c {
        let mean = 0.5 * (fixed.pointer[c * p + d] + fixed.pointer[d * p + c])
        fixed.pointer[c * p + d] = mean
        fixed.pointer[d * p + c] = mean
      }
    }
    return (fixed, cross)
  }

  /// Runs `body(tile, its first row, its number of rows, group)` over all tiles with the level and
  /// the slopes that `prepare` sets for each group: a vector in the columns' order, the level
  /// behind it.
  private func forEachTile(
    form: DoubleStorage,
    prepare: @Sendable (_ group: Int, _ coefficients: UnsafeMutablePointer<Double>) -> Double,
    body:
      @Sendable (
        InterceptTile, _ first: Int, _ count: Int, _ group: Int,
        _ sums: UnsafeMutablePointer<Double>
      ) -> Void
  ) {
    let (source, partialSums, partialStride) = (source, partialSums, partialStride)
    let (scratch, scratchSize) = (scratch, scratchSize)
    let p = source.data.shape.fixedCount
    chunks.run { thread, chunk, range in
      let base = scratch.pointer + thread * scratchSize
      let tile = InterceptTile(source, scratch: base)
      let coefficients = base + InterceptTile.scratchSize(source)
      let slopes = coefficients + p
      let sums = partialSums.pointer + chunk * partialStride
      sums.update(repeating: 0, count: partialStride)
      tile.setForm(form.pointer)
      for group in range {
        var level = prepare(group, coefficients)
        for (position, c) in source.varyingColumns.enumerated() {
          slopes[position] = coefficients[c]
          if let ones = source.onesColumn { slopes[position] += form.pointer[ones * p + c] }
        }
        if let ones = source.onesColumn {
          level += coefficients[ones] + 0.5 * form.pointer[ones * (p + 1)]
        }
        let rows = source.data.groupStarts[group]..<source.data.groupStarts[group + 1]
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: InterceptTile.rows) {
          let count = min(InterceptTile.rows, rows.upperBound - first)
          tile.fillPredictors(level: level, slopes: slopes, from: 0, to: count)
          body(tile, first, count, group, sums)
        }
      }
    }
  }

  /// Fills e_i and rho_j.
  private func fillRates(_ posterior: InterceptPosterior, _ groups: InterceptGroups) {
    let (source, rates, expectedCounts) = (source, rates, expectedCounts)
    let regressions = regression
    let p = source.data.shape.fixedCount
    expectedCounts.fill(with: 0)
    forEachTile(form: posterior.covariance) { group, coefficients in
      let regression = regressions.pointer + group * p
      var quadratic = 0.0
      for c in 0..<p {
        let row = posterior.covariance.pointer + c * p
        let product = dotProduct(UnsafePointer(row), UnsafePointer(regression), p)
        quadratic += product * regression[c]
        coefficients[c] = posterior.mean.pointer[c] - product
      }
      return groups.mean.pointer[group] + 0.5 * (quadratic + groups.variance.pointer[group])
    } body: { tile, first, count, group, _ in
      tile.fillRates(first: first, count: count)
      (rates.pointer + first).update(from: tile.rate, count: count)
      expectedCounts.pointer[group] += sum(tile.rate, count)
    }
  }

  private func respond(
    to c: Int, _ posterior: InterceptPosterior, _ groups: InterceptGroups, _ step: InterceptStep
  ) -> Bool {
    let p = source.data.shape.fixedCount
    rateShifts.fill(with: 0)
    regressionVarianceShifts.fill(with: 0)
    slopes.fill(with: 0)
    covarianceShift.fill(with: 0)
    for d in 0..<p { meanShift.pointer[d] = step.responseCovariance.pointer[d * p + c] }
    for _ in 0..<Self.maximumRounds {
      setCountShifts(posterior, groups)
      let previous = meanShift.pointer[c]
      setCovarianceShift(posterior, groups)
      setMeanShift(to: c, posterior, groups, step)
      let value = meanShift.pointer[c]
      guard value.isFinite else { return false }
      if (value - previous).magnitude <= Self.tolerance * value {
        setCountShifts(posterior, groups)
        return true
      }
    }
    return false
  }

  /// d rho_j and a_j from dm, V_j and dh_j.
  private func setCountShifts(_ posterior: InterceptPosterior, _ groups: InterceptGroups) {
    let p = source.data.shape.fixedCount
    let w = posterior.termPrecision
    for group in 0..<source.data.shape.groupCount {
      let q = groups.variance.pointer[group]
      let border = UnsafePointer(self.border.pointer + group * p)
      let rho = expectedCounts.pointer[group]
      let regressionTerm = 0.5 * regressionVarianceShifts.pointer[group]
      let total =
        dotProduct(border, meanShift.pointer, p) + rateShifts.pointer[group] + rho * regressionTerm
      let shift = total / (1 + rho * (1 / w + 0.5 * q * q))
      countShifts.pointer[group] = shift
      levels.pointer[group] = regressionTerm - shift * (1 / w + 0.5 * q * q)
    }
  }

  /// dS, beta_j and dh_j from dm, a_j and the present g.
  private func setCovarianceShift(_ posterior: InterceptPosterior, _ groups: InterceptGroups) {
    let (source, rates) = (source, rates)
    let (meanShift, slopes, levels) = (meanShift, slopes, levels)
    let (borderShifts, countShifts) = (borderShifts, countShifts)
    let p = source.data.shape.fixedCount
    let varying = source.varyingColumns
    borderShifts.fill(with: 0)
    forEachTile(form: covarianceShift) { group, coefficients in
      let own = slopes.pointer + group * p
      for c in 0..<p { coefficients[c] = meanShift.pointer[c] + own[c] }
      return levels.pointer[group]
    } body: { tile, first, count, group, sums in
      tile.fillWeighted(first: first, count: count, weights: rates.pointer + first)
      tile.addGram(first: first, count: count, to: sums)
      let border = borderShifts.pointer + group * p
      for (position, c) in varying.enumerated() {
        border[c] += tile.weightedSum(position, count: count)
      }
      if let ones = source.onesColumn { border[ones] += sum(tile.rate, count) }
    }
    // dT, lower triangle in the columns' own order; then -S dT S.
    schurShift.fill(with: 0)
    for chunk in 0..<chunks.count {
      let gram = partialSums.pointer + chunk * partialStride
      for (row, c) in varying.enumerated() {
        for (column, d) in varying.prefix(row + 1).enumerated() {
          schurShift.pointer[c * p + d] += gram[row * varying.count + column]
          if c != d { schurShift.pointer[d * p + c] += gram[row * varying.count + column] }
        }
      }
    }
    for group in 0..<source.data.shape.groupCount {
      let q = groups.variance.pointer[group]
      let varianceShift = -q * q * countShifts.pointer[group]
      let (border, own) = (
        self.border.pointer + group * p, borderShifts.pointer + group * p
      )
      let regression = self.regression.pointer + group * p
      for c in 0..<p {
        if let ones = source.onesColumn {
          schurShift.pointer[c * p + ones] += own[c]
          if c != ones { schurShift.pointer[ones * p + c] += own[c] }
        }
        for d in 0..<p {
          schurShift.pointer[c * p + d] -=
            own[c] * regression[d] + regression[c] * own[d] + border[c] * border[d] * varianceShift
        }
      }
    }
    multiply(posterior.covariance, schurShift, posterior.covariance, by: -1, into: covarianceShift)
    for group in 0..<source.data.shape.groupCount {
      let q = groups.variance.pointer[group]
      let varianceShift = -q * q * countShifts.pointer[group]
      let (border, own) = (
        self.border.pointer + group * p, borderShifts.pointer + group * p
      )
      let regression = self.regression.pointer + group * p
      for c in 0..<p { regressionShift.pointer[c] = q * own[c] + border[c] * varianceShift }
      var shift = 0.0
      for c in 0..<p {
        let byCovariance = dotProduct(
          UnsafePointer(covarianceShift.pointer + c * p), UnsafePointer(regression), p)
        let byLoading = dotProduct(
          UnsafePointer(posterior.covariance.pointer + c * p), regressionShift.pointer, p)
        slopes.pointer[group * p + c] = -(byCovariance + byLoading)
        shift += regression[c] * (byCovariance + 2 * byLoading)
      }
      regressionVarianceShifts.pointer[group] = shift
    }
  }

  /// dm and V_j from g and dh_j.
  private func setMeanShift(
    to c: Int, _ posterior: InterceptPosterior, _ groups: InterceptGroups, _ step: InterceptStep
  ) {
    let (source, rates, slopes, rateShifts) = (source, rates, slopes, rateShifts)
    let p = source.data.shape.fixedCount
    let w = posterior.termPrecision
    rateShifts.fill(with: 0)
    forEachTile(form: covarianceShift) { group, coefficients in
      coefficients.update(from: slopes.pointer + group * p, count: p)
      return 0
    } body: { tile, first, count, group, sums in
      tile.fillWeighted(first: first, count: count, weights: rates.pointer + first)
      rateShifts.pointer[group] += sum(tile.rate, count)
      for d in 0..<p {
        let x = source.data.fixedDesign.pointer + d * source.data.rowCount + first
        sums[d] += dotProduct(tile.rate, x, count)
      }
    }
    side.fill(with: 0)
    side.pointer[c] = 1
    for chunk in 0..<chunks.count {
      for d in 0..<p { side.pointer[d] -= partialSums.pointer[chunk * partialStride + d] }
    }
    for group in 0..<source.data.shape.groupCount {
      let q = groups.variance.pointer[group]
      let rho = expectedCounts.pointer[group]
      let kappa = (1 / w + 0.5 * q * q) / (1 + rho * (1 / w + 0.5 * q * q))
      let weight =
        kappa * rateShifts.pointer[group]
        - 0.5 * (1 - kappa * rho) * regressionVarianceShifts.pointer[group]
      for d in 0..<p { side.pointer[d] += weight * border.pointer[group * p + d] }
    }
    for d in 0..<p {
      meanShift.pointer[d] = dotProduct(
        UnsafePointer(step.responseCovariance.pointer + d * p), side.pointer, p)
    }
  }

  /// target <- factor a m b, p x p each.
  private func multiply(
    _ a: DoubleStorage, _ m: DoubleStorage, _ b: DoubleStorage, by factor: Double,
    into target: DoubleStorage
  ) {
    let p = source.data.shape.fixedCount
    product.fill(with: 0)
    for c in 0..<p {
      for d in 0..<p {
        for e in 0..<p {
          product.pointer[c * p + e] += a.pointer[c * p + d] * m.pointer[d * p + e]
        }
      }
    }
    target.fill(with: 0)
    for c in 0..<p {
      for d in 0..<p {
        for e in 0..<p {
          target.pointer[c * p + e] +=
            factor * product.pointer[c * p + d] * b.pointer[d * p + e]
        }
      }
    }
  }
}
