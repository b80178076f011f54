import PlatformEssentials

/// The covariance of q(b, u | s) by linear response (Giordano, Broderick & Jordan 2018): the
/// derivative of the variational mean under a perturbation t'(u, b) of the log joint density.
///
/// Moving the mean also moves S, because the rates depend on the variances v_i of the linear
/// predictor. With S = P^-1,
///
///     P dm + A'(e dv) / 2 = t      de = e (A dm + dv / 2)      dv_i = -A_i S A' diag(de) A S A_i'
///
/// and dm is the column of the corrected covariance that belongs to t. In the arrow's terms, with
/// a_i = x_i - W_j z_i, r_i = S_bb a_i and q_i = P_jj^-1 z_i,
///
///     dv_i = -(r_i' dT r_i + 2 q_i' D_j' r_i + q_i' dP_jj q_i)
///     dT = sum_i de_i a_i a_i'    D_j = sum_{i in j} de_i a_i z_i'
///     dP_jj = sum_{i in j} de_i z_i z_i'
///
/// The map from dv to the next dv has eigenvalues between -rho and 0, so that relaxed iteration
/// converges for any rho.
final class LinearResponse {
  private let data: ModelData
  private let chunks: GroupChunks
  private let factorization: ArrowFactorization
  private let rates: DoubleStorage
  private let varianceShift: DoubleStorage
  private let step: GaussianState.Mean
  private let side: GaussianState.Mean
  /// dP_jj, G blocks of q x q.
  private let blockShift: DoubleStorage
  /// D_j, G blocks of q x p: row k is column k of D_j.
  private let borderShift: DoubleStorage
  /// dT, p x p.
  private let schurShift: DoubleStorage
  private let partialSums: DoubleStorage
  /// The square length of the change of dv, by chunk of groups.
  private let lengths: DoubleStorage
  private let scratch: DoubleStorage
  private let scratchSize: Int

  /// An iteration has converged when the relative change of its variance is below this: a hundredth
  /// of what two digits of an SD show.
  private static let tolerance = 1e-5
  private static let maximumIterations = 60

  /// - Parameter factorization: holds S^-1 at the optimum whenever `covariance` is called.
  init(_ data: ModelData, chunks: GroupChunks, factorization: ArrowFactorization) {
    self.data = data
    self.chunks = chunks
    self.factorization = factorization
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    rates = DoubleStorage(count: data.rowCount)
    varianceShift = DoubleStorage(count: data.rowCount)
    step = GaussianState.Mean(shape)
    side = GaussianState.Mean(shape)
    blockShift = DoubleStorage(count: shape.randomEffectCount * q)
    borderShift = DoubleStorage(count: shape.randomEffectCount * p)
    schurShift = DoubleStorage(count: p * p)
    partialSums = DoubleStorage(count: chunks.count * (p * p + p))
    lengths = DoubleStorage(count: chunks.count)
    let longest = max(RowTile.rows, data.longestGroup) + ResponsePanel.margin
    // Panels a and r, q, and four vectors for the rows of a tile or a group; a few p x p and q x q
    // matrices.
    scratchSize = longest * (2 * p + q + 4) + 2 * (p + q) * (p + q) + RowTile.scratchSize(shape)
    scratch = DoubleStorage(count: chunks.threads * scratchSize)
  }

  /// The corrected covariances at the optimum `state`.
  struct Covariance {
    /// Cov(b), p x p.
    let fixed: Matrix
    /// G q variances, group-major.
    let randomVariances: [Double]
  }

