import PlatformEssentials

/// Where `integrated` and `corrected` fit the Gaussian, and the posterior of the hyperparameters
/// that the densities there give.
struct HyperparameterQuadrature {
  /// A value of the hyperparameters, the log of the volume that it stands for, and the fit; nil
  /// where the density is next to nothing.
  typealias Point = (phi: [Double], logVolume: Double, content: NodeVisit.Content?)

  /// The most hyperparameters for which a lattice is affordable: some 3,000 nodes.
  static let maximumLatticeDimensions = 6

  let posterior: HyperparameterPosterior
  /// By weight of the posterior.
  let points: [Point]
  /// What it costs.
  let warnings: [String]

  /// Whether the posterior lies on several points: one that carries nearly all of it says that the
  /// others are too far away.
  var isSpread: Bool { posterior.weights.count > 1 && posterior.weights.allSatisfy { $0 < 0.9 } }

  /// A lattice, whose error is below what anybody sees.
  static func lattice(
    _ visit: NodeVisit, rule: LatticeRule, from start: NodeVisit.State, options: FitOptions
  ) throws(FitError) -> HyperparameterQuadrature {
    let problem = visit.problem
    let lattice = try HyperparameterLattice<NodeVisit.Content?>(
      visit.chart, rule: rule, from: start, tailDepth: problem.tailDepth,
      threads: options.threads,
      makeWorkspace: { () throws(FitError) in
        problem.conditionalFit(options)
      }, visit: visit.callAsFunction)
    return HyperparameterQuadrature(
      posterior: HyperparameterPosterior(lattice),
      points: lattice.nodes.map { ($0.phi, $0.logVolume, $0.content) }, warnings: [])
  }

  /// A central composite design for what depends on the hyperparameters, and a line for each of
  /// them.
  static func composite(
    _ visit: NodeVisit, from start: NodeVisit.State, options: FitOptions
  ) throws(FitError) -> HyperparameterQuadrature {
    let problem = visit.problem
    func workspace() throws(FitError) -> ConditionalGaussianFit { problem.conditionalFit(options) }
    let composite = try HyperparameterComposite<NodeVisit.Content?>(
      visit.chart, from: start, threads: options.threads, makeWorkspace: workspace,
      visit: visit.callAsFunction)
    var lines: [HyperparameterPosterior] = []
    for axis in 0..<visit.chart.dimensions {
      let line = HyperparameterLine(
        visit.chart, axis: axis, variances: composite.scales.variances)
      lines.append(
        try HyperparameterPosterior(
          along: line, from: start,
          tailDepth: problem.tailDepth, threads: options.threads,
          makeWorkspace: workspace, visit: visit.height))
    }
    return HyperparameterQuadrature(
      posterior: HyperparameterPosterior(composite, lines: lines),
      points: composite.nodes.map { ($0.phi, $0.logVolume, $0.content) },
      warnings: [compositeWarning(dimensions: visit.chart.dimensions)])
  }

  /// The sizes are the largest differences from the lattice in twelve designs with three to six
  /// hyperparameters, which `CompositeAccuracyTests` hold.
  static func compositeWarning(dimensions: Int) -> String {
    "There are \(dimensions) log standard deviations and correlations. More than "
      + "\(maximumLatticeDimensions) are integrated over at a few points only. In models with "
      + "fewer of them, compared with full integration, means of the fixed effects were within "
      + "0.03 SD and their SDs within 4 %; means of random effects within 0.15 SD and their SDs "
      + "within 20 %. Log standard deviations and correlations are rough: means up to 0.25 SD off, "
      + "SDs up to 25 % too small and, where a distribution is very skewed, the lower end of its "
      + "95 % interval up to 1.2 SD too high. A log evidence was up to 0.1 too low. || in place "
      + "of | leaves out correlations, but for those of the levels of a factor: (1 | f:g) has one "
      + "standard deviation for them."
  }
}

extension NodeVisit {
  /// The log density alone, from a fit.
  func height(
    _ workspace: ConditionalGaussianFit, _ phi: [Double], _ start: State, _ floor: Double
  ) throws(FitError) -> HyperparameterLattice<Void>.Visit<State>? {
    let fit = try workspace.maximize(
      at: phi, from: start.vector, maximumIterations: maximumIterations)
    var correction = start.correction
    if isCorrected, fit.value + correction + 1 > floor {
      correction = workspace.evidenceCorrection() ?? correction
    }
    return .init(
      logDensity: fit.value + correction,
      state: State(vector: workspace.state, correction: correction), content: ())
  }
}
