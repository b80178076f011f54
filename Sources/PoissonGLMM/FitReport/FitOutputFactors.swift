import PlatformEssentials

extension FitOutput {
  /// - Parameter formula: the one that the model was made of.
  package init(
    formula: Formula, dataName: String, droppedRows: Int, model: PoissonMixedModel,
    fit: PoissonMixedModelFit, options: FitOptions, alpha: Double, seconds: Double
  ) {
    self.init(
      formula: formula.text,
      factorNames: model.factors.map(\.name),
      dataName: dataName, droppedRows: droppedRows, model: model, fit: fit, options: options,
      alpha: alpha, seconds: seconds)
  }

  /// What a fit says of its grouping factors. The fit has all log SDs in one list, and all
  /// correlations in another, both factor after factor.
  static func factors(
    _ fit: PoissonMixedModelFit, names: [String], alpha: Double
  ) -> [Factor] {
    var (start, correlations) = (0, fit.correlations[...])
    return zip(fit.factors, names).map { factor, name in
      let range = start..<(start + factor.termNames.count)
      start = range.upperBound
      let own = correlations.prefix { $0.factor == factor.factor }
      correlations = correlations.dropFirst(own.count)
      return Factor(
        name: name, levels: factor.groupLabels.count,
        randomEffects: zip(factor.termNames, range).map { term, index in
          RandomEffect(
            parameter: term, log: fit.logStandardDeviations[index].marginal,
            own: fit.standardDeviations[index].marginal, alpha: alpha)
        },
        correlations: own.map { Correlation($0, alpha: alpha) })
    }
  }
}

extension FitOutput.RandomEffect {
  fileprivate init(parameter: String, log: Marginal, own: ExponentialMarginal, alpha: Double) {
    let interval = log.interval(alpha: alpha)
    self.init(
      parameter: parameter, logSDMean: log.mean, logSDSD: log.standardDeviation,
      logSDInterval: interval, sd: exp(log.mean), median: exp(log.quantile(0.5)),
      interval: (exp(interval.lower), exp(interval.upper)), ownMean: own.mean,
      ownSD: own.standardDeviation)
  }
}

extension FitOutput.Correlation {
  fileprivate init(_ posterior: CorrelationPosterior, alpha: Double) {
    self.init(
      parameters: posterior.terms, mean: posterior.marginal.mean,
      sd: posterior.marginal.standardDeviation, interval: posterior.marginal.interval(alpha: alpha),
      atanhMean: posterior.atanh.mean, atanhSD: posterior.atanh.standardDeviation)
  }
}
