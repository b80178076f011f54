/// A mixed model of counts, Poisson or of another `CountFamily`, with its data:
///
///     y_i | b, u ~ Poisson(mu_i)      log mu_i = o_i + x_i' b + sum_k z_ik' u_{k, g_k(i)}
///     u_kj ~ N(0, Sigma_k)            b_c ~ N(0, fixedEffectSD^2)
///     Sigma_k = D R D, D = diag(exp s)      s ~ N(0, logSDSD^2)      R ~ LKJ(correlationShape)
/// or the priors of `Priors.coefficients` and `Priors.standardDeviations`.
///
/// n rows in any order, p fixed columns, K grouping factors with q_k random terms each; R is the
/// identity for terms that are independent.
public struct PoissonMixedModel: Sendable {
  /// n
  public var rowCount: Int { data.rowCount }
  /// The number of levels of the first grouping factor, 0 without one.
  public var groupCount: Int { factors.first?.levels.count ?? 0 }
  /// p names.
  public let fixedNames: [String]
  /// The grouping factors with their random terms; none in a model without random effects.
  public let factors: [GroupingFactor]
  /// The names of all random terms: with one factor the terms' own, with several
  /// `school:Intercept`.
  public var randomNames: [String] { factors.termNames }
  /// The names of all correlations: `Intercept,x`, with several factors `school:Intercept,x`.
  public var correlationNames: [String] { factors.correlationNames }
  /// The levels of the first grouping factor, in order of appearance.
  public var groupLabels: [String] { factors.first?.levels ?? [] }
  /// The distribution of a count given its mean.
  public let family: CountFamily
  /// The parameters of the prior distributions.
  public let priors: Priors
  /// What a user should know about the data before trusting a fit, one sentence each.
  public let warnings: [String]
  /// Those of them that say which kinds of rows are without any events.
  public var eventWarnings: [String] { eventless?.warnings(priors: priors) ?? [] }
  /// These kinds of rows; nil if there are none.
  private(set) var eventless: EventlessCells?
  /// The warnings that no longer apply once the fixed columns are standardized.
  let scaleWarnings: [String]

  /// Rows sorted by the first factor, with its terms only.
  let data: ModelData
  /// All factors; nil for Poisson counts and a single factor with independent terms, or none.
  let design: DesignData?
  /// Names of fixed columns that are linear combinations of those before them.
  let dependentColumns: [String]

  /// A model of one grouping factor whose terms are independent.
  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - fixed: the columns of the fixed-effect design, the intercept included if there is one.
  ///   - random: the columns of the random-effect design (at least one), the intercept included.
  ///   - grouping: the group of each row.
  ///   - offset: n known terms of the linear predictor (log exposure); 0 if absent.
  ///   - priors: the prior standard deviations, within `Priors.supportedSDs`.
  ///   - family: the distribution of a count given its mean.
  /// - Throws: `ModelError` for the first value or shape that is not as described.
  public init(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn], grouping: Grouping,
    offset: [Double]? = nil, priors: Priors = Priors(), family: CountFamily = .poisson
  ) throws(ModelError) {
    try self.init(
      counts: counts, fixed: fixed,
      factors: [RandomFactor(name: "group", grouping: grouping, terms: random)], offset: offset,
      priors: priors, family: family)
  }

  /// A model of any number of grouping factors.
  /// - Parameters:
  ///   - counts: n whole numbers, zero or more.
  ///   - fixed: the columns of the fixed-effect design, the intercept included if there is one.
  ///   - factors: the grouping factors with their random terms; none makes it a Poisson regression.
  ///   - offset: n known terms of the linear predictor (log exposure); 0 if absent.
  ///   - priors: the parameters of the prior distributions.
  ///   - family: the distribution of a count given its mean.
  /// - Throws: `ModelError` for the first value or shape that is not as described.
  public init(
    counts: [Double], fixed: [DesignColumn], factors: [RandomFactor], offset: [Double]? = nil,
    priors: Priors = Priors(), family: CountFamily = .poisson
  ) throws(ModelError) {
    try self.init(
      counts: counts, fixed: fixed, factors: factors, offset: offset, priors: priors,
      family: family, notices: [])
  }

  /// The same, with sentences on how the columns were made, which are the first warnings.
  /// - Parameter eventless: nil if no more is known of the design than its columns.
  init(
    counts: [Double], fixed: [DesignColumn], factors: [RandomFactor], offset: [Double]?,
    priors: Priors, family: CountFamily = .poisson, notices: [String],
    eventless: EventlessCells? = nil
  ) throws(ModelError) {
    try ModelValidation.check(
      counts: counts, fixed: fixed, factors: factors, offset: offset, priors: priors)
    fixedNames = fixed.map(\.name)
    self.factors = factors.map(\.description)
    self.family = family
    self.priors = priors.simplified(of: self.factors)
    let grouping = factors.first?.grouping ?? .whole(rows: counts.count)
    data = ModelData(
      counts: counts, fixed: fixed, random: factors.first?.terms ?? [], grouping: grouping,
      offset: offset)
    let hasIndependentTerms = factors.allSatisfy { $0.correlatedSets.allSatisfy { $0.count == 1 } }
    design =
      factors.count <= 1 && hasIndependentTerms && family == .poisson
      ? nil
      : DesignData(
        counts: counts, offset: offset, fixed: fixed.map(\.values), factors: factors,
        family: family)
    dependentColumns = DesignDiagnostics.dependentColumns(fixed)
    scaleWarnings = DesignDiagnostics.scaleWarnings(
      fixed, counts: counts, grouping: grouping, priors: priors)
    let eventless = eventless ?? EventlessCells(counts: counts, columns: fixed)
    self.eventless = eventless.isEmpty ? nil : eventless
    warnings =
      notices
      + DesignDiagnostics.warnings(
        counts: counts, factors: factors, dependentColumns: dependentColumns, priors: priors)
      + eventless.warnings(priors: self.priors)
      + (priors.coefficients.isEmpty
        ? DesignDiagnostics.levelWarnings(
          fixed, counts: counts, offset: offset, priors: priors,
          advisesWiderPrior: eventless.isEmpty) : [])
      + scaleWarnings
  }

  /// The model in which a fixed effect is known to have a value.
  init(_ model: PoissonMixedModel, holding effect: Int, at value: Double) {
    fixedNames = model.fixedNames.indices.filter { $0 != effect }.map { model.fixedNames[$0] }
    factors = model.factors
    family = model.family
    priors = model.priors
    (warnings, scaleWarnings) = ([], [])
    dependentColumns = model.dependentColumns.filter { $0 != model.fixedNames[effect] }
    data = ModelData(model.data, holding: effect, at: value)
    design = model.design.map { DesignData($0, holding: effect, at: value) }
  }

  /// The same model under other priors, with nothing said of the data.
  init(_ model: PoissonMixedModel, priors: Priors) {
    fixedNames = model.fixedNames
    factors = model.factors
    family = model.family
    self.priors = priors.simplified(of: model.factors)
    (warnings, scaleWarnings) = ([], [])
    dependentColumns = model.dependentColumns
    data = model.data
    design = model.design
  }

  /// The same model of other numbers in the fixed columns.
  init(
    _ model: PoissonMixedModel, data: ModelData, design: DesignData?, dependentColumns: [String]
  ) {
    fixedNames = model.fixedNames
    factors = model.factors
    family = model.family
    priors = model.priors
    warnings = model.warnings
    scaleWarnings = model.scaleWarnings
    self.dependentColumns = dependentColumns
    self.data = data
    self.design = design
  }
}
