import PlatformEssentials

/// A fit of a design whose precision matrix cannot be factored: `IterativeGaussian` in place of the
/// exact Gaussian.
///
/// The log density of the hyperparameters is known by its gradient, which needs only the effects'
/// second moments. `structured` maximizes the joint bound of its independent normals. `integrated`
/// and `corrected` have `IterativeQuadrature` around the mode of p(phi) exp(F + R), R = 0 for
/// `integrated`; the means of the effects follow linearly what of phi is normal.
struct IterativeGeneralFit {
  /// One for every value of the hyperparameters that are integrated over.
  let nodes: [IterativeQuadrature.Node]
  /// nil under `structured`.
  let quadrature: IterativeQuadrature?
  /// The bound of the block family.
  let bound: Double
  let optimization: OptimizationSummary
  let warnings: [String]

  init(
    _ problem: GeneralProblem, options: FitOptions, factorNames: [String],
    maximumFewLevelDimensions: Int
  ) throws(FitError) {
    let order = problem.layout.pattern.denseOrder
    guard options.approximation != .meanField else {
      throw FitError(
        "mean-field is not available for factors that are crossed so that a dense matrix of order "
          + "\(order) would be needed: at most \(EffectLayout.largestTrailingBlock) are supported. "
          + "structured, integrated and corrected need no such matrix.")
    }
    // Linear response here has one weight a row.
    guard problem.hyperparameterCount == problem.hyperparameters.count else {
      throw FitError(
        "Factors that are crossed so that a dense matrix of order \(order) would be needed are "
          + "supported for Poisson counts only: at most \(EffectLayout.largestTrailingBlock) are "
          + "for other families.")
    }
    let fit = IterativeConditionalFit(
      problem, isCorrected: options.approximation == .corrected)
    let gaussian = fit.gaussian
    let (prior, ownTerms): (EffectPrior, Double)
    let isDone: Bool
    if options.approximation == .structured {
      let point = try Self.jointMode(problem, gaussian)
      let h = problem.hyperparameters.count
      let moments = problem.ascent.moments(at: point)
      prior = problem.prior(moments)
      ownTerms = moments.logPriorAndEntropy(problem.hyperparameterPriors)
      gaussian.maximize(under: prior)
      isDone = gaussian.hasConverged
      nodes = [
        .init(
          weight: 1, phi: Array(point[..<h]), phiVariance: point[h...].map { exp($0) },
          moments: fit.moments())
      ]
      quadrature = nil
    } else {
      let mode = try IterativeMode(fit)
      isDone = gaussian.hasConverged
      prior = problem.prior(at: mode.point)
      // Laplace's integral over phi.
      ownTerms =
        problem.hyperparameters.logPrior(at: mode.point, problem.hyperparameterPriors)
        + 0.5 * (mode.covariance.logDeterminant + Double(mode.point.count) * log(2 * .pi))
      let quadrature = try IterativeQuadrature(
        fit, mode: mode, maximumDimensions: maximumFewLevelDimensions)
      nodes = quadrature.nodes
      self.quadrature = quadrature
    }
    bound = gaussian.blockBound(under: prior) + ownTerms
    var summary = OptimizationSummary(
      bounds: [bound], boundRoundingError: 4e-16 * bound.magnitude,
      stopReason: isDone && bound.isFinite ? .converged : .iterationLimit,
      iterations: gaussian.iterations)
    summary.integration = IntegrationBranch.set([
      .iterativeNormal: quadrature?.places.isEmpty == true,
      .iterativeLattice: quadrature?.places.isEmpty == false,
    ])
    optimization = summary
    warnings =
      IterativeWarnings(
        problem, options.approximation, factorNames: factorNames, quadrature: quadrature
      ).all
  }

  // MARK: Hyperparameters under structured

  /// (m, log r) at the maximum of the joint bound.
  private static func jointMode(
    _ problem: GeneralProblem, _ gaussian: IterativeGaussian
  ) throws(FitError) -> [Double] {
    let h = problem.hyperparameters.count
    let (ascent, start) = (problem.ascent, problem.startingPosterior)
    try gaussian.start(under: problem.prior(ascent.moments(at: start)))
    return try GradientClimb.mode(
      from: start, scales: problem.typicalVariances + [Double](repeating: 2, count: h)
    ) { (point) throws(FitError) in
      let moments = ascent.moments(at: point)
      gaussian.maximize(under: problem.prior(moments))
      let slopes = moments.gradient(
        levels: problem.levels, secondMoments: gaussian.secondMoments,
        problem.hyperparameterPriors)
      return slopes.means + slopes.logVariances
    }
  }
}
