import Foundation

/// The posterior of the hyperparameters of a design that cannot be factored.
///
/// A factor of few levels says little about its SDs, whose posterior is then skewed, with a tail in
/// which the effects shared by many rows, the intercept above all, vary much. So the hyperparameters
/// psi of these factors are integrated over: on a lattice if there is one of them, over a composite
/// design for up to three. All others are normal given psi, with a mean that is linear in psi as
/// the curvature at the mode has it and a covariance that does not depend on it.
///
/// The log density at psi, the others at that mean, is R there and the integral of the gradient of F
/// + log p(phi) along the way.
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

  /// The most hyperparameters that are integrated over: 60 fits for three.
  static let maximumDimensions = 3

  /// - Parameter maximumDimensions: with more hyperparameters psi all are taken for normal.
  init(
    _ fit: IterativeConditionalFit, mode: IterativeMode,
    maximumDimensions: Int = maximumDimensions
  ) throws(FitError) {
    let few = fit.problem.fewLevelHyperparameters
    places = few.count <= maximumDimensions ? few : []
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
    let priorSD = fit.problem.hyperparameterPrior.logSDSD
    let chart = others.chart(isLogSD: fit.problem.hyperparameters.isLogSD)
    let found: [(weight: Double, content: Content?)]
    if places.count == 1 {
      let lattice = try HyperparameterLattice<Content?>(
        chart, rule: .standard(dimensions: 1), from: start, logSDPriorSD: priorSD,
        makeWorkspace: { fit }
      ) { (fit, psi, start, floor) throws(FitError) in
        let (place, correction, isWorthwhile) = Self.visit(fit, others.point(psi), start, floor)
        return .init(
          logDensity: place.value + correction,
          state: State(place: place, correction: correction),
          content: isWorthwhile ? Content(phi: place.point, moments: fit.moments()) : nil)
      }
      let posterior = HyperparameterPosterior(lattice)
      found = zip(posterior.weights, lattice.nodes).map { ($0, $1.content) }
      self.posterior = posterior
    } else {
      let composite = try HyperparameterComposite<Content>(
        chart, from: start, makeWorkspace: { fit }
      ) { (fit, psi, start, floor) throws(FitError) in
        let (place, correction, _) = Self.visit(fit, others.point(psi), start, floor)
        return .init(
          logDensity: place.value + correction,
          state: State(place: place, correction: correction),
          content: Content(phi: place.point, moments: fit.moments()))
      }
      var lines: [HyperparameterPosterior] = []
      for axis in places.indices {
        lines.append(
          try HyperparameterPosterior(
            along: HyperparameterLine(chart, axis: axis, variances: composite.scales.variances),
            from: start, logSDPriorSD: priorSD, threads: 1, makeWorkspace: { fit }
          ) { (fit, psi, start, floor) throws(FitError) in
            let (place, correction, _) = Self.visit(fit, others.point(psi), start, floor)
            return .init(
              logDensity: place.value + correction,
              state: State(place: place, correction: correction), content: ())
          })
      }
      let posterior = HyperparameterPosterior(composite, lines: lines)
      found = zip(posterior.weights, composite.nodes).map { ($0, $1.content) }
      self.posterior = posterior
    }
    let total = found.reduce(0) { $0 + ($1.content == nil ? 0 : $1.weight) }
    nodes = found.compactMap { weight, content in
      content.map { node(weight / total, $0) }
    }
  }

  /// The log density at phi, up to R, and R.
  /// - Parameter floor: below, R is that of the neighbour, and the fit is worth nothing more.
  private static func visit(
    _ fit: IterativeConditionalFit, _ phi: [Double], _ start: State, _ floor: Double
  ) -> (place: GradientClimb.Place, correction: Double, isWorthwhile: Bool) {
    let middle = fit.gradient(at: zip(start.place.point, phi).map { 0.5 * ($0 + $1) })
    let place = start.place.next(phi, gradient: fit.gradient(at: phi), middle: middle)
    guard place.value + start.correction + 1 > floor else {
      return (place, start.correction, false)
    }
    return (place, fit.evidence?.value() ?? 0, true)
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

/// A normal of phi given some of its elements, psi.
private struct ConditionalNormal: Sendable {
  private let mean: [Double]
  private let places: [Int]
  /// Cov(phi, psi) Cov(psi)^-1, h x k.
  private let gain: Matrix
  private let own: SymmetricEigenvectors
  /// Cov(phi | psi), h x h.
  let covariance: Matrix

  init(_ mean: [Double], _ covariance: Matrix, given places: [Int]) {
    (self.mean, self.places) = (mean, places)
    var own = Matrix(order: places.count)
    var across = Matrix(rows: mean.count, columns: places.count)
    for (k, place) in places.enumerated() {
      for (l, other) in places.enumerated() { own[k, l] = covariance[place, other] }
      for a in mean.indices { across[a, k] = covariance[a, place] }
    }
    self.own = SymmetricEigenvectors(own)
    gain = across * self.own.matrix { 1 / $0 }
    let known = gain * across.transposed
    var rest = covariance
    for i in mean.indices {
      for j in mean.indices {
        let isKnown = places.contains(i) || places.contains(j)
        rest[i, j] = isKnown ? 0 : rest[i, j] - known[i, j]
      }
    }
    self.covariance = rest
  }

  /// E phi given psi.
  func point(_ psi: [Double]) -> [Double] {
    let shift = gain * zip(psi, places).map { $0 - mean[$1] }
    var phi = zip(mean, shift).map(+)
    for (place, value) in zip(places, psi) { phi[place] = value }
    return phi
  }

  /// Coordinates of psi.
  func chart(isLogSD: [Bool]) -> HyperparameterChart {
    HyperparameterChart(
      mode: places.map { mean[$0] }, curvatures: own.values.map { 1 / $0 }, axes: own.vectors,
      isStretched: places.map { isLogSD[$0] })
  }
}
