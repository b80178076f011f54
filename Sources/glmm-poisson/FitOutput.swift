import Foundation
import PoissonGLMM

/// Everything that `fit` reports, the same for all formats.
struct FitOutput {
  enum Format: String, CaseIterable {
    case text, markdown, csv, json

    /// Whether the warnings stand among the results, where a person sees them.
    var showsWarnings: Bool { self == .text || self == .markdown }
  }

  /// A fixed effect: the rate ratio (IRR) is the exponential of the coefficient.
  struct FixedEffect {
    let parameter: String
    let mean: Double
    let sd: Double
    let z: Double
    let p: Double
    let interval: (lower: Double, upper: Double)
    let irr: Double
    let irrInterval: (lower: Double, upper: Double)
  }

  /// The standard deviation of a random effect between groups: the exponential of its log's
  /// posterior mean and median, and of the ends of the log's interval.
  struct RandomEffect {
    let parameter: String
    let logSDMean: Double
    let logSDSD: Double
    let logSDInterval: (lower: Double, upper: Double)
    let sd: Double
    let median: Double
    let interval: (lower: Double, upper: Double)
    /// The mean and the SD of the posterior of the standard deviation itself.
    let ownMean: Double
    let ownSD: Double
    var variance: Double { sd * sd }
  }

  /// The correlation of two random terms of one grouping factor.
  struct Correlation {
    /// The names of the two terms, in the factor's order.
    let parameters: [String]
    let mean: Double
    let sd: Double
    let interval: (lower: Double, upper: Double)
    /// The mean and the SD of the posterior of the atanh of the partial correlation.
    let atanhMean: Double
    let atanhSD: Double
  }

  /// What is reported of one grouping factor.
  struct Factor {
    /// As the formula has it, for example `school:class`.
    let name: String
    let levels: Int
    /// One a random term, under the term's own name.
    let randomEffects: [RandomEffect]
    /// One a pair of correlated terms; empty where all terms are independent.
    let correlations: [Correlation]
  }

  let formula: String
  /// The levels of `--reference` by the names of their factors.
  var references: [String: String] = [:]
  let dataName: String
  let approximation: Approximation
  let priors: Priors
  /// Whether the prior N(0, logSDSD^2) is that of any log SD.
  let usesLogSDSD: Bool
  /// Whether the priors are those of standardized columns.
  let isStandardized: Bool
  let alpha: Double
  let observations: Int
  let droppedRows: Int
  let optimization: OptimizationSummary
  let seconds: Double
  let elbo: Double
  /// nil if only a bound on it is known.
  let logEvidence: Double?
  /// The marginal log-likelihood at the posterior means, with aic and bic; nil if it could not be
  /// computed.
  let criteria: InformationCriteria?
  /// How the random effects were integrated out for it.
  let integration: MarginalIntegration
  let warnings: [String]
  /// Tests of what the model assumes.
  var checks: [ModelCheck] = []
  let fixedEffects: [FixedEffect]
  /// The posterior covariance matrix of the fixed effects, in their order.
  let fixedCovariance: Matrix
  /// The grouping factors, in the order of the model.
  let factors: [Factor]
  /// How much the priors say about each parameter.
  let priorSensitivity: [PriorSensitivity]

  /// What was asked of the fit beyond its parameters.
  var derived = Derived()
  /// What the variances mean, if that was asked.
  var variances: VarianceSummary?

  var hasCorrelations: Bool { factors.contains { !$0.correlations.isEmpty } }

  /// Also computes the log-likelihood.
  /// - Parameters:
  ///   - formula: as it was written.
  ///   - factorNames: what the grouping factors are called, as many as the model has.
  ///   - options: those of the fit.
  ///   - seconds: how long it took.
  init(
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
    fixedEffects = fit.fixedEffects.map {
      FixedEffect(parameter: $0.name, marginal: $0.marginal, alpha: alpha)
    }
    fixedCovariance = fit.fixedCovariance
    factors = Self.factors(fit, names: factorNames, alpha: alpha)
    priorSensitivity = fit.priorSensitivity
  }
}
