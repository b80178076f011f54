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
    var variance: Double { sd * sd }
  }

  let formula: String
  let groupName: String
  let dataName: String
  let approximation: Approximation
  let priors: Priors
  let alpha: Double
  let observations: Int
  let groups: Int
  let droppedRows: Int
  let optimization: OptimizationSummary
  let seconds: Double
  let elbo: Double
  /// nil if only a bound on it is known.
  let logEvidence: Double?
  let logLikelihood: Double?
  /// -2 log L + 2 (p + q)
  let aic: Double?
  /// -2 log L + (p + q) log n
  let bic: Double?
  let warnings: [String]
  let fixedEffects: [FixedEffect]
  let randomEffects: [RandomEffect]

  /// - Parameters:
  ///   - logLikelihood: the marginal log-likelihood at the posterior means, if it was computed.
  ///   - seconds: how long the fit took.
  init(
    formula: Formula, dataName: String, droppedRows: Int, model: PoissonMixedModel,
    fit: PoissonMixedModelFit, logLikelihood: Double?, alpha: Double, seconds: Double
  ) {
    self.formula = formula.text
    groupName = formula.groupName
    self.dataName = dataName
    approximation = fit.approximation
    priors = model.priors
    self.alpha = alpha
    observations = model.rowCount
    groups = model.groupCount
    self.droppedRows = droppedRows
    optimization = fit.optimization
    self.seconds = seconds
    elbo = fit.evidenceLowerBound
    logEvidence = nil
    self.logLikelihood = logLikelihood
    let parameters = Double(model.fixedNames.count + model.componentNames.count)
    aic = logLikelihood.map { -2 * $0 + 2 * parameters }
    bic = logLikelihood.map { -2 * $0 + parameters * log(Double(model.rowCount)) }
    warnings = model.warnings + Self.convergenceWarnings(fit.optimization)
    fixedEffects = fit.fixedEffects.map { effect in
      let marginal = effect.marginal
      let interval = marginal.interval(alpha: alpha)
      return FixedEffect(
        parameter: effect.name, mean: marginal.mean, sd: marginal.standardDeviation,
        z: marginal.mean / marginal.standardDeviation, p: marginal.twoSidedTailProbability,
        interval: interval, irr: exp(marginal.mean),
        irrInterval: (exp(interval.lower), exp(interval.upper)))
    }
    randomEffects = fit.logStandardDeviations.map { effect in
      let interval = effect.marginal.interval(alpha: alpha)
      return RandomEffect(
        parameter: effect.name, logSDMean: effect.marginal.mean,
        logSDSD: effect.marginal.standardDeviation, logSDInterval: interval,
        sd: exp(effect.marginal.mean),
        interval: (exp(interval.lower), exp(interval.upper)))
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

  private static func convergenceWarnings(_ optimization: OptimizationSummary) -> [String] {
    if optimization.converged { return [] }
    return [
      "The fit has not converged (\(optimization.stopReason.rawValue) "
        + "after \(optimization.iterations) iterations): its numbers are not to be trusted."
    ]
  }
}
