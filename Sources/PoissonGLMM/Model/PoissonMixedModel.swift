/// A Poisson mixed model with its data:
///
///     y_i | b, u ~ Poisson(mu_i)      log mu_i = o_i + x_i' b + z_i' u_{g(i)}
///     u_{jk} ~ N(0, exp(2 s_k))       b_c ~ N(0, fixedEffectSD^2)      s_k ~ N(0, logSDSD^2)
///
/// n rows in any order, p fixed columns, G groups, q random terms.
public struct PoissonMixedModel: Sendable {
  /// n
  public var rowCount: Int { data.rowCount }
  /// G
  public var groupCount: Int { data.shape.groupCount }
  /// p names.
  public let fixedNames: [String]
  /// q names.
  public let randomNames: [String]
  /// G labels, in order of appearance.
  public let groupLabels: [String]
  /// The prior standard deviations.
  public let priors: Priors
  /// What a user should know about the data before trusting a fit, one sentence each.
  public let warnings: [String]
  /// The warnings that no longer apply once the fixed columns are standardized.
  let scaleWarnings: [String]

  let data: ModelData
  /// Names of fixed columns that are linear combinations of those before them.
  let dependentColumns: [String]

  /// A model from columns.
  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - fixed: the columns of the fixed-effect design, the intercept included if there is one.
  ///   - random: the columns of the random-effect design (at least one), the intercept included.
  ///   - grouping: the group of each row.
  ///   - offset: n known terms of the linear predictor (log exposure); 0 if absent.
  ///   - priors: the prior standard deviations, within `Priors.supportedSDs`.
  /// - Throws: `ModelError` for the first value or shape that is not as described.
  public init(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn], grouping: Grouping,
    offset: [Double]? = nil, priors: Priors = Priors()
  ) throws(ModelError) {
    try ModelValidation.check(
      counts: counts, fixed: fixed, random: random, grouping: grouping, offset: offset,
      priors: priors)
    fixedNames = fixed.map(\.name)
    randomNames = random.map(\.name)
    groupLabels = grouping.labels
    self.priors = priors
    data = ModelData(
      counts: counts, fixed: fixed, random: random, grouping: grouping, offset: offset)
    dependentColumns = DesignDiagnostics.dependentColumns(fixed)
    scaleWarnings = DesignDiagnostics.scaleWarnings(
      fixed, counts: counts, grouping: grouping, priors: priors)
    warnings =
      DesignDiagnostics.warnings(
        counts: counts, random: random, dependentColumns: dependentColumns, grouping: grouping,
        priors: priors)
      + DesignDiagnostics.levelWarnings(fixed, counts: counts, offset: offset, priors: priors)
      + scaleWarnings
  }

  /// The same model of other numbers in the fixed columns.
  init(_ model: PoissonMixedModel, data: ModelData, dependentColumns: [String]) {
    fixedNames = model.fixedNames
    randomNames = model.randomNames
    groupLabels = model.groupLabels
    priors = model.priors
    warnings = model.warnings
    scaleWarnings = model.scaleWarnings
    self.dependentColumns = dependentColumns
    self.data = data
  }
}
