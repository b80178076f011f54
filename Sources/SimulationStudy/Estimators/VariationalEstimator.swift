import Foundation
import PoissonGLMM

/// The project's own fitter as a method under study.
///
/// Posterior means are the estimates, posterior SDs their standard errors; intervals have the
/// nominal level 1 - alpha; the p value of a fixed effect is its two-sided posterior tail
/// probability, and so is that of a correlation. A log SD has none: zero is no natural null value
/// for it. With the checks of the model asked for, each is a parameter `check(NAME)` with its
/// statistic as the estimate and its p value, and the log-likelihood is one of the quantities.
/// Estimands are medians and quantiles of 8,000 draws from the posterior.
public struct VariationalEstimator: Estimator {
  /// The method's name in the scenario and in every report.
  public let name: String
  /// How it fits.
  let options: FitOptions
  private let priors: Priors
  private let alpha: Double
  private let family: CountFamily
  private let checks: Bool
  private let estimands: [Estimand]

  /// The fitter with its settings.
  /// - Parameters:
  ///   - name: the method's name.
  ///   - settings: how the fitter is to fit.
  ///   - priors: the prior standard deviations of the fitted model.
  ///   - alpha: intervals have the nominal level 1 - alpha.
  ///   - estimands: functions of the parameters to report too.
  public init(
    name: String, _ settings: VariationalSettings, priors: Priors = Priors(), alpha: Double = 0.05,
    estimands: [Estimand] = []
  ) {
    self.estimands = estimands
    self.name = name
    options = FitOptions(
      approximation: settings.approximation, maximumIterations: settings.maximumIterations,
      standardizes: settings.standardizes)
    self.priors = priors
    self.alpha = alpha
    family = settings.family
    checks = settings.checks
  }

