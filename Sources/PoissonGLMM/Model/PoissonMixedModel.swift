/// A Poisson mixed model with its data:
///
///     y_i | b, u ~ Poisson(mu_i)      log mu_i = o_i + x_i' b + z_i' u_{g(i)}
///     u_{jk} ~ N(0, exp(2 s_k))       b_c ~ N(0, fixedEffectSD^2)      s_k ~ N(0, logSDSD^2)
///
/// Rows may come in any order.
public struct PoissonMixedModel: Sendable {
  /// What a user should know about the data before trusting a fit, one sentence each.
  public let warnings: [String]

  /// A model from columns.
  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - fixed: the columns of the fixed-effect design, the intercept included if there is one.
  ///   - random: the columns of the random-effect design (at least one), the intercept included.
  ///   - grouping: the group of each row.
  ///   - offset: n known terms of the linear predictor (log exposure); 0 if absent.
  /// - Throws: `ModelError` for the first value or shape that is not as described.
  public init(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn], grouping: Grouping,
    offset: [Double]? = nil, priors: Priors = Priors()
  ) throws(ModelError) {
    warnings = []
  }
}
