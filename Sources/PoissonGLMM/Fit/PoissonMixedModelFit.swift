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

/// The posterior of the correlation of two random terms of one grouping factor.
public struct CorrelationPosterior: Sendable, Equatable {
  /// The name of the grouping factor.
  public let factor: String
  /// The names of the two terms, in the factor's order.
  public let terms: [String]
  /// The name it is reported under: `Intercept,x`, with several factors `school:Intercept,x`.
  public let name: String
  /// The posterior of the correlation.
  public let marginal: Marginal
  /// The posterior of the atanh of the canonical partial correlation, which is the correlation
  /// itself where the set has two terms.
  public let atanh: Marginal
}

/// The posterior means and SDs of all random effects of one grouping factor, group-major: group 1
/// term 1, group 1 term 2, ...
public struct RandomEffectPosteriors: Sendable, Equatable {
  /// The name of the grouping factor.
  public let factor: String
  /// Groups in order of appearance in the data.
  public let groupLabels: [String]
  /// The random terms, q names.
  public let termNames: [String]
  /// `groupLabels.count * termNames.count` values.
  public let means: [Double]
  /// As many posterior standard deviations, in the same order.
  public let standardDeviations: [Double]

  /// The posterior means and SDs of all random effects of a factor.
  /// - Parameters:
  ///   - factor: the name of the grouping factor.
  ///   - groupLabels: groups in order of appearance in the data.
  ///   - termNames: the random terms.
  ///   - means: `groupLabels.count * termNames.count` values, group-major.
  ///   - standardDeviations: as many values, in the same order.
  public init(
    factor: String = "group", groupLabels: [String], termNames: [String], means: [Double],
    standardDeviations: [Double]
  ) {
    self.factor = factor
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
  /// The posterior of each random term's log standard deviation, factor after factor, named as in
  /// `PoissonMixedModel.randomNames`.
  public let logStandardDeviations: [ParameterPosterior]
  /// The posteriors of the correlations, factor after factor; empty where all terms are
  /// independent.
  public let correlations: [CorrelationPosterior]
  /// The distribution of a count given its mean.
  public let family: CountFamily
  /// The posteriors of the family's parameters on the scale on which they are fitted, named as
  /// `FamilyParameter` spells them; none for Poisson.
  public let familyParameters: [ParameterPosterior]
  /// The posterior means and SDs of the random effects of each grouping factor; empty in a model
  /// without any.
  public let factors: [RandomEffectPosteriors]
  /// Those of the first grouping factor; without one there are no groups.
  public var randomEffects: RandomEffectPosteriors {
    factors.first
      ?? RandomEffectPosteriors(
        groupLabels: [], termNames: [], means: [], standardDeviations: [])
  }
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
  /// The priors in the parameters that are reported; nil where they are not known.
  let priors: FittedPriors?

  /// - Parameter factors: the grouping factors of the model.
  init(
    approximation: Approximation, posterior: Posterior, fixedNames: [String],
    factors: [GroupingFactor], family: CountFamily = .poisson, evidenceLowerBound: Double,
    logEvidence: Double?,
    optimization: OptimizationSummary, priors: FittedPriors? = nil, warnings: [String]
  ) {
    self.approximation = approximation
    self.posterior = posterior
    fixedEffects = zip(fixedNames, posterior.fixedMarginals()).map {
      ParameterPosterior(name: $0, marginal: $1)
    }
    self.family = family
    familyParameters = zip(family.parameters, posterior.familyParameters).map {
      ParameterPosterior(name: $0.rawValue, marginal: $1)
    }
    logStandardDeviations = zip(factors.termNames, posterior.logSDs).map {
      ParameterPosterior(name: $0, marginal: $1)
    }
    let pairs = factors.flatMap { factor in factor.correlatedPairs.map { (factor, $0) } }
    let names = factors.correlationNames
    correlations = posterior.correlations.indices.map { index in
      let (factor, pair) = pairs[index]
      return CorrelationPosterior(
        factor: factor.name, terms: [factor.terms[pair.second], factor.terms[pair.first]],
        name: names[index], marginal: posterior.correlations[index],
        atanh: posterior.partialCorrelations[index])
    }
    var start = 0
    self.factors = factors.map { factor in
      let end = min(start + factor.levels.count * factor.terms.count, posterior.randomMean.count)
      defer { start = end }
      return RandomEffectPosteriors(
        factor: factor.name, groupLabels: factor.levels, termNames: factor.terms,
        means: Array(posterior.randomMean[start..<end]),
        standardDeviations: posterior.randomVariance[start..<end].map { $0.squareRoot() })
    }
    self.evidenceLowerBound = evidenceLowerBound
    self.logEvidence = logEvidence
    self.optimization = optimization
    self.warnings = warnings
    self.priors = priors
  }

  /// The posterior covariance matrix of the fixed effects, p x p, in their order.
  public var fixedCovariance: Matrix { posterior.fixedCovariance }

  /// Whether the bound and the mean and SD of every parameter are numbers.
  var isFinite: Bool {
    evidenceLowerBound.isFinite
      && (fixedEffects + logStandardDeviations + familyParameters).allSatisfy {
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
  /// weigh 1e-4, so that its mean and SD may differ in the fourth digit from those in `factors`.
  /// - Parameters:
  ///   - factor: an index into `factors`.
  ///   - group: an index into the factor's `groupLabels`.
  ///   - term: an index into the factor's `termNames`.
  /// - Throws: `FitError` if there is no such effect, or if the fit has not kept their
  ///   distributions.
  public func randomEffectMarginal(
    factor: Int = 0, group: Int, term: Int
  ) throws(FitError) -> Marginal {
    guard factors.indices.contains(factor) else {
      throw FitError("There is no grouping factor \(factor): there are \(factors.count), from 0.")
    }
    let (groups, terms) = (
      factors[factor].groupLabels.count, factors[factor].termNames.count
    )
    guard (0..<groups).contains(group), (0..<terms).contains(term) else {
      throw FitError(
        "There is no random effect of group \(group) and term \(term): there are \(groups) groups "
          + "and \(terms) terms, counted from 0.")
    }
    let start = factors[..<factor].reduce(0) { $0 + $1.means.count }
    guard let marginal = posterior.randomMarginal(at: start + group * terms + term) else {
      throw FitError(
        "The fit has not kept the random effects' distributions: "
          + "ask for them with FitOptions.keepsRandomEffects.")
    }
    return marginal
  }
}