  /// Fits the data, and reports every parameter.
  /// - Throws: `ModelError`, `FitError`, or `EstimationError` if a result is not a finite number.
  ///   A fit that stops at its iteration limit is no error: its result says `converged == false`.
  public func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    try estimate(data, probabilitiesAt: [:])
  }

  /// The same, with the posterior probability below given values of the parameters.
  /// - Throws: `ModelError`, `FitError`, or `EstimationError` if a result is not a finite number.
  public func estimate(
    _ data: ClusteredCounts, probabilitiesAt values: [String: Double]
  ) throws -> EstimationResult {
    let model = try model(data)
    let fit = try model.fit(options)
    var parameters: [ParameterEstimate] = []
    for effect in fit.fixedEffects {
      parameters.append(
        try parameter(
          effect.name, effect.marginal, pValue: effect.marginal.twoSidedTailProbability,
          value: values[effect.name]))
    }
    // The fit has them in the same order, by names of its own.
    for (name, term) in zip(data.random.logSDNames, fit.logStandardDeviations) {
      parameters.append(try parameter(name, term.marginal, pValue: nil, value: values[name]))
    }
    for (name, pair) in zip(data.random.correlationNames, fit.correlations) {
      parameters.append(
        try parameter(
          name, pair.marginal, pValue: pair.marginal.twoSidedTailProbability, value: values[name]))
    }
    for own in fit.familyParameters {
      parameters.append(
        try parameter(own.name, own.marginal, pValue: nil, value: values[own.name]))
    }
    parameters += try ownEstimates(of: fit, model, names: parameters.map(\.parameter), values)
    if checks {
      parameters += model.checks(of: fit).map { check in
        ParameterEstimate(
          parameter: ParameterKind.checkName(check.name), estimate: check.statistic,
          standardError: nil, intervalLower: nil, intervalUpper: nil, pValue: check.p)
      }
    }
    return EstimationResult(
      parameters: parameters, evidenceLowerBound: fit.evidenceLowerBound,
      iterations: fit.optimization.iterations, reason: fit.optimization.stopReason.rawValue,
      converged: fit.optimization.converged,
      quantities: quantities(of: fit, named: data.random.termNames)
        + (checks ? logLikelihood(of: fit, model) : []))
  }

  /// The estimands that are functions of the parameters of this method's model: posterior medians,
  /// which a function that rises or falls carries over as a mean does not.
  private func ownEstimates(
    of fit: PoissonMixedModelFit, _ model: PoissonMixedModel, names: [String],
    _ values: [String: Double]
  ) throws -> [ParameterEstimate] {
    let own = estimands.filter { $0.arguments.allSatisfy(names.contains) }
    guard !own.isEmpty else { return [] }
    let functions = try own.map { try ParameterFunction($0.text, of: names) }
    return zip(own, try fit.posteriors(of: functions, model: model)).map { estimand, posterior in
      let sd = posterior.standardDeviation
      return ParameterEstimate(
        parameter: estimand.name, estimate: posterior.quantile(0.5),
        standardError: sd.isFinite ? sd : nil, intervalLower: posterior.quantile(alpha / 2),
        intervalUpper: posterior.quantile(1 - alpha / 2), pValue: nil,
        probabilityBelowTruth: values[estimand.name].map(posterior.cumulativeProbability))
    }
  }

  /// The log evidence, if the approximation has one; and for each random term the mean of its
  /// levels' posterior means, with weights between 1/2 and 3/2 so that levels that change places
  /// are seen, and the root mean square of their posterior SDs.
  private func quantities(
    of fit: PoissonMixedModelFit, named names: [String]
  ) -> [(FitQuantity, Double)] {
    var quantities = fit.logEvidence.map { [(FitQuantity("log_evidence"), $0)] } ?? []
    let terms = fit.factors.flatMap { factor in
      factor.termNames.indices.map { term in (factor: factor, term: term) }
    }
    for (name, (factor, term)) in zip(names, terms) {
      let levels = Array(stride(from: term, to: factor.means.count, by: factor.termNames.count))
      var (mean, square) = (0.0, 0.0)
      for (level, index) in levels.enumerated() {
        mean += (1 + cos(Double(level)) / 2) * factor.means[index]
        square += factor.standardDeviations[index] * factor.standardDeviations[index]
      }
      let scale = "sds(\(name))"
      quantities.append(
        (FitQuantity("means(\(name))", scale: scale), mean / Double(levels.count)))
      quantities.append(
        (FitQuantity(scale, scale: scale), (square / Double(levels.count)).squareRoot()))
    }
    return quantities
  }

  /// Nothing for a model whose log-likelihood cannot be computed.
  private func logLikelihood(
    of fit: PoissonMixedModelFit, _ model: PoissonMixedModel
  ) -> [(FitQuantity, Double)] {
    guard let criteria = try? model.informationCriteria(of: fit) else { return [] }
    return [(FitQuantity("log_likelihood"), criteria.logLikelihood)]
  }

  /// The model that it fits to the data.
  func model(_ data: ClusteredCounts) throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: data.counts, fixed: data.fixedNames.map { try column($0, of: data) },
      factors: data.random.map { random in
        guard let grouping = data.grouping(of: random.factor) else {
          throw EstimationError("the data have no grouping column for '\(random.factor)'.")
        }
        return RandomFactor(
          name: random.factor, grouping: grouping,
          terms: try random.terms.map { try column($0, of: data) },
          correlatedSets: random.correlatedSets)
      },
      offset: data.exposure?.map { log($0) }, priors: priors, family: family)
  }

  private func column(_ name: String, of data: ClusteredCounts) throws -> DesignColumn {
    guard let column = data.column(name) else {
      throw EstimationError("the data have no column '\(name)'.")
    }
    return column
  }

  private func parameter(
    _ name: String, _ marginal: Marginal, pValue: Double?, value: Double?
  ) throws(EstimationError) -> ParameterEstimate {
    let (lower, upper) = marginal.interval(alpha: alpha)
    let probability = value.map { marginal.cumulativeProbability(at: $0) }
    let numbers = [
      marginal.mean, marginal.standardDeviation, lower, upper, pValue ?? 0, probability ?? 0,
    ]
    guard numbers.allSatisfy(\.isFinite) else {
      throw EstimationError("the result for \(name) is not a finite number.")
    }
    return ParameterEstimate(
      parameter: name, estimate: marginal.mean, standardError: marginal.standardDeviation,
      intervalLower: lower, intervalUpper: upper, pValue: pValue,
      probabilityBelowTruth: probability)
  }
}
