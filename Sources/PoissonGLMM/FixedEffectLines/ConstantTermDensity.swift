import PlatformEssentials

/// log p(y, b | s) where every random term is constant within every group, such as a random
/// intercept: exact, whatever the counts and the SDs.
///
/// With theta_j = sum_i exp(eta0_i) over the rows of group j, w_i = exp(eta0_i) / theta_j and
/// xbar_j = sum_i w_i x_i, the log-likelihood of a group is sum_i y_i eta0_i + Lambda(log theta_j),
/// see `ConstantTermIntegral`, with
///
///     gradient  sum_i y_i x_i - E mu xbar
///     -Hessian  E mu sum_i w_i x_i x_i' - Var mu xbar xbar'
final class ConstantTermDensity: FixedEffectDensity, Sendable {
  private let rows: MarginalRows
  private let priorSD: Double
  private let chunks: GroupChunks
  private let totalCounts: DoubleStorage
  private let logFactorials: Double
  /// z_jk, the constants: G x q, group-major.
  private let constants: DoubleStorage
  private let scratch: [Scratch]
  private let partialSums: DoubleStorage

  /// What a thread computes a group in.
  private struct Scratch: Sendable {
    /// With room for whole vectors of eight.
    let predictor: DoubleStorage
    let center: DoubleStorage
    /// nil where groups are few.
    let table: ConstantTermTable?
  }

  /// With fewer groups a table would have more points than they take integrals: a line takes some
  /// hundred evaluations at the same SDs, and a plane some thousand.
  private static let manyGroups = 5

  /// - Returns: nil if a term varies within a group.
  init?(_ rows: MarginalRows, fixedEffectSD: Double, threads: Int) {
    let groups = ConstantTermGroups(rows)
    guard (0..<rows.groupCount).allSatisfy({ groups.included[$0] }) else { return nil }
    self.rows = rows
    priorSD = fixedEffectSD
    totalCounts = groups.totalCounts
    logFactorials = rows.sumsOfLogFactorials().reduce(0, +)
    let chunks = GroupChunks(groupStarts: rows.groupStarts, threads: threads)
    self.chunks = chunks
    let (count, q) = (rows.rowCount, rows.termCount)
    constants = DoubleStorage(count: rows.groupCount * q)
    for group in 0..<rows.groupCount {
      let row = rows.rows(ofGroup: group).lowerBound
      for k in 0..<q {
        constants.pointer[group * q + k] = rows.randomDesign.pointer[k * count + row]
      }
    }
    scratch = (0..<chunks.threads).map { _ in
      Scratch(
        predictor: DoubleStorage(count: (rows.largestGroup + 7) & ~7),
        center: DoubleStorage(count: rows.fixedCount),
        table: rows.groupCount > Self.manyGroups ? ConstantTermTable() : nil)
    }
    partialSums = DoubleStorage(count: chunks.count * (1 + rows.fixedCount * (rows.fixedCount + 1)))
  }

  func expanded(at fixedEffects: [Double], logSDs: [Double]) -> EvidenceExpansion {
    withPrior(
      sums(at: fixedEffects, logSDs: logSDs, hasDerivatives: true), fixedEffects: fixedEffects)
  }

  func value(at fixedEffects: [Double], logSDs: [Double]) -> Double {
    withPrior(
      sums(at: fixedEffects, logSDs: logSDs, hasDerivatives: false), fixedEffects: fixedEffects
    ).logJoint
  }

