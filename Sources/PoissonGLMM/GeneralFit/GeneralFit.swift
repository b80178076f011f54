import PlatformEssentials

/// The fit of a model with several grouping factors or correlated terms.
struct GeneralFit {
  private let problem: GeneralProblem
  private let options: FitOptions
  private let maximumLatticeDimensions: Int
  /// Whether P is too large to be factored.
  private let isIterative: Bool
  private let factorNames: [String]
  private let maximumFewLevelDimensions: Int

  /// - Parameters:
  ///   - maximumLatticeDimensions: with more hyperparameters, `integrated` and `corrected` take a
  ///     composite design.
  ///   - largestTrailingBlock: with a larger one P is not factored.
  ///   - maximumFewLevelDimensions: how many hyperparameters of factors of few levels are
  ///     integrated over there.
  init(
    _ data: DesignData, priors: Priors, options: FitOptions,
    maximumLatticeDimensions: Int = HyperparameterQuadrature.maximumLatticeDimensions,
    largestTrailingBlock: Int = EffectLayout.largestTrailingBlock,
    maximumFewLevelDimensions: Int = IterativeQuadrature.maximumDimensions
  ) throws(FitError) {
    problem = try GeneralProblem(data, priors: priors, largestTrailingBlock: nil)
    isIterative = problem.layout.pattern.denseOrder > largestTrailingBlock
    factorNames = data.factors.map(\.name)
    self.options = options
    self.maximumLatticeDimensions = maximumLatticeDimensions
    self.maximumFewLevelDimensions = maximumFewLevelDimensions
  }

  /// - Parameter effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  func approximated(_ effectMatrix: Matrix?) throws(FitError) -> ApproximatedPosterior {
    if isIterative {
      let fit = try IterativeGeneralFit(
        problem, options: options, factorNames: factorNames,
        maximumFewLevelDimensions: maximumFewLevelDimensions)
      return ApproximatedPosterior(
        posterior: posterior(fit, effectMatrix),
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
    _ fit: StructuredGeneralFit, _ effectMatrix: Matrix?,
    covarianceSource: GaussianPosterior.CovarianceSource
  ) -> Posterior {
    var gaussian = GaussianPosterior(
      logSDMean: problem.logSDs(fit.phiMean), logSDVariance: problem.logSDs(fit.phiVariance),
      fixedMean: fit.fixedMean, fixedCovariance: fit.fixedCovariance, randomMean: fit.randomMean,
      randomVariance: fit.randomVariance, covarianceSource: covarianceSource)
    gaussian.correlationMean = problem.partialCorrelations(fit.phiMean)
    gaussian.correlationVariance = problem.partialCorrelations(fit.phiVariance)
    gaussian.familyMean = problem.familyParameters(fit.phiMean)
    gaussian.familyVariance = problem.familyParameters(fit.phiVariance)
    gaussian.rowWeights = fit.rowWeights
    let correlations = problem.correlations.map {
      Marginal(correlation: $0, means: fit.phiMean, variances: fit.phiVariance)
    }
    return Posterior(gaussian.transformed(by: effectMatrix), correlations: correlations)
  }

  private func posterior(_ fit: IntegratedGeneralFit, _ effectMatrix: Matrix?) -> Posterior {
    let marginals = (0..<problem.hyperparameterCount).map { fit.posterior.marginal($0) }
    let isLogSD = problem.hyperparameters.isLogSD
    let (randomMean, randomVariance) = randomMoments(
      fit.nodes.map { ($0.weight, $0.content.node.randomMean, $0.content.node.randomVariance) })
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
        gaussian.familyMean = problem.familyParameters(node.phi)
        gaussian.familyVariance = gaussian.familyMean.map { _ in 0 }
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
      familyParameters: Array(marginals.dropFirst(isLogSD.count)),
      randomMean: randomMean, randomVariance: randomVariance)
  }

  private func posterior(_ fit: IterativeGeneralFit, _ effectMatrix: Matrix?) -> Posterior {
    guard let node = fit.nodes.first else { preconditionFailure("a fit has a node") }
    let marginals = node.phi.indices.map { a in
      fit.quadrature?.marginal(a)
        ?? Marginal(mean: node.phi[a], standardDeviation: node.phiVariance[a].squareRoot())
    }
    let isLogSD = problem.hyperparameters.isLogSD
    let (randomMean, randomVariance) = randomMoments(
      fit.nodes.map { ($0.weight, $0.moments.randomMean, $0.moments.randomVariance) })
    return Posterior(
      components: fit.nodes.map { node in
        let moments = node.moments
        var gaussian = GaussianPosterior(
          logSDMean: problem.logSDs(node.phi), logSDVariance: problem.logSDs(node.phiVariance),
          fixedMean: moments.fixedMean, fixedCovariance: moments.fixedCovariance,
          randomMean: moments.randomMean, randomVariance: moments.randomVariance,
          covarianceSource: moments.hasResponse ? .linearResponse : .bound)
        gaussian.correlationMean = problem.partialCorrelations(node.phi)
        gaussian.correlationVariance = problem.partialCorrelations(node.phiVariance)
        return Posterior.Component(
          weight: node.weight, gaussian: gaussian.transformed(by: effectMatrix))
      },
      logSDs: zip(marginals, isLogSD).filter(\.1).map(\.0),
      correlations: problem.correlations.map { correlation in
        fit.quadrature?.marginal(of: correlation)
          ?? Marginal(correlation: correlation, means: node.phi, variances: node.phiVariance)
      },
      partialCorrelations: zip(marginals, isLogSD).filter { !$0.1 }.map(\.0),
      randomMean: randomMean, randomVariance: randomVariance)
  }

  /// Mean and variance of every random effect over the nodes.
  private func randomMoments(
    _ nodes: [(weight: Double, means: [Double], variances: [Double])]
  ) -> (means: [Double], variances: [Double]) {
    var means = [Double](repeating: 0, count: nodes.first?.means.count ?? 0)
    var variances = means
    for node in nodes {
      for index in means.indices { means[index] += node.weight * node.means[index] }
    }
    for node in nodes {
      for index in means.indices {
        let shift = node.means[index] - means[index]
        variances[index] += node.weight * (node.variances[index] + shift * shift)
      }
    }
    return (means, variances)
  }
}
