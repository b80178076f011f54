import GSLNumerics
import PlatformEssentials

/// An estimate of log p(y | s), the evidence at given log SDs s, from one evaluation of log p(y, b
/// | s) with its gradient and Hessian in the fixed effects b, best at b near its posterior mean
/// given s; see `EvidenceExpansion`.
///
/// Random effects are integrated out group by group by adaptive Gauss-Hermite quadrature. Memory
/// beyond the data, kept from one evaluation to the next: two numbers a group, p^2 for each of at
/// most a few hundred chunks, and for each thread the rows of the largest group 4 p + 20 q or so
/// times over.
final class QuadratureEvidence {
  /// How the random effects are integrated out.
  let integration: MarginalIntegration

  private let rows: MarginalRows
  private let fixedEffectSD: Double
  private let chunks: GroupChunks
  private let logFactorials: DoubleStorage
  private let integrals: [GroupIntegral]
  private let expansions: [GroupExpansion]
  private let constants: [ConstantTermExpansion]
  /// By chunk: log-likelihood, gradient, negative Hessian, third derivatives.
  private let partialSums: DoubleStorage
  private var stride: Int { 1 + rows.fixedCount * (rows.fixedCount + 2) }

  /// The rule for so many random terms, with fewer points than a log-likelihood is reported with:
  /// errors that are the same for all s do not matter, and the expansion's own is larger.
  ///
  /// On data sets of 6 to 236 rows, within two posterior SDs of s, the rule's error is below 10^-5
  /// with one and two terms, and below 10^-3 with three. Beyond three terms Laplace's approximation
  /// stands in for the rule, in the value and in the derivatives alike: the gradient and Hessian
  /// are those of the integrand's peak, without that of the determinant. On the same data, for one
  /// and two terms, its error is up to 0.03 a group, and changes over four posterior SDs of s by
  /// 0.05 to 0.4 in all (0.01 where counts are in the hundreds): no better than a variational
  /// bound.
  static func integration(terms: Int) -> MarginalIntegration {
    switch terms {
    case ...1: .adaptiveGaussHermite(points: 15)
    case 2: .adaptiveGaussHermite(points: 13)
    case 3: .adaptiveGaussHermite(points: 7)
    default: .laplace
    }
  }

  /// - Parameters:
  ///   - fixedEffectSD: the prior SD of every fixed effect.
  ///   - integration: the rule; by default what the number of random terms asks for.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  ///   - minimumRowsOfChunk: the least number of rows that a thread is handed at once.
  /// - Throws: `GSLError` if there is no quadrature rule of that many points.
  init(
    _ rows: MarginalRows, fixedEffectSD: Double, integration: MarginalIntegration? = nil,
    threads: Int = 1, minimumRowsOfChunk: Int = GroupChunks.minimumRows
  ) throws(GSLError) {
    self.rows = rows
    self.fixedEffectSD = fixedEffectSD
    self.integration = integration ?? Self.integration(terms: rows.termCount)
    let rule = try AdaptiveRule(self.integration)
    let chunks = GroupChunks(
      groupStarts: rows.groupStarts, threads: threads, minimumRows: minimumRowsOfChunk)
    self.chunks = chunks
    logFactorials = DoubleStorage(rows.sumsOfLogFactorials())
    let capacity = rows.largestGroup
    integrals = (0..<chunks.threads).map { _ in
      GroupIntegral(rows, rule: rule, rowCapacity: capacity)
    }
    expansions = integrals.map { GroupExpansion($0, fixedCount: rows.fixedCount) }
    let groups = ConstantTermGroups(rows)
    let rules = try ConstantTermRules(full: rule, isAdaptive: integration == nil)
    constants = (0..<chunks.threads).map { _ in
      ConstantTermExpansion(rows, groups: groups, rules: rules, rowCapacity: capacity)
    }
    partialSums = DoubleStorage(
      count: chunks.count * (1 + rows.fixedCount * (rows.fixedCount + 2)))
  }

  /// log p(y, b | s) to second order about b, and to third order along some lines.
  /// - Parameters:
  ///   - fixedEffects: b, p finite numbers near the posterior mean of b given s.
  ///   - logSDs: s, one finite number for each of the q random terms.
  ///   - directions: the lines' directions, p numbers for each of up to p lines.
  func expansion(
    fixedEffects: [Double], logSDs: [Double], directions: [Double] = []
  ) -> EvidenceExpansion {
    let p = rows.fixedCount
    precondition(fixedEffects.count == p && logSDs.count == rows.termCount)
    let directionCount = p > 0 ? directions.count / p : 0
    precondition(directionCount <= p && directions.count == directionCount * p)
    let standardDeviations = logSDs.map(exp)
    for thread in 0..<chunks.threads {
      integrals[thread].setParameters(
        fixedEffects: fixedEffects, standardDeviations: standardDeviations)
      constants[thread].setParameters(
        fixedEffects: fixedEffects, standardDeviations: standardDeviations)
    }
    let directionStorage = DoubleStorage(directions)
    let (expansions, constants, partialSums) = (expansions, constants, partialSums)
    let (stride, logFactorials) = (stride, logFactorials)
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * stride
      sum.update(repeating: 0, count: stride)
      let sums = ExpansionSums(
        gradient: sum + 1, precision: sum + 1 + p, third: sum + 1 + p + p * p,
        directions: directionStorage.pointer, directionCount: directionCount)
      for group in groups { sum[0] -= logFactorials.pointer[group] }
      let (expansion, constant) = (expansions[thread], constants[thread])
      sum[0] = constant.sum(over: groups, from: sum[0]) { tile, leftOver in
        constant.add(tile, to: sums, leftOver: &leftOver)
      } logIntegral: {
        expansion.add(group: $0, to: sums)
      }
    }
    var total = [Double](repeating: 0, count: stride)
    for chunk in 0..<chunks.count {
      for index in 0..<stride { total[index] += partialSums.pointer[chunk * stride + index] }
    }
    return withPrior(total, fixedEffects: fixedEffects, directionCount: directionCount)
  }

  /// Adds log N(b; 0, fixedEffectSD^2 I) to the sums over groups.
  private func withPrior(
    _ total: [Double], fixedEffects: [Double], directionCount: Int
  ) -> EvidenceExpansion {
    let p = rows.fixedCount
    let priorPrecision = 1 / (fixedEffectSD * fixedEffectSD)
    var logJoint = total[0]
    var gradient = Array(total[1..<(1 + p)])
    var precision = Matrix(order: p, elements: Array(total[(1 + p)..<(1 + p + p * p)]))
    for (c, b) in fixedEffects.enumerated() {
      logJoint -=
        0.5 * priorPrecision * b * b + log(fixedEffectSD) + 0.5 * log(2 * Double.pi)
      gradient[c] -= priorPrecision * b
      precision[c, c] += priorPrecision
      for d in 0..<c { precision[d, c] = precision[c, d] }
    }
    return EvidenceExpansion(
      logJoint: logJoint, gradient: gradient, precision: precision,
      thirdDerivatives: Array(total[(1 + p + p * p)...].prefix(directionCount)))
  }
}
