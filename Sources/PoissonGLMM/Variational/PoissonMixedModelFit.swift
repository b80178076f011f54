/// The posterior of one named parameter.
public struct ParameterPosterior: Sendable, Equatable {
  public let name: String
  public let marginal: Marginal

  public init(name: String, marginal: Marginal) {
    self.name = name
    self.marginal = marginal
  }
}

/// The posterior means and SDs of all random effects, group-major: group 1 term 1, group 1 term 2, ...
public struct RandomEffectPosteriors: Sendable, Equatable {
  /// Groups in order of appearance in the data.
  public let groupLabels: [String]
  public let termNames: [String]
  /// `groupLabels.count * termNames.count` values.
  public let means: [Double]
  public let standardDeviations: [Double]

  public init(
    groupLabels: [String], termNames: [String], means: [Double], standardDeviations: [Double]
  ) {
    self.groupLabels = groupLabels
    self.termNames = termNames
    self.means = means
    self.standardDeviations = standardDeviations
  }
}

/// The approximate posterior of a `PoissonMixedModel`.
public struct PoissonMixedModelFit: Sendable {
  public let approximation: Approximation
  /// In the order of the model's fixed columns.
  public let fixedEffects: [ParameterPosterior]
  /// The log standard deviation of each random term, named as the term.
  public let logStandardDeviations: [ParameterPosterior]
  public let randomEffects: RandomEffectPosteriors
  /// The evidence bound with all its constants: a lower bound on log p(y).
  public let evidenceLowerBound: Double
  /// Under corrected, with up to three random terms and some count above zero, an estimate of log p(y); not a bound.
  public let logEvidence: Double?
  public let optimization: OptimizationSummary

  public init(
    approximation: Approximation, fixedEffects: [ParameterPosterior],
    logStandardDeviations: [ParameterPosterior], randomEffects: RandomEffectPosteriors,
    evidenceLowerBound: Double, logEvidence: Double? = nil, optimization: OptimizationSummary
  ) {
    self.approximation = approximation
    self.fixedEffects = fixedEffects
    self.logStandardDeviations = logStandardDeviations
    self.randomEffects = randomEffects
    self.evidenceLowerBound = evidenceLowerBound
    self.logEvidence = logEvidence
    self.optimization = optimization
  }
}
