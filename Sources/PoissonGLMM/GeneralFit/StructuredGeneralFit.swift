import Foundation

/// `structured` and `mean-field` for any design: q(theta) q(phi) with q(phi) a product of normals
/// N(m_a, r_a), both at the maximum of the joint bound
///
///     F(E Sigma^-1, E log|Sigma|) + E log p(phi) + sum_a 1/2 log(2 pi e r_a)
///
/// where F has the expectations of Sigma_k^-1 and log|Sigma_k| in place of their values. The bound
/// is maximized over (m, log r), with q(theta) at its optimum for each: q(theta) has no slope
/// there, so that the gradient needs its second moments only.
struct StructuredGeneralFit {
  let phiMean: [Double]
  let phiVariance: [Double]
  let fixedMean: [Double]
  let fixedCovariance: Matrix
  let randomMean: [Double]
  let randomVariance: [Double]
  /// w, the weights of the rows in S^-1 = A' diag(w) A + Lambda, in the layout's order of rows.
  let rowWeights: [Double]
  let optimization: OptimizationSummary

  /// At the end 1e-7 of an SD from the optimum, and 3e-5 on the way.
  private static let tolerance = 1e-14
  private static let climbingTolerance = 1e-9
  /// What the bound may still rise.
  private static let riseTolerance = 1e-7

  init(_ problem: GeneralProblem, options: FitOptions) throws(FitError) {
    let isMeanField = options.approximation == .meanField
    let maximizer = problem.maximizer(isMeanField: isMeanField)
    let h = problem.hyperparameters.count
    var iterations = 0
    var bounds: [Double] = []
    var roundingError = 0.0
    var reason = StopReason.converged
    // With informative data a log SD has the variance 1 / (2 G), and so has a z, nearly.
    let variances = problem.typicalVariances
    let start = problem.startingHyperparameters + variances.map { log($0) }

    func evaluate(
      _ point: [Double], _ start: DoubleStorage?, tolerance: Double
    ) throws(FitError) -> HyperparameterMode<DoubleStorage>.Evaluation? {
      let moments = problem.hyperparameters.moments(
        means: Array(point[..<h]), variances: point[h...].map { exp($0) })
      let prior = problem.prior(
        precisions: moments.precisions, logDeterminants: moments.logDeterminants)
      let monitor = try maximizer.maximize(
        under: prior, from: start, tolerance: tolerance,
        maximumIterations: options.maximumIterations)
      let summary = monitor.summary
      iterations += summary.iterations
      roundingError = max(roundingError, summary.boundRoundingError)
      reason = summary.stopReason
      let secondMoments = problem.levels.indices.map { maximizer.secondMoments(ofFactor: $0) }
      let gradient = moments.gradient(
        levels: problem.levels, secondMoments: secondMoments, problem.hyperparameterPrior)
      let bound =
        maximizer.level.bound + moments.logPriorAndEntropy(problem.hyperparameterPrior)
      if bound > bounds.last ?? -.infinity { bounds.append(bound) }
      let state = DoubleStorage(count: maximizer.optimum.vector.count)
      state.copy(from: maximizer.optimum.vector)
      return .init(state: state, value: bound, gradient: gradient.means + gradient.logVariances)
    }

    // The bound's curvature in log r is 1/2 where r is optimal.
    let mode = try HyperparameterMode<DoubleStorage>(
      from: start, tolerance: Self.riseTolerance, scales: variances + variances.map { _ in 2 },
      needsCurvature: false
    ) { (point, start) throws(FitError) in
      try evaluate(point, start, tolerance: Self.climbingTolerance)
    }
    _ = try evaluate(mode.point, mode.evaluation.state, tolerance: Self.tolerance)
    phiMean = Array(mode.point[..<h])
    phiVariance = mode.point[h...].map { exp($0) }
    let optimum = maximizer.optimum
    fixedMean = problem.fixedPart(optimum.means)
    let effects = DoubleStorage(count: problem.layout.effectCount)
    maximizer.variances(into: effects)
    fixedCovariance =
      isMeanField
      ? Matrix(diagonal: problem.fixedPart(effects)) : maximizer.factor.fixedCovariance()
    randomMean = problem.randomPart(optimum.means)
    randomVariance = problem.randomPart(effects)
    rowWeights = optimum.precisionWeights.array
    optimization = OptimizationSummary(
      bounds: bounds, boundRoundingError: roundingError, stopReason: reason,
      iterations: iterations)
  }
}