  /// - Returns: nil if an iteration did not converge; the uncorrected S is used then.
  func covariance(at state: GaussianState) -> Covariance? {
    setRates(state)
    let shape = data.shape
    let p = shape.fixedCount
    var fixed = Matrix(order: p)
    // Cov(u, b_c) for every c, side by side.
    let cross = DoubleStorage(count: shape.randomEffectCount * p)
    for c in 0..<p {
      guard respond(toFixed: c) else { return nil }
      for d in 0..<p { fixed[d, c] = step.fixed.pointer[d] }
      for index in 0..<shape.randomEffectCount {
        cross.pointer[index * p + c] = step.random.pointer[index]
      }
    }
    for c in 0..<p {
      for d in 0..<c {
        let mean = 0.5 * (fixed[c, d] + fixed[d, c])
        fixed[c, d] = mean
        fixed[d, c] = mean
      }
    }
    guard let conditional = conditionalVariances() else { return nil }
    let factor = DoubleStorage(fixed.elements)
    guard SmallCholesky.factor(factor.pointer, order: p).isFinite else { return nil }
    let root = DoubleStorage(count: p * p)
    SmallCholesky.invertFactor(factor.pointer, order: p, into: root.pointer)
    let variances = DoubleStorage(conditional)
    let q = shape.termCount
    chunks.run { _, _, groups in
      for index in (groups.lowerBound * q)..<(groups.upperBound * q) {
        variances.pointer[index] += squaredLength(
          ofProduct: root.pointer, cross.pointer + index * p, order: p)
      }
    }
    let randomVariances = variances.array
    let areSound = randomVariances.allSatisfy { $0 > 0 && $0.isFinite }
    return areSound ? Covariance(fixed: fixed, randomVariances: randomVariances) : nil
  }

  /// Fills e_i.
  private func setRates(_ state: GaussianState) {
    let (data, rates, scratch, scratchSize) = (data, rates, scratch, scratchSize)
    let form = KernelCovariance(.arrow(factorization))
    let (randomMean, fixedMean) = (state.randomMean, state.fixedMean)
    chunks.run { thread, _, groups in
      let tile = RowTile(data: data, scratch: scratch.pointer + thread * scratchSize)
      data.forEachTile(of: groups) { rows, firstGroup in
        tile.predict(
          rows, firstGroup: firstGroup, randomMean: randomMean.pointer,
          fixedMean: fixedMean.pointer, covariance: form)
        _ = tile.computeRates(rows)
        (rates.pointer + rows.lowerBound).update(from: tile.rate, count: rows.count)
      }
    }
  }

  // MARK: A fixed effect

  /// Solves for t = the unit vector of b_c; `step` then holds dm.
  private func respond(toFixed c: Int) -> Bool {
    varianceShift.fill(with: 0)
    side.random.fill(with: 0)
    side.fixed.fill(with: 0)
    var relaxation = Relaxation()
    var previous = 0.0
    for iteration in 0..<Self.maximumIterations {
      // side holds A'(e dv).
      for index in 0..<side.random.count {
        step.random.pointer[index] = -0.5 * side.random.pointer[index]
      }
      for d in 0..<side.fixed.count {
        step.fixed.pointer[d] = (d == c ? 1 : 0) - 0.5 * side.fixed.pointer[d]
      }
      factorization.solve(randomSide: step.random, fixedSide: step.fixed)
      let value = step.fixed.pointer[c]
      if iteration > 0 && (value - previous).magnitude <= Self.tolerance * value { return true }
      previous = value
      accumulateShifts()
      let change = updateVarianceShift(share: relaxation.share)
      guard relaxation.noteChange(change) else { return false }
    }
    return false
  }

