/// What is done at a node of the lattice: a fit with its corrections, or polynomials in their place
/// where these are near enough.
struct NodeVisit: Sendable {
  /// What is kept of a node.
  struct Content: Sendable {
    let node: ConditionalGaussian
    /// Whether the evidence is corrected if it is to be.
    let hasEvidence: Bool
    /// Whether covariances are those of linear response.
    let hasResponse: Bool
  }

  /// A fit to start others from, and what its evidence was corrected by.
  struct State: Sendable {
    let vector: DoubleStorage
    let correction: Double
  }

  typealias Visit = HyperparameterLattice<Content?>.Visit<State>

  let problem: GeneralProblem
  let chart: HyperparameterChart
  /// nil where every node is fitted and corrected for itself.
  let surface: PosteriorSurface?
  let meanShifts: MeanShiftSurface?
  let isCorrected: Bool
  let maximumIterations: Int

  /// - Parameters:
  ///   - start: the state of a node nearby.
  ///   - floor: nodes of a lower log density have no weight, and need no corrections.
  /// - Throws: `FitError` if the fit has no finite start.
  func callAsFunction(
    _ workspace: ConditionalGaussianFit, _ phi: [Double], _ start: State, _ floor: Double
  ) throws(FitError) -> Visit? {
    let y = chart.coordinates(of: phi)
    if let surface, surface.hasFits {
      return interpolated(surface, at: y, phi: phi, start: start, floor: floor)
    }
    let fit = try workspace.maximize(
      at: phi, from: start.vector, maximumIterations: maximumIterations)
    let near = surface.flatMap { $0.holds(at: y) ? $0 : nil }
    // What the evidence of a neighbour was corrected by tells whether this one's matters.
    let expected = isCorrected ? near?.evidence(at: y) ?? start.correction : 0
    guard fit.value + expected + 1 > floor else {
      return Visit(
        logDensity: fit.value + expected,
        state: State(vector: workspace.state, correction: expected), content: nil)
    }
    let node = workspace.node(at: phi, fit.monitor)
    let correction =
      isCorrected ? near?.correction(at: y) ?? workspace.correction(of: node) : nil
    let evidence = correction?.evidence ?? expected
    let corrected = correction?.applied(to: node, meanShifts: meanShifts?.shifts(at: y) ?? [])
    return Visit(
      logDensity: fit.value + evidence,
      state: State(vector: workspace.state, correction: evidence),
      content: Content(
        node: corrected ?? node, hasEvidence: !isCorrected || correction?.evidence != nil,
        hasResponse: correction?.response != nil))
  }

  private func interpolated(
    _ surface: PosteriorSurface, at y: [Double], phi: [Double], start: State, floor: Double
  ) -> Visit {
    let value = surface.logDensity(at: y)
    let logDensity = value + (isCorrected ? surface.evidence(at: y) : 0)
    guard logDensity > floor else {
      return Visit(logDensity: logDensity, state: start, content: nil)
    }
    var node = surface.node(at: y, phi: phi, bound: value - problem.logPrior(at: phi))
    if isCorrected {
      node = surface.correction(at: y)
        .applied(to: node, meanShifts: meanShifts?.shifts(at: y) ?? [])
    }
    return Visit(
      logDensity: logDensity, state: start,
      content: Content(node: node, hasEvidence: true, hasResponse: isCorrected))
  }
}
