import Foundation

/// The fit of a model with several grouping factors or correlated terms.
struct GeneralFit {
  private let problem: GeneralProblem
  private let options: FitOptions
  private let maximumLatticeDimensions: Int
  /// Whether P is too large to be factored.
  private let isIterative: Bool

  /// - Parameters:
  ///   - maximumLatticeDimensions: with more hyperparameters, `integrated` and `corrected` take a
  ///     composite design.
  ///   - largestTrailingBlock: with a larger one P is not factored.
  init(
    _ data: DesignData, priors: Priors, options: FitOptions,
    maximumLatticeDimensions: Int = HyperparameterQuadrature.maximumLatticeDimensions,
    largestTrailingBlock: Int = EffectLayout.largestTrailingBlock
  ) throws(FitError) {
    problem = try GeneralProblem(data, priors: priors, largestTrailingBlock: nil)
    isIterative = problem.layout.pattern.denseOrder > largestTrailingBlock
    self.options = options
    self.maximumLatticeDimensions = maximumLatticeDimensions
  }

  /// - Parameter effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  func approximated(_ effectMatrix: Matrix?) throws(FitError) -> ApproximatedPosterior {
    if isIterative {
      let fit = try IterativeGeneralFit(problem, options: options)
      return ApproximatedPosterior(
        posterior: posterior(
          fit, effectMatrix,
          covarianceSource: options.approximation == .corrected ? .linearResponse : .bound),
        evidenceLowerBound: fit.bound, logEvidence: nil, optimization: fit.optimization,
        warnings: fit.warnings)
    }
    switch options.approximation {
    case .meanField, .structured:
      let fit = try StructuredGeneralFit(problem, options: options)
      return ApproximatedPosterior(
        posterior: posterior(
          fit, effectMatrix,
          covarianceSource: options.approximation == .meanField ? .independent : .bound),
        evidenceLowerBound: fit.optimization.bounds.last ?? -.infinity, logEvidence: nil,
        optimization: fit.optimization, warnings: [])
    case .integrated, .corrected:
      let fit = try IntegratedGeneralFit(
        problem, options: options, maximumLatticeDimensions: maximumLatticeDimensions)
      return ApproximatedPosterior(
        posterior: posterior(fit, effectMatrix), evidenceLowerBound: fit.bound,
        logEvidence: fit.logEvidence, optimization: fit.optimization, warnings: fit.warnings)
    }
  }

  private func posterior(
    _ fit: some NormalGeneralFit, _ effectMatrix: Matrix?,
    covarianceSource: GaussianPosterior.CovarianceSource
  ) -> Posterior {
    var gaussian = GaussianPosterior(
      logSDMean: problem.logSDs(fit.phiMean), logSDVariance: problem.logSDs(fit.phiVariance),
      fixedMean: fit.fixedMean, fixedCovariance: fit.fixedCovariance, randomMean: fit.randomMean,
      randomVariance: fit.randomVariance, covarianceSource: covarianceSource)
    gaussian.correlationMean = problem.partialCorrelations(fit.phiMean)
    gaussian.correlationVariance = problem.partialCorrelations(fit.phiVariance)
    gaussian.rowWeights = fit.rowWeights
    let correlations = problem.correlations.map {
      Marginal(correlation: $0, means: fit.phiMean, variances: fit.phiVariance)
    }
    return Posterior(gaussian.transformed(by: effectMatrix), correlations: correlations)
  }

  private func posterior(_ fit: IntegratedGeneralFit, _ effectMatrix: Matrix?) -> Posterior {
    let marginals = (0..<problem.hyperparameters.count).map { fit.posterior.marginal($0) }
    let isLogSD = problem.hyperparameters.isLogSD
    let (randomMean, randomVariance) = randomMoments(fit.nodes)
    return Posterior(
      components: fit.nodes.map { weight, content in
        let node = content.node
        let logSDs = problem.logSDs(node.phi)
        var gaussian = GaussianPosterior(
          logSDMean: logSDs, logSDVariance: logSDs.map { _ in 0 }, fixedMean: node.fixedMean,
          fixedCovariance: node.fixedCovariance,
          randomMean: options.keepsRandomEffects ? node.randomMean : [],
          randomVariance: options.keepsRandomEffects ? node.randomVariance : [],
          covarianceSource: content.hasResponse ? .linearResponse : .bound)
        gaussian.correlationMean = problem.partialCorrelations(node.phi)
        gaussian.correlationVariance = gaussian.correlationMean.map { _ in 0 }
        gaussian.rowWeights = node.rowWeights
        return Posterior.Component(weight: weight, gaussian: gaussian.transformed(by: effectMatrix))
      },
      logSDs: zip(marginals, isLogSD).filter(\.1).map(\.0),
      correlations: problem.correlations.map { correlation in
        if let index = correlation.soleHyperparameter {
          return fit.posterior.marginal(index, scale: .hyperbolicTangent)
        }
        return fit.posterior.marginal(ofCorrelation: correlation.value)
      },
      partialCorrelations: zip(marginals, isLogSD).filter { !$0.1 }.map(\.0),
      randomMean: randomMean, randomVariance: randomVariance)
  }

  /// Mean and variance of every random effect over the nodes.
  private func randomMoments(
    _ nodes: [(weight: Double, content: NodeVisit.Content)]
  ) -> (means: [Double], variances: [Double]) {
    let count = nodes.first?.content.node.randomMean.count ?? 0
    var means = [Double](repeating: 0, count: count)
    var variances = means
    for (weight, content) in nodes {
      let node = content.node
      for index in means.indices { means[index] += weight * node.randomMean[index] }
    }
    for (weight, content) in nodes {
      let node = content.node
      for index in means.indices {
        let shift = node.randomMean[index] - means[index]
        variances[index] += weight * (node.randomVariance[index] + shift * shift)
      }
    }
    return (means, variances)
  }
}
