import PlatformEssentials

/// The posterior of the hyperparameters of a design that cannot be factored.
///
/// A factor of few levels says little about its SDs, whose posterior is then skewed, with a tail in
/// which the effects shared by many rows, the intercept above all, vary much. So the
/// hyperparameters psi of these factors are integrated over, on a lattice of up to three
/// dimensions. All others are normal given psi, with a mean that is linear in psi as the curvature
/// at the mode has it and a covariance that does not depend on it.
///
/// The log density at psi, the others at that mean, is R there and the integral of the gradient of
/// F + log p(phi) along the way.
struct IterativeQuadrature: Sendable {
  /// The effects at a value of psi.
  struct Node: Sendable {
    let weight: Double
    /// The hyperparameters' means given psi, and their variances, 0 for psi.
    let phi: [Double]
    let phiVariance: [Double]
    let moments: IterativeMoments
  }

  /// What is kept of a visit.
  private struct Content: Sendable {
    let phi: [Double]
    let moments: IterativeMoments
  }

  private struct State: Sendable {
    let place: GradientClimb.Place
    let correction: Double
  }

  let nodes: [Node]
  /// Where psi is in phi.
  let places: [Int]
  /// That of psi; nil if there is none.
  let posterior: HyperparameterPosterior?

  /// The most hyperparameters that are integrated over, those of the factors with fewest levels: a
  /// lattice has some 13, 60 or 150 nodes.
  static let maximumDimensions = 3

  init(
    _ fit: IterativeConditionalFit, mode: IterativeMode,
    maximumDimensions: Int = maximumDimensions
  ) throws(FitError) {
    places = fit.problem.fewLevelHyperparameters(maximumCount: maximumDimensions)
    let meanShifts = fit.evidence == nil ? [] : fit.meanShifts(center: mode.evidenceValue)
    let others = ConditionalNormal(mode.point, mode.covariance, given: places)
    func node(_ weight: Double, _ content: Content) -> Node {
      var moments = content.moments
      moments.shift(by: meanShifts)
      moments.follow(others.covariance, slopes: mode.slopes, fit.problem)
      return Node(
        weight: weight, phi: content.phi, phiVariance: others.covariance.diagonal,
        moments: moments)
    }
    guard !places.isEmpty else {
      posterior = nil
      _ = fit.gradient(at: mode.point)
      nodes = [node(1, Content(phi: mode.point, moments: fit.moments()))]
      return
    }
    let start = State(
      place: .init(point: mode.point, value: 0, gradient: mode.gradient),
      correction: mode.evidenceValue)
    let lattice = try HyperparameterLattice<Content?>(
      others.chart(isLogSD: fit.problem.hyperparameters.isLogSD),
      rule: .standard(dimensions: places.count), from: start,
      tailDepth: fit.problem.tailDepth, makeWorkspace: { fit },
      visit: { (fit, psi, start, floor) throws(FitError) in
        Self.visit(fit, others.point(psi), start, floor)
      })
    let posterior = HyperparameterPosterior(lattice)
    self.posterior = posterior
    let found = zip(posterior.weights, lattice.nodes.map(\.content))
    let total = found.reduce(0) { $0 + ($1.1 == nil ? 0 : $1.0) }
    nodes = found.compactMap { weight, content in
      content.map { node(weight / total, $0) }
    }
  }

  /// The fit at phi and the log density there.
  /// - Parameter floor: below, R is that of the neighbour, and nothing is kept.
  private static func visit(
    _ fit: IterativeConditionalFit, _ phi: [Double], _ start: State, _ floor: Double
  ) -> HyperparameterLattice<Content?>.Visit<State> {
    let middle = fit.gradient(at: zip(start.place.point, phi).map { 0.5 * ($0 + $1) })
    let place = start.place.next(phi, gradient: fit.gradient(at: phi), middle: middle)
    guard place.value + start.correction + 1 > floor else {
      return .init(
        logDensity: place.value + start.correction,
        state: State(place: place, correction: start.correction), content: nil)
    }
    let correction = fit.evidence?.value() ?? 0
    return .init(
      logDensity: place.value + correction, state: State(place: place, correction: correction),
      content: Content(phi: phi, moments: fit.moments()))
  }

  // MARK: Distributions

  var phiMean: [Double] {
    nodes[0].phi.indices.map { a in nodes.reduce(0) { $0 + $1.weight * $1.phi[a] } }
  }

  var phiVariance: [Double] {
    phiMean.enumerated().map { a, mean in
      nodes.reduce(0) {
        $0 + $1.weight * ($1.phiVariance[a] + ($1.phi[a] - mean) * ($1.phi[a] - mean))
      }
    }
  }

  /// The distribution of a hyperparameter.
  func marginal(_ a: Int) -> Marginal {
    if let posterior, let k = places.firstIndex(of: a) { return posterior.marginal(k) }
    return Posterior.marginal(nodes.map { ($0.weight, $0.phi[a], $0.phiVariance[a]) })
  }

  /// The distribution of a correlation.
  func marginal(of correlation: HyperparameterCorrelation) -> Marginal {
    guard let posterior, correlation.hyperparameters.allSatisfy(places.contains) else {
      return Marginal(correlation: correlation, means: phiMean, variances: phiVariance)
    }
    if let z = correlation.soleHyperparameter, let k = places.firstIndex(of: z) {
      return posterior.marginal(k, scale: .hyperbolicTangent)
    }
    let mean = phiMean
    return posterior.marginal(ofCorrelation: { psi in
      var phi = mean
      for (place, value) in zip(places, psi) { phi[place] = value }
      return correlation.value(phi)
    })
  }
}

extension GeneralProblem {
  /// The hyperparameters of factors of few levels, whose columns of S are solved for: those of the
  /// factors with fewest levels, whole, as far as there are no more than `maximumCount`.
  func fewLevelHyperparameters(maximumCount: Int) -> [Int] {
    var left = maximumCount
    let factors = layout.solvedPlaces.map { layout.eliminationOrder[$0] }.filter { factor in
      left -= hyperparameters.ranges[factor].count
      return left >= 0
    }
    return factors.sorted().flatMap { hyperparameters.ranges[$0] }
  }
}
