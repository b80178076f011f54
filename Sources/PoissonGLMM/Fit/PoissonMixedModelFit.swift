/// The posterior of one named parameter.
public struct ParameterPosterior: Sendable, Equatable {
  /// The name of the column, or of the random term.
  public let name: String
  /// The posterior of the parameter.
  public let marginal: Marginal

  /// The posterior of a parameter.
  /// - Parameters:
  ///   - name: the name of the column, or of the random term.
  ///   - marginal: the posterior.
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
  /// The random terms, q names.
  public let termNames: [String]
  /// `groupLabels.count * termNames.count` values.
  public let means: [Double]
  /// As many posterior standard deviations, in the same order.
  public let standardDeviations: [Double]

  /// The posterior means and SDs of all random effects.
  /// - Parameters:
  ///   - groupLabels: groups in order of appearance in the data.
  ///   - termNames: the random terms.
  ///   - means: `groupLabels.count * termNames.count` values, group-major.
  ///   - standardDeviations: as many values, in the same order.
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
  /// How the posterior was approximated.
  public let approximation: Approximation
  /// The posteriors of the fixed effects, in the order of the model's fixed columns.
  public let fixedEffects: [ParameterPosterior]
  /// The posterior of each random term's log standard deviation, named as the term.
  public let logStandardDeviations: [ParameterPosterior]
  /// The posterior means and SDs of the random effects.
  public let randomEffects: RandomEffectPosteriors
  /// The evidence bound with all its constants: a lower bound on log p(y).
  public let evidenceLowerBound: Double
  /// Under corrected, with up to three random terms and some count above zero, an estimate of log
  /// p(y); not a bound.
  public let logEvidence: Double?
  /// How the evidence bound was maximized.
  public let optimization: OptimizationSummary
  /// What a user should know before trusting the numbers, one sentence each: of the data, of what
  /// the approximation had to leave out, and whether the fit has converged.
  public let warnings: [String]
  /// The joint posterior that all of these come from.
  public let posterior: Posterior

  /// - Parameters:
  ///   - fixedNames: p names.
  ///   - termNames: q names.
  ///   - groupLabels: G labels.
  init(
    approximation: Approximation, posterior: Posterior, fixedNames: [String],
    termNames: [String], groupLabels: [String], evidenceLowerBound: Double,
    logEvidence: Double?, optimization: OptimizationSummary, warnings: [String]
  ) {
    self.approximation = approximation
    self.posterior = posterior
    fixedEffects = zip(fixedNames, posterior.fixedMarginals()).map {
      ParameterPosterior(name: $0, marginal: $1)
    }
    logStandardDeviations = zip(termNames, posterior.logSDs).map {
      ParameterPosterior(name: $0, marginal: $1)
    }
    randomEffects = RandomEffectPosteriors(
      groupLabels: groupLabels, termNames: termNames, means: posterior.randomMean,
      standardDeviations: posterior.randomVariance.map { $0.squareRoot() })
    self.evidenceLowerBound = evidenceLowerBound
    self.logEvidence = logEvidence
    self.optimization = optimization
    self.warnings = warnings
  }

  /// The posterior covariance matrix of the fixed effects, p x p, in their order.
  public var fixedCovariance: Matrix { posterior.fixedCovariance }

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
  /// - Throws: `FitError` if there is no such effect, or if the fit has not kept their
  ///   distributions.
  public func randomEffectMarginal(group: Int, term: Int) throws(FitError) -> Marginal {
    let (groups, terms) = (randomEffects.groupLabels.count, randomEffects.termNames.count)
    guard (0..<groups).contains(group), (0..<terms).contains(term) else {
      throw FitError(
        "There is no random effect of group \(group) and term \(term): there are \(groups) groups "
          + "and \(terms) terms, counted from 0.")
    }
    let index = group * terms + term
    guard let marginal = posterior.randomMarginal(at: index) else {
      throw FitError(
        "The fit has not kept the random effects' distributions: "
          + "ask for them with FitOptions.keepsRandomEffects.")
    }
    return marginal
  }
}
