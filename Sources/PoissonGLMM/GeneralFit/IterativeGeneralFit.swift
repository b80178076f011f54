import Foundation

/// A fit of a design whose precision matrix cannot be factored: `IterativeGaussian` in place of the
/// exact Gaussian, and normals for the hyperparameters.
///
/// Their log density is known by its gradient, which needs only the effects' second moments.
/// `structured` maximizes the joint bound of its independent normals. `integrated` and `corrected`
/// take the normal at the mode of p(phi) exp(F + R), R = 0 for `integrated`, and let the means of
/// the effects follow phi linearly: with tens of thousands of levels its posterior is narrow.
struct IterativeGeneralFit: NormalGeneralFit {
  let phiMean: [Double]
  let phiVariance: [Double]
  private let effects: IterativeMoments
  let rowWeights: [Double] = []
  /// The bound of the block family.
  let bound: Double
  let optimization: OptimizationSummary
  let warnings: [String]

  var fixedMean: [Double] { effects.fixedMean }
  var fixedCovariance: Matrix { effects.fixedCovariance }
  var randomMean: [Double] { effects.randomMean }
  var randomVariance: [Double] { effects.randomVariance }

  init(_ problem: GeneralProblem, options: FitOptions) throws(FitError) {
    guard options.approximation != .meanField else {
      throw FitError(
        "mean-field is not available for factors that are crossed so that a dense matrix of order "
          + "\(problem.layout.pattern.denseOrder) would be needed: at most "
          + "\(EffectLayout.largestTrailingBlock) are supported. structured, integrated and "
          + "corrected need no such matrix.")
    }
    let gaussian = IterativeGaussian(problem)
    let isCorrected = options.approximation == .corrected
    let (prior, ownTerms): (EffectPrior, Double)
    if options.approximation == .structured {
      let point = try Self.jointMode(problem, gaussian)
      let h = problem.hyperparameters.count
      phiMean = Array(point[..<h])
      phiVariance = point[h...].map { exp($0) }
      let moments = problem.ascent.moments(at: point)
      prior = problem.prior(moments)
      ownTerms = moments.logPriorAndEntropy(problem.hyperparameterPrior)
      gaussian.maximize(under: prior)
      effects = IterativeMoments(gaussian)
    } else {
      let curve = try IterativeMode(problem, gaussian, isCorrected: isCorrected)
      phiMean = curve.point
      phiVariance = curve.point.indices.map { curve.covariance[$0, $0] }
      prior = problem.prior(at: phiMean)
      // Laplace's integral over phi.
      ownTerms =
        problem.hyperparameters.logPrior(at: phiMean, problem.hyperparameterPrior)
        + 0.5 * (curve.covariance.logDeterminant + Double(phiMean.count) * log(2 * .pi))
      var effects = IterativeMoments(gaussian)
      if let evidence = curve.evidence {
        try effects.correct(gaussian, evidence, value: curve.evidenceValue)
      }
      effects.follow(curve, problem)
      self.effects = effects
    }
    let (hasConverged, lastStep) = (gaussian.hasConverged, gaussian.lastStep)
    bound = gaussian.blockBound(under: prior) + ownTerms
    optimization = OptimizationSummary(
      bounds: [bound], boundRoundingError: 4e-16 * bound.magnitude,
      stopReason: hasConverged && lastStep.isFinite ? .converged : .iterationLimit,
      iterations: gaussian.iterations)
    warnings = [Self.warning(problem, options)]
  }

  private static func warning(_ problem: GeneralProblem, _ options: FitOptions) -> String {
    let draws = Panel.width * IterativeGaussian.probeCount
    return
      "The factors are crossed so that a dense matrix of order "
      + "\(problem.layout.pattern.denseOrder) would be needed: \(options.approximation.rawValue) "
      + "is approximated by conjugate gradients and \(draws) draws (variances of random effects "
      + "have an error of 2 % or so)"
      + (options.approximation == .structured
        ? "" : ", with normal posteriors of the standard deviations in place of the integral")
      + "; the bound is that of independent factors, far below the evidence, and there are no "
      + "predictions."
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
        problem.hyperparameterPrior)
      return slopes.means + slopes.logVariances
    }
  }
}