  /// Fills dT, D and dP from dm and dv.
  private func accumulateShifts() {
    let (data, rates, varianceShift) = (data, rates, varianceShift)
    let (randomStep, fixedStep) = (step.random, step.fixed)
    let (blockShift, borderShift) = (blockShift, borderShift)
    let (partialSums, scratch, scratchSize) = (partialSums, scratch, scratchSize)
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let regressions = factorization.regressions
    blockShift.fill(with: 0)
    borderShift.fill(with: 0)
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * (p * p + p)
      sum.update(repeating: 0, count: p * p + p)
      let panel = ResponsePanel(
        data: data, rows: RowTile.rows, scratch: scratch.pointer + thread * scratchSize)
      data.forEachTile(of: groups) { rows, firstGroup in
        panel.fillRegressionPanel(rows, firstGroup: firstGroup, regressions: regressions.pointer)
        panel.fillRateShift(
          rows, firstGroup: firstGroup, rates: rates.pointer, varianceShift: varianceShift.pointer,
          randomStep: randomStep.pointer, fixedStep: fixedStep.pointer)
        panel.addSchurShift(count: rows.count, to: sum)
        data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
          panel.addGroupShifts(
            from: start, to: end, firstRow: rows.lowerBound,
            block: blockShift.pointer + group * q * q, border: borderShift.pointer + group * q * p)
        }
      }
    }
    for index in 0..<(p * p) {
      var value = 0.0
      for chunk in 0..<chunks.count { value += partialSums.pointer[chunk * (p * p + p) + index] }
      schurShift.pointer[index] = value
    }
  }

  /// Moves dv by `share` of the full change to its new value, and fills `side` with A'(e dv).
  /// - Returns: the length of the full change, in the metric of the rates.
  private func updateVarianceShift(share: Double) -> Double {
    let (data, rates, varianceShift, side) = (data, rates, varianceShift, side)
    let (blockShift, borderShift, schurShift) = (blockShift, borderShift, schurShift)
    let (partialSums, scratch, scratchSize) = (partialSums, scratch, scratchSize)
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let (regressions, inverses) = (factorization.regressions, factorization.blockInverses)
    let covariance = factorization.fixedCovariance
    let lengths = lengths
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * (p * p + p)
      sum.update(repeating: 0, count: p)
      lengths.pointer[chunk] = 0
      (side.random.pointer + groups.lowerBound * q).update(repeating: 0, count: groups.count * q)
      let panel = ResponsePanel(
        data: data, rows: RowTile.rows, scratch: scratch.pointer + thread * scratchSize)
      data.forEachTile(of: groups) { rows, firstGroup in
        panel.fillRegressionPanel(rows, firstGroup: firstGroup, regressions: regressions.pointer)
        panel.fillResponsePanel(count: rows.count, fixedCovariance: covariance.pointer)
        data.forEachSegment(of: rows, firstGroup: firstGroup) { group, start, end in
          panel.setGroupTerm(
            from: start, to: end, firstRow: rows.lowerBound,
            inverse: inverses.pointer + group * q * q, block: blockShift.pointer + group * q * q,
            border: borderShift.pointer + group * q * p)
        }
        panel.addSchurTerm(count: rows.count, schurShift: schurShift.pointer)
        lengths.pointer[chunk] += panel.relax(
          rows, share: share, rates: rates.pointer, varianceShift: varianceShift.pointer)
        panel.addSides(
          rows, firstGroup: firstGroup, rates: rates.pointer, varianceShift: varianceShift.pointer,
          randomSide: side.random.pointer, fixedSide: sum)
      }
    }
    var length = 0.0
    side.fixed.fill(with: 0)
    for chunk in 0..<chunks.count {
      length += lengths.pointer[chunk]
      for c in 0..<p { side.fixed.pointer[c] += partialSums.pointer[chunk * (p * p + p) + c] }
    }
    return length.squareRoot()
  }

  // MARK: The random effects

  /// Var(u_jk | b) for every effect: the same equations with b fixed, group by group.
  /// - Returns: nil if an iteration did not converge.
  private func conditionalVariances() -> [Double]? {
    let (data, rates, varianceShift, step, side) = (data, rates, varianceShift, step, side)
    let (blockShift, borderShift) = (blockShift, borderShift)
    let (partialSums, scratch, scratchSize) = (partialSums, scratch, scratchSize)
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let longest = max(RowTile.rows, data.longestGroup)
    let (regressions, inverses) = (factorization.regressions, factorization.blockInverses)
    let covariance = factorization.fixedCovariance
    let variances = DoubleStorage(count: shape.randomEffectCount)
    let failures = DoubleStorage(count: chunks.count)
    step.fixed.fill(with: 0)
    chunks.run { thread, chunk, groups in
      let panel = ResponsePanel(
        data: data, rows: longest, scratch: scratch.pointer + thread * scratchSize)
      let ownSchurShift = partialSums.pointer + chunk * (p * p + p)
      let fixedSide = ownSchurShift + p * p
      for group in groups {
        let rows = data.groupStarts[group]..<data.groupStarts[group + 1]
        let inverse = inverses.pointer + group * q * q
        let block = blockShift.pointer + group * q * q
        let border = borderShift.pointer + group * q * p
        let (steps, sides) = (step.random.pointer + group * q, side.random.pointer + group * q)
        panel.fillRegressionPanel(rows, firstGroup: group, regressions: regressions.pointer)
        panel.fillResponsePanel(count: rows.count, fixedCovariance: covariance.pointer)
        for k in 0..<q {
          (varianceShift.pointer + rows.lowerBound).update(repeating: 0, count: rows.count)
          sides.update(repeating: 0, count: q)
          var relaxation = Relaxation()
          var previous = 0.0
          var isDone = false
          for iteration in 0..<Self.maximumIterations {
            for l in 0..<q {
              var value = inverse[l * q + k]
              for m in 0..<q { value -= 0.5 * inverse[l * q + m] * sides[m] }
              steps[l] = value
            }
            isDone = iteration > 0 && (steps[k] - previous).magnitude <= Self.tolerance * steps[k]
            if isDone { break }
            previous = steps[k]
            panel.fillRateShift(
              rows, firstGroup: group, rates: rates.pointer, varianceShift: varianceShift.pointer,
              randomStep: step.random.pointer, fixedStep: step.fixed.pointer)
            ownSchurShift.update(repeating: 0, count: p * p + p)
            block.update(repeating: 0, count: q * q)
            border.update(repeating: 0, count: q * p)
            panel.addSchurShift(count: rows.count, to: ownSchurShift)
            panel.addGroupShifts(
              from: 0, to: rows.count, firstRow: rows.lowerBound, block: block, border: border)
            panel.setGroupTerm(
              from: 0, to: rows.count, firstRow: rows.lowerBound, inverse: inverse, block: block,
              border: border)
            panel.addSchurTerm(count: rows.count, schurShift: ownSchurShift)
            let change = panel.relax(
              rows, share: relaxation.share, rates: rates.pointer,
              varianceShift: varianceShift.pointer)
            sides.update(repeating: 0, count: q)
            panel.addSides(
              rows, firstGroup: group, rates: rates.pointer, varianceShift: varianceShift.pointer,
              randomSide: side.random.pointer, fixedSide: fixedSide)
            guard relaxation.noteChange(change.squareRoot()) else { break }
          }
          variances.pointer[group * q + k] = steps[k]
          if !isDone { failures.pointer[chunk] += 1 }
        }
      }
    }
    return failures.array.allSatisfy { $0 == 0 } ? variances.array : nil
  }
}

/// The share of the full change that a relaxed iteration makes.
///
/// For a linear map with eigenvalues in [-rho, 0] the best share is 2 / (2 + rho), which shrinks
/// every error by rho / (2 + rho) or more. rho is estimated from how the changes shrink.
private struct Relaxation {
  private(set) var share = 1.0
  private var previous = Double.infinity

  /// Records the size of a change, and adapts the share to it.
  /// - Returns: false if it is not finite.
  mutating func noteChange(_ change: Double) -> Bool {
    guard change.isFinite else { return false }
    if previous.isFinite && previous > 0 {
      let ratio = change / previous
      // The largest eigenvalue for which this share leaves `ratio` of the error.
      if ratio > 0.3 { share = min(share, 2 / (2 + (ratio + 1) / share - 1)) }
    }
    previous = change
    return true
  }
}
