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
  /// posterior mean, and of the ends of the log's interval.
  struct RandomEffect {
    let parameter: String
    let logSDMean: Double
    let logSDSD: Double
    let logSDInterval: (lower: Double, upper: Double)
    let sd: Double
    let interval: (lower: Double, upper: Double)
    /// The mean and the SD of the posterior of the standard deviation itself.
    let ownMean: Double
    let ownSD: Double
    var variance: Double { sd * sd }
  }

  let formula: String
  let groupName: String
  let dataName: String
  let approximation: Approximation
  let priors: Priors
  /// Whether the priors are those of standardized columns.
  let isStandardized: Bool
  let alpha: Double
  let observations: Int
  let groups: Int
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
  let fixedEffects: [FixedEffect]
  let randomEffects: [RandomEffect]

  /// Also computes the log-likelihood.
  /// - Parameters:
  ///   - options: those of the fit.
  ///   - seconds: how long it took.
  init(
    formula: Formula, dataName: String, droppedRows: Int, model: PoissonMixedModel,
    fit: PoissonMixedModelFit, options: FitOptions, alpha: Double, seconds: Double
  ) {
    self.formula = formula.text
    groupName = formula.groupName
    self.dataName = dataName
    approximation = fit.approximation
    priors = model.priors
    isStandardized = options.standardizes
    self.alpha = alpha
    observations = model.rowCount
    groups = model.groupCount
    self.droppedRows = droppedRows
    optimization = fit.optimization
    self.seconds = seconds
    elbo = fit.evidenceLowerBound
    logEvidence = fit.logEvidence
    integration = model.marginalIntegration
    var warnings = fit.warnings
    do {
      criteria = try model.informationCriteria(
        fixedEffects: fit.fixedEffects.map(\.marginal.mean),
        logStandardDeviations: fit.logStandardDeviations.map(\.marginal.mean),
        threads: options.threads)
    } catch {
      // The fit stands without it.
      criteria = nil
      warnings.append(error.description)
    }
    if integration == .laplace {
      warnings.append(
        "With more than 3 random terms the log-likelihood is Laplace's approximation.")
    }
    self.warnings = warnings
    fixedEffects = fit.fixedEffects.map { effect in
      let marginal = effect.marginal
      let interval = marginal.interval(alpha: alpha)
      return FixedEffect(
        parameter: effect.name, mean: marginal.mean, sd: marginal.standardDeviation,
        z: marginal.mean / marginal.standardDeviation, p: marginal.twoSidedTailProbability,
        interval: interval, irr: exp(marginal.mean),
        irrInterval: (exp(interval.lower), exp(interval.upper)))
    }
    randomEffects = zip(fit.logStandardDeviations, fit.standardDeviations).map { effect, own in
      let interval = effect.marginal.interval(alpha: alpha)
      return RandomEffect(
        parameter: effect.name, logSDMean: effect.marginal.mean,
        logSDSD: effect.marginal.standardDeviation, logSDInterval: interval,
        sd: exp(effect.marginal.mean),
        interval: (exp(interval.lower), exp(interval.upper)), ownMean: own.marginal.mean,
        ownSD: own.marginal.standardDeviation)
    }
  }

  /// The results in one of the formats, with a line break at the end.
  func rendered(as format: Format) throws -> String {
    switch format {
    case .text: text
    case .markdown: markdown
    case .csv: csv
    case .json: try json
    }
  }
}
