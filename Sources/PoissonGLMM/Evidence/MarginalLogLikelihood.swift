import GSLNumerics
import PlatformEssentials

/// The marginal log-likelihood of fixed effects b and log standard deviations s,
///
///     log p(y | b, s) = sum_j log integral prod_i Poisson(y_i; mu_i) N(u; 0, diag(exp(2 s))) du,
///     mu_i = exp(o_i + x_i' b + z_i' u)
///
/// with the product over the rows of group j. Memory beyond the data: one sum a group, and the rows
/// of the largest group a few times over for each thread.
struct MarginalLogLikelihood: Sendable {
  /// How the integrals are computed.
  let integration: MarginalIntegration

  private let rows: MarginalRows
  private let rule: AdaptiveRule
  /// For each group, sum_i log y_i!
  private let sumsOfLogFactorials: [Double]

  /// - Parameters:
  ///   - integration: the method; by default what the number of random terms asks for.
  /// - Throws: `GSLError` if there is no quadrature rule of that many points.
  init(_ rows: MarginalRows, integration: MarginalIntegration? = nil) throws(GSLError) {
    self.rows = rows
    self.integration = integration ?? .forTerms(rows.termCount)
    rule = try AdaptiveRule(self.integration)
    sumsOfLogFactorials = rows.sumsOfLogFactorials()
  }

  /// log p(y | b, s).
  ///
  /// - Parameters:
  ///   - fixedEffects: b, p finite numbers.
  ///   - logSDs: s, one finite number for each of the q random terms.
  ///   - threads: how many to use; the result has the same bits whatever it is.
  /// - Returns: minus infinity where a group's likelihood is 0 for every random effect that doubles
  ///   can hold.
  func value(fixedEffects: [Double], logSDs: [Double], threads: Int = 1) -> Double {
    precondition(fixedEffects.count == rows.fixedCount && logSDs.count == rows.termCount)
    let chunks = GroupChunks(groupStarts: rows.groupStarts, threads: threads)
    let sums = DoubleStorage(count: chunks.count)
    let standardDeviations = logSDs.map(exp)
    let capacity = rows.largestGroup
    let constantGroups = ConstantTermGroups(rows)
    let integrals = (0..<chunks.threads).map { _ in
      let integral = GroupIntegral(rows, rule: rule, rowCapacity: capacity)
      integral.setParameters(fixedEffects: fixedEffects, standardDeviations: standardDeviations)
      let constants = ConstantTermExpansion(
        rows, groups: constantGroups, rules: ConstantTermRules(rule), rowCapacity: capacity)
      constants.setParameters(fixedEffects: fixedEffects, standardDeviations: standardDeviations)
      return (general: integral, constants: constants)
    }
    chunks.run { thread, chunk, groups in
      let (general, constants) = integrals[thread]
      var sum = 0.0
      for group in groups { sum -= sumsOfLogFactorials[group] }
      sum = constants.sum(over: groups, from: sum) { tile, leftOver in
        constants.sumOfLogIntegrals(tile, leftOver: &leftOver)
      } logIntegral: {
        general.logIntegral(group: $0)
      }
      sums.pointer[chunk] = sum
    }
    return sums.array.reduce(0, +)
  }
}

/// log p(y | o, s) of the rows of one group, whatever their offset o: the general rule of
/// `MarginalLogLikelihood`. Each thread has its own.
final class GroupLogLikelihood {
  private let rows: MarginalRows
  private let integral: GroupIntegral
  private let sumOfLogFactorials: Double

  /// - Parameter terms: the columns of the random terms.
  /// - Throws: `GSLError` if there is no quadrature rule.
  init(counts: [Double], terms: [[Double]]) throws(GSLError) {
    rows = MarginalRows(
      groupStarts: [0, counts.count], counts: DoubleStorage(counts),
      offset: DoubleStorage(count: counts.count), fixedDesign: DoubleStorage(count: 0),
      randomDesign: DoubleStorage(terms.flatMap { $0 }), fixedCount: 0, termCount: terms.count)
    integral = GroupIntegral(
      rows, rule: try AdaptiveRule(.forTerms(terms.count)), rowCapacity: counts.count)
    sumOfLogFactorials = rows.sumsOfLogFactorials()[0]
  }

  func value(offset: [Double], logSDs: [Double]) -> Double {
    for row in offset.indices { rows.offset.pointer[row] = offset[row] }
    integral.setParameters(fixedEffects: [], standardDeviations: logSDs.map { exp($0) })
    return integral.logIntegral(group: 0) - sumOfLogFactorials
  }
}