  /// The log-likelihood, its gradient and its negative Hessian; zeros in place of derivatives that
  /// are not wanted.
  private func sums(
    at fixedEffects: [Double], logSDs: [Double], hasDerivatives: Bool
  ) -> [Double] {
    let p = rows.fixedCount
    let stride = 1 + p * (p + 1)
    let variances = logSDs.map { exp(2 * $0) }
    let q = rows.termCount
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * stride
      sum.update(repeating: 0, count: stride)
      for group in groups {
        var variance = 0.0
        for k in 0..<q {
          let z = constants.pointer[group * q + k]
          variance += z * z * variances[k]
        }
        add(
          group, fixedEffects: fixedEffects, sigma: variance.squareRoot(),
          hasDerivatives: hasDerivatives, scratch[thread], to: sum)
      }
    }
    var total = [Double](repeating: 0, count: stride)
    for chunk in 0..<chunks.count {
      for index in 0..<stride { total[index] += partialSums.pointer[chunk * stride + index] }
    }
    return total
  }

  /// Adds a group's log-likelihood and, if they are wanted, its gradient and negative Hessian (the
  /// lower triangle).
  private func add(
    _ group: Int, fixedEffects: [Double], sigma: Double, hasDerivatives: Bool,
    _ scratch: Scratch, to sum: UnsafeMutablePointer<Double>
  ) {
    let (p, n) = (rows.fixedCount, rows.rowCount)
    let range = rows.rows(ofGroup: group)
    let (design, predictor) = (rows.fixedDesign.pointer, scratch.predictor.pointer)
    let (gradient, precision, center) = (sum + 1, sum + 1 + p, scratch.center.pointer)
    for (i, row) in range.enumerated() { predictor[i] = rows.offset.pointer[row] }
    for c in 0..<p where fixedEffects[c] != 0 {
      let column = design + c * n
      for (i, row) in range.enumerated() { predictor[i] += fixedEffects[c] * column[row] }
    }
    var largest = -Double.infinity
    for i in 0..<range.count { largest = max(largest, predictor[i]) }
    for (i, row) in range.enumerated() {
      let count = rows.counts.pointer[row]
      if count > 0 {
        sum[0] += count * predictor[i]
        if hasDerivatives {
          for c in 0..<p { gradient[c] += count * design[c * n + row] }
        }
      }
      predictor[i] -= largest
    }
    fillExponentials(of: predictor, into: predictor, count: range.count)
    var total = 0.0
    for i in 0..<range.count { total += predictor[i] }
    let integral = integral(
      totalCount: totalCounts.pointer[group], logTotal: largest + log(total), sigma: sigma,
      scratch.table)
    sum[0] += integral.logIntegral
    guard hasDerivatives else { return }
    for c in 0..<p {
      let column = design + c * n
      var mean = 0.0
      for (i, row) in range.enumerated() { mean += predictor[i] * column[row] }
      center[c] = mean / total
      gradient[c] -= integral.mean * center[c]
    }
    for c in 0..<p {
      let first = design + c * n
      for d in 0...c {
        let second = design + d * n
        var square = 0.0
        for (i, row) in range.enumerated() { square += predictor[i] * first[row] * second[row] }
        precision[c * p + d] +=
          integral.mean * square / total - integral.variance * center[c] * center[d]
      }
    }
  }

  private func integral(
    totalCount: Double, logTotal: Double, sigma: Double, _ table: ConstantTermTable?
  ) -> (logIntegral: Double, mean: Double, variance: Double) {
    if let table {
      return table.integral(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
    }
    let direct = ConstantTermIntegral(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
    return (direct.logIntegral, direct.mean, direct.variance)
  }

  /// Adds log N(b; 0, priorSD^2 I) to the sums over groups.
  private func withPrior(_ total: [Double], fixedEffects: [Double]) -> EvidenceExpansion {
    let p = rows.fixedCount
    let priorPrecision = 1 / (priorSD * priorSD)
    var logJoint = total[0] - logFactorials
    var gradient = Array(total[1..<(1 + p)])
    var precision = Matrix(order: p, elements: Array(total[(1 + p)...]))
    for (c, b) in fixedEffects.enumerated() {
      logJoint -= 0.5 * priorPrecision * b * b + log(priorSD) + 0.5 * log(2 * Double.pi)
      gradient[c] -= priorPrecision * b
      precision[c, c] += priorPrecision
      for d in 0..<c { precision[d, c] = precision[c, d] }
    }
    return EvidenceExpansion(logJoint: logJoint, gradient: gradient, precision: precision)
  }
}
