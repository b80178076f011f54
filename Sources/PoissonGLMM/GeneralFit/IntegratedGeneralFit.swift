import PlatformEssentials

/// `integrated` and `corrected` for any design: q(theta | phi) Gaussian at every node of a lattice
/// or a composite design over the hyperparameters, whose own distribution is proportional to p(phi)
/// exp(F(phi)) or, under `corrected`, to p(phi) exp(F(phi) + R(phi)).
struct IntegratedGeneralFit {
  /// Nodes with their weights, which add up to 1.
  let nodes: [(weight: Double, content: NodeVisit.Content)]
  let bound: Double
  let logEvidence: Double?
  let optimization: OptimizationSummary
  let warnings: [String]
  let posterior: HyperparameterPosterior

  /// - Parameter maximumLatticeDimensions: beyond, a composite design takes the lattice's place.
  init(
    _ problem: GeneralProblem, options: FitOptions,
    maximumLatticeDimensions: Int = HyperparameterQuadrature.maximumLatticeDimensions
  ) throws(FitError) {
    let isCorrected = options.approximation == .corrected
    let h = problem.hyperparameterCount
    let usesLattice = h <= maximumLatticeDimensions
    let conditional = ConditionalGaussianFit(problem)
    let limit = options.maximumIterations
    var iterations = 0
    // The optimum of `structured` is near, and its q(phi) tells the curvature well enough.
    let near = try StructuredGeneralFit.approximate(problem)
    iterations += near.iterations
    func search(
      from start: [Double], state: DoubleStorage?
    ) throws(FitError) -> HyperparameterMode<DoubleStorage> {
      try HyperparameterMode<DoubleStorage>(
        from: start, state: state, scales: near.phiVariance
      ) { (phi, start) throws(FitError) in
        let fit = try conditional.maximize(at: phi, from: start, maximumIterations: limit)
        iterations += fit.monitor.summary.iterations
        return .init(state: conditional.state, value: fit.value, gradient: fit.gradient)
      }
    }
    var mode = try search(from: near.phiMean, state: near.state)
    // Zeros may be those of a share, or of small means: there can be a mode of either kind.
    var others: [HyperparameterMode<DoubleStorage>] = []
    for start in problem.otherStarts(near.phiMean) {
      guard let other = try? search(from: start, state: nil) else { continue }
      if other.evaluation.value > mode.evaluation.value {
        others.append(mode)
        mode = other
      } else {
        others.append(other)
      }
    }
    let chart = HyperparameterChart(
      mode: mode.point, curvatures: mode.curvatures, axes: mode.axes,
      isStretched: problem.isStretched)
    let rule = LatticeRule.standard(dimensions: h)
    var workers = WorkerPool<ConditionalGaussianFit>()
    let surface =
      usesLattice && h > 1
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
    let start = NodeVisit.State(vector: mode.evaluation.state, correction: 0)
    let quadrature =
      usesLattice
      ? try HyperparameterQuadrature.lattice(visit, rule: rule, from: start, options: options)
      : try .composite(visit, from: start, options: options)
    posterior = quadrature.posterior
    var kept: [(weight: Double, content: NodeVisit.Content)] = []
    var boundTerms: [Double] = []
    for (weight, point) in zip(posterior.weights, quadrature.points) {
      guard let content = point.content else { continue }
      kept.append((weight, content))
      boundTerms.append(
        content.node.bound
          + problem.logPrior(at: point.phi) + point.logVolume)
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
    let hasSecondMode = others.contains { other in
      let place = chart.coordinates(of: other.point)
      // Beyond the reach of the nodes that were visited, and of a weight that is seen.
      return other.evaluation.value > mode.evaluation.value - Self.depthOfModes
        && !quadrature.points.contains { point in
          point.content != nil
            && zip(chart.coordinates(of: point.phi), place).allSatisfy { ($0 - $1).magnitude < 2 }
        }
    }
    warnings =
      (hasSecondMode ? [Self.secondMode] : []) + quadrature.warnings
      + (isCorrected ? Self.warnings(kept, withoutEvidence: withoutEvidence) : [])
    let reason: StopReason = left < 1e-3 && bound.isFinite ? .converged : .iterationLimit
    var summary = OptimizationSummary(
      bounds: [bound], boundRoundingError: 4e-16 * bound.magnitude,
      stopReason: usesLattice || quadrature.isSpread ? reason : .stalled, iterations: iterations)
    summary.integration = IntegrationBranch.set([
      !usesLattice ? .generalComposite : rule.branch(dimensions: h): true,
      .generalPolynomials: surface?.hasFits == true,
      .generalCorrectionPolynomials: surface?.hasFits == false,
      .generalNodes: usesLattice && h > 1 && surface == nil,
      .generalMeanShifts: meanShifts != nil,
      .generalMissingEvidence: isCorrected && withoutEvidence > 0,
      .generalMissingResponse: isCorrected && kept.contains { !$0.content.hasResponse },
      .generalOtherStarts: !others.isEmpty && !hasSecondMode,
      .generalSecondMode: hasSecondMode,
    ])
    optimization = summary
  }

  /// A mode so far below the highest has less than a hundredth of its weight, if it is as wide.
  private static let depthOfModes = 4.6
  private static let secondMode =
    "The posterior has two modes: the zeros may be those of a share, or of small means. Only the "
    + "higher one is described; a model without the zero share, or one without a size, tells what "
    + "the other says."

  /// Warnings about what `corrected` had to leave out, if that concerns more than a hundredth of
  /// the posterior.
  private static func warnings(
    _ nodes: [(weight: Double, content: NodeVisit.Content)], withoutEvidence: Double
  ) -> [String] {
    func percent(_ share: Double) -> String { String(printf: "%.0f %%", 100 * min(share, 1)) }
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
