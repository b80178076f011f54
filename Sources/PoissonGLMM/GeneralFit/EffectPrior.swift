import PlatformEssentials

/// What q(theta) is held against: N(0, Lambda^-1) or, with the hyperparameters random, the
/// expectation of its log density.
///
///     Lambda = blockdiag(I_{G_k} (x) Sigma_k^-1, fixedPrecision I_p)
struct EffectPrior: Sendable {
  /// Sigma_k^-1 of each factor, or its expectation, q_k x q_k.
  let precisions: [Matrix]
  /// 1 / fixedEffectSD^2.
  let fixedPrecision: Double
  /// 1/2 log|Lambda|, or its expectation.
  let halfLogDeterminant: Double

  /// - Parameters:
  ///   - logDeterminants: log|Sigma_k|, or its expectation.
  ///   - levels: the number of levels of each factor.
  ///   - fixedCount: p.
  init(
    precisions: [Matrix], logDeterminants: [Double], levels: [Int], fixedCount: Int,
    fixedPrecision: Double
  ) {
    self.precisions = precisions
    self.fixedPrecision = fixedPrecision
    halfLogDeterminant =
      zip(logDeterminants, levels).reduce(0.5 * Double(fixedCount) * log(fixedPrecision)) {
        $0 - 0.5 * Double($1.1) * $1.0
      }
  }
}
