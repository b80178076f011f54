/// The posterior of one named parameter.
public struct ParameterPosterior: Sendable, Equatable {
  public let name: String
  public let marginal: Marginal

  public init(name: String, marginal: Marginal) {
    self.name = name
    self.marginal = marginal
  }
}

/// The posterior means and SDs of all random effects, group-major: group 1 term 1, group 1 term 2,
/// ...
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
  /// Under corrected, with up to three random terms and some count above zero, an estimate of log
  /// p(y); not a bound.
  public let logEvidence: Double?
  public let optimization: OptimizationSummary
  /// What the fit had to leave out, one sentence each.
  public let warnings: [String]
  /// Kept on demand.
  let mixture: PosteriorMixture?

  init(
    approximation: Approximation, fixedEffects: [ParameterPosterior],
    logStandardDeviations: [ParameterPosterior], randomEffects: RandomEffectPosteriors,
    evidenceLowerBound: Double, logEvidence: Double?, optimization: OptimizationSummary,
    warnings: [String], mixture: PosteriorMixture?
  ) {
    self.approximation = approximation
    self.fixedEffects = fixedEffects
    self.logStandardDeviations = logStandardDeviations
    self.randomEffects = randomEffects
    self.evidenceLowerBound = evidenceLowerBound
    self.logEvidence = logEvidence
    self.optimization = optimization
    self.warnings = warnings
    self.mixture = mixture
  }

  /// Whether the bound and the mean and SD of every parameter are numbers.
  var isFinite: Bool {
    evidenceLowerBound.isFinite
      && (fixedEffects + logStandardDeviations).allSatisfy {
        $0.marginal.mean.isFinite && $0.marginal.standardDeviation.isFinite
      }
  }

  /// The standard deviation of each random term between groups, on its own scale.
  public var standardDeviations: [StandardDeviationPosterior] {
    logStandardDeviations.map {
      StandardDeviationPosterior(name: $0.name, marginal: ExponentialMarginal(of: $0.marginal))
    }
  }

  /// The posterior of one random effect: a normal under mean-field and structured, a mixture of
  /// normals under integrated and corrected. It leaves out points of the quadrature that together
  /// weigh 1e-4, so that its mean and SD may differ in the fourth digit from those in
  /// `randomEffects`.
  /// - Parameters:
  ///   - group: an index into `randomEffects.groupLabels`.
  ///   - term: an index into `randomEffects.termNames`.
  /// - Throws: `FitError` if there is no such effect, or if the fit has not kept the mixture.
  public func randomEffectMarginal(group: Int, term: Int) throws(FitError) -> Marginal {
    let (groups, terms) = (randomEffects.groupLabels.count, randomEffects.termNames.count)
    guard (0..<groups).contains(group), (0..<terms).contains(term) else {
      throw FitError(
        "There is no random effect of group \(group) and term \(term): there are \(groups) groups "
          + "and \(terms) terms, counted from 0.")
    }
    let index = group * terms + term
    if let mixture { return mixture.randomMarginal(at: index) }
    guard approximation == .meanField || approximation == .structured else {
      throw FitError(
        "The fit has not kept the mixture that a random effect's distribution is: "
          + "ask for it with FitOptions.keepsMixture.")
    }
    return Marginal(
      mean: randomEffects.means[index],
      standardDeviation: randomEffects.standardDeviations[index])
  }
}
