/// Given counts under a family, for all values of its parameters.
final class CountRows: Sendable {
  let family: CountFamily
  private let counts: DoubleStorage
  private let constants: CountConstants
  private let positives: Int
  /// A family without parameters; nil for one that has some.
  private let given: (any RowFamily)?

  /// - Parameter counts: n whole numbers, zero or more.
  init(_ counts: [Double], family: CountFamily) {
    self.family = family
    given = family == .poisson ? PoissonFamily(counts: counts) : nil
    self.counts = DoubleStorage(family == .poisson ? [] : counts)
    constants = CountConstants(family == .poisson ? [] : counts)
    positives = counts.count { $0 > 0 }
  }

  /// A family of its own, without parameters.
  init(_ family: any RowFamily) {
    self.family = .poisson
    given = family
    counts = DoubleStorage(count: 0)
    constants = CountConstants([])
    positives = 0
  }

  /// The family with given parameters, in the order of `CountFamily.parameters`.
  func family(at parameters: [Double]) -> any RowFamily {
    if let given { return given }
    return overdispersed(at: parameters)
  }

  /// The family with its parameters under independent normals.
  func family(means: [Double], variances: [Double]) -> any RowFamily {
    if let given { return given }
    let averaged = AveragedFamily(means: means, variances: variances, family: overdispersed)
    guard family == .negativeBinomial else { return averaged }
    return AveragedNegativeBinomial(
      counts: counts, constants: constants, mean: means[0], variance: variances[0],
      nodes: averaged)
  }

  private func overdispersed(at parameters: [Double]) -> OverdispersedFamily {
    OverdispersedFamily(
      counts: counts, constants: constants, positives: positives,
      overdispersion: family.hasSize ? parameters.first : nil,
      logitShare: family.hasZeroShare ? parameters.last : nil)
  }
}
