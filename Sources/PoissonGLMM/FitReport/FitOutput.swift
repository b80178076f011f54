import PlatformEssentials

/// Everything that `fit` reports, the same for all formats.
package struct FitOutput {
  /// A fixed effect: the rate ratio (IRR) is the exponential of the coefficient.
  package struct FixedEffect {
    package let parameter: String
    package let mean: Double
    package let sd: Double
    package let z: Double
    package let p: Double
    package let interval: (lower: Double, upper: Double)
    package let irr: Double
    package let irrInterval: (lower: Double, upper: Double)
  }

  /// The standard deviation of a random effect between groups: the exponential of its log's
  /// posterior mean and median, and of the ends of the log's interval.
  package struct RandomEffect {
    package let parameter: String
    package let logSDMean: Double
    package let logSDSD: Double
    package let logSDInterval: (lower: Double, upper: Double)
    package let sd: Double
    package let median: Double
    package let interval: (lower: Double, upper: Double)
    /// The mean and the SD of the posterior of the standard deviation itself.
    package let ownMean: Double
    package let ownSD: Double
    package var variance: Double { sd * sd }
  }

  /// The correlation of two random terms of one grouping factor.
  package struct Correlation {
    /// The names of the two terms, in the factor's order.
    package let parameters: [String]
    package let mean: Double
    package let sd: Double
    package let interval: (lower: Double, upper: Double)
    /// The mean and the SD of the posterior of the atanh of the partial correlation.
    package let atanhMean: Double
    package let atanhSD: Double
  }

  /// A parameter of the family of counts on its own scale: `size`, `dispersion` = 1 / size or
  /// `zero_share`.
  package struct FamilyRow {
    package let parameter: String
    package let mean: Double
    package let sd: Double
    package let median: Double
    package let interval: (lower: Double, upper: Double)
  }

  /// What is reported of one grouping factor.
  package struct Factor {
    /// As the formula has it, for example `school:class`.
    package let name: String
    package let levels: Int
    /// One a random term, under the term's own name.
    package let randomEffects: [RandomEffect]
    /// One a pair of correlated terms; empty where all terms are independent.
    package let correlations: [Correlation]
  }

  package let formula: String
  /// The levels of `--reference` by the names of their factors.
  package var references: [String: String] = [:]
  package let dataName: String
  package let approximation: Approximation
  package let priors: Priors
  /// Whether the prior N(0, logSDSD^2) is that of any log SD.
  package let usesLogSDSD: Bool
  /// Whether the priors are those of standardized columns.
  package let isStandardized: Bool
  package let alpha: Double
  package let observations: Int
  package let droppedRows: Int
  package let optimization: OptimizationSummary
  package let seconds: Double
  package let elbo: Double
  /// nil if only a bound on it is known.
  package let logEvidence: Double?
  /// The marginal log-likelihood at the posterior means, with aic and bic; nil if it could not be
  /// computed.
  package let criteria: InformationCriteria?
  /// How the random effects were integrated out for it.
  package let integration: MarginalIntegration
  package var warnings: [String]
  /// Tests of what the model assumes.
  package var checks: [ModelCheck] = []
  /// The distribution of a count given its mean.
  package let family: CountFamily
  /// Empty for Poisson.
  package let familyRows: [FamilyRow]
  package let fixedEffects: [FixedEffect]
  /// The posterior covariance matrix of the fixed effects, in their order.
  package let fixedCovariance: Matrix
  /// The grouping factors, in the order of the model.
  package let factors: [Factor]
  /// How much the priors say about each parameter.
  package let priorSensitivity: [PriorSensitivity]

  /// What was asked of the fit beyond its parameters.
  package var derived = Derived()
  /// What the variances mean, if that was asked.
  package var variances: VarianceSummary?

  package var hasCorrelations: Bool { factors.contains { !$0.correlations.isEmpty } }

  /// Also computes the log-likelihood.
  /// - Parameters:
  ///   - formula: as it was written.
  ///   - factorNames: what the grouping factors are called, as many as the model has.
  ///   - options: those of the fit.
  ///   - seconds: how long it took.
  package init(
    formula: String, factorNames: [String], dataName: String, droppedRows: Int,
    model: PoissonMixedModel, fit: PoissonMixedModelFit, options: FitOptions, alpha: Double,
    seconds: Double
  ) {
    self.formula = formula
    self.dataName = dataName
    approximation = fit.approximation
    priors = model.priors
    usesLogSDSD = model.usesLogSDSD
    isStandardized = options.standardizes
    self.alpha = alpha
    observations = model.rowCount
    self.droppedRows = droppedRows
    optimization = fit.optimization
    self.seconds = seconds
    elbo = fit.evidenceLowerBound
    logEvidence = fit.logEvidence
    integration = model.marginalIntegration
    var warnings = fit.warnings
    do {
      criteria = try model.informationCriteria(of: fit, threads: options.threads)
    } catch {
      // The fit stands without it.
      criteria = nil
      warnings.append(error.description)
    }
    if integration == .laplace && model.factors.count == 1 && model.correlationNames.isEmpty {
      warnings.append(
        "With more than 3 random terms the log-likelihood is Laplace's approximation.")
    }
    self.warnings = warnings
    family = fit.family
    familyRows = Self.familyRows(fit, alpha: alpha)
    fixedEffects = fit.fixedEffects.map {
      FixedEffect(parameter: $0.name, marginal: $0.marginal, alpha: alpha)
    }
    fixedCovariance = fit.fixedCovariance
    factors = Self.factors(fit, names: factorNames, alpha: alpha)
    priorSensitivity = fit.priorSensitivity
  }
}
