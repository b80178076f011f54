import Foundation

/// `integrated` and `corrected` for any design: q(theta | phi) Gaussian at every node of a lattice
/// over the hyperparameters, whose own distribution is proportional to p(phi) exp(F(phi)) or, under
/// `corrected`, to p(phi) exp(F(phi) + R(phi)).
struct IntegratedGeneralFit {
  /// Nodes with their weights, which add up to 1.
  let nodes: [(weight: Double, content: NodeVisit.Content)]
  let bound: Double
  let logEvidence: Double?
  let optimization: OptimizationSummary
  let warnings: [String]
  let posterior: HyperparameterPosterior

  /// The most hyperparameters that a lattice can integrate over.
  static let maximumDimensions = 6

  init(_ problem: GeneralProblem, options: FitOptions) throws(FitError) {
    let isCorrected = options.approximation == .corrected
    let h = problem.hyperparameters.count
    guard h <= Self.maximumDimensions else {
      throw FitError(
        "There are \(h) log standard deviations and correlations: "
          + "\(options.approximation.rawValue) integrates over at most \(Self.maximumDimensions); "
          + "structured takes any number.")
    }
    let conditional = ConditionalGaussianFit(problem)
    let limit = options.maximumIterations
    var iterations = 0
    // The optimum of `structured` is near, and its q(phi) tells the curvature well enough.
    let near = try StructuredGeneralFit.approximate(problem)
    iterations += near.iterations
    let mode = try HyperparameterMode<DoubleStorage>(
      from: near.phiMean, state: near.state, scales: near.phiVariance
    ) { (phi, start) throws(FitError) in
      let fit = try conditional.maximize(at: phi, from: start, maximumIterations: limit)
      iterations += fit.monitor.summary.iterations
      return .init(state: conditional.state, value: fit.value, gradient: fit.gradient)
    }
    let chart = HyperparameterChart(
      mode: mode.point, curvatures: mode.curvatures, axes: mode.axes,
      isStretched: problem.hyperparameters.isLogSD)
    let rule = LatticeRule.standard(dimensions: h)
    var workers = WorkerPool<ConditionalGaussianFit>()
    let surface =
      h > 1
      ? PosteriorSurface(
        problem, chart: chart, rule: rule, start: mode.evaluation.state, options: options,
        workers: &workers) : nil
    let meanShifts =
      isCorrected
      ? MeanShiftSurface(
        problem, chart: chart, start: mode.evaluation.state, options: options,
        workers: &workers) : nil
    iterations += (surface?.iterations ?? 0) + (meanShifts?.iterations ?? 0)
    let visit = NodeVisit(
      problem: problem, chart: chart, surface: surface, meanShifts: meanShifts,
      isCorrected: isCorrected, maximumIterations: limit)
    let lattice = try HyperparameterLattice<NodeVisit.Content?>(
      chart, rule: rule, from: NodeVisit.State(vector: mode.evaluation.state, correction: 0),
      logSDPriorSD: problem.hyperparameterPrior.logSDSD, threads: options.threads,
      makeWorkspace: { () throws(FitError) in
        problem.conditionalFit(options)
      }, visit: visit.callAsFunction)
    posterior = HyperparameterPosterior(lattice)
    var kept: [(weight: Double, content: NodeVisit.Content)] = []
    var boundTerms: [Double] = []
    for (weight, node) in zip(posterior.weights, lattice.nodes) {
      guard let content = node.content else { continue }
      kept.append((weight, content))
      boundTerms.append(
        content.node.bound
          + problem.hyperparameters.logPrior(at: node.phi, problem.hyperparameterPrior)
          + node.logVolume)
    }
    let total = kept.reduce(0) { $0 + $1.weight }
    for index in kept.indices { kept[index].weight /= total }
    nodes = kept
    let highest = boundTerms.max() ?? -.infinity
    bound = highest + log(boundTerms.reduce(0) { $0 + exp($1 - highest) })
    iterations += kept.reduce(0) { $0 + $1.content.node.iterations }
    let left = kept.reduce(0) { $0 + $1.weight * $1.content.node.lastStep }
    let withoutEvidence = kept.reduce(0) { $0 + ($1.content.hasEvidence ? 0 : $1.weight) }
    logEvidence = isCorrected && withoutEvidence < 0.5 ? posterior.logIntegral : nil
    warnings =
      isCorrected ? Self.warnings(kept, withoutEvidence: withoutEvidence) : []
    optimization = OptimizationSummary(
      bounds: [bound], boundRoundingError: 4e-16 * bound.magnitude,
      stopReason: left < 1e-3 && bound.isFinite ? .converged : .iterationLimit,
      iterations: iterations)
  }

  /// Warnings about what `corrected` had to leave out, if that concerns more than a hundredth of
  /// the posterior.
  private static func warnings(
    _ nodes: [(weight: Double, content: NodeVisit.Content)], withoutEvidence: Double
  ) -> [String] {
    func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * min(share, 1)) }
    func share(_ isOfKind: (NodeVisit.Content) -> Bool) -> Double {
      nodes.reduce(0) { $0 + (isOfKind($1.content) ? $1.weight : 0) }
    }
    var warnings: [String] = []
    if withoutEvidence > 0.01 {
      warnings.append(
        "For \(percent(withoutEvidence)) of the posterior of the standard deviations the evidence "
          + "has no estimate: what corrected adds to integrated there is borrowed.")
    }
    let withoutResponse = share { !$0.hasResponse }
    if withoutResponse > 0.01 {
      warnings.append(
        "For \(percent(withoutResponse)) of the posterior of the standard deviations the linear "
          + "response has no solution: covariances there are those of integrated, which may be too "
          + "small.")
    }
    let wide = share { $0.node.largestVariance > 4 }
    if wide > 0.01 {
      warnings.append(
        "For \(percent(wide)) of the posterior of the standard deviations some linear predictors "
          + "have a variance above 4, where the estimate of the evidence is less exact: the "
          + "posterior of the standard deviations may be a few tenths of an SD off.")
    }
    return warnings
  }
}
