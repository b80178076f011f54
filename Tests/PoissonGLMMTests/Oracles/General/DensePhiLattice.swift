import Foundation

/// The posterior of phi on a lattice, phi = mode + spacing C k, C = V w^-1/2 from the curvature
/// V diag(w) V' at the mode of F(phi) + log p(phi). The k are integer vectors; from four dimensions
/// on, those and their shifts by (1/2, ..., 1/2), the body-centred lattice, which is content with a
/// wider spacing.
///
/// All nodes weigh alike: the trapezoid rule, whose error for a smooth density falls as
/// exp(-2 pi^2 / spacing^2), or exp(-4 pi^2 / spacing^2) if body-centred. The lattice grows from
/// the mode: the neighbours of a node are visited if its log density is within `cut` of the highest
/// so far, however far out: with few groups a log SD has a long tail downwards.
struct DensePhiLattice {
  struct Node {
    let phi: [Double]
    /// m of theta.
    let mean: [Double]
    /// The diagonal of S.
    let variances: [Double]
    /// The diagonal of P_eff^-1.
    let responseVariances: [Double]
    /// F(phi) + log p(phi).
    let boundDensity: Double
    /// R(phi) from all pairs of rows.
    let repair: Double
    /// The same in cluster form.
    let clusterRepair: Double
    /// What own-effect quadrature adds to R; nil unless asked for.
    let ownEffectRepair: Double?
    /// dR/dt of the fixed effects; empty unless asked for.
    let meanRepairs: [Double]
  }

  let surface: DensePhiSurface
  let nodes: [Node]
  /// The volume of phi that a node stands for: spacing^h |C|, half of it if body-centred.
  let cellVolume: Double

  /// Nil if no mode is found, or a fit at a node does not converge.
  ///
  /// With the spacing and the cut of the defaults, integrals of a density near a normal one are
  /// good to 1e-4 in up to three dimensions, to 1e-3 beyond.
  /// - Parameters:
  ///   - isBodyCentred: if nil, from four dimensions on.
  ///   - spacing: 1, or 1.7 for the body-centred lattice, if nil.
  ///   - isCompleted: whether to add own-effect quadrature, and to differentiate R for each fixed
  ///     effect, which takes two more fits a node and effect.
  init?(
    _ surface: DensePhiSurface, isBodyCentred: Bool? = nil, spacing: Double? = nil,
    cut: Double = 10, isCompleted: Bool = false
  ) {
    let model = surface.model
    let h = model.hyperparameterCount
    guard let mode = surface.mode() else { return nil }
    let isBodyCentred = isBodyCentred ?? (h > 3)
    let spacing = spacing ?? (isBodyCentred ? 1.7 : 1)
    let lengths = mode.curvatures.map { spacing / $0.squareRoot() }
    cellVolume = lengths.reduce(1, *) * (isBodyCentred ? 0.5 : 1)
    let steps = isBodyCentred ? Self.diagonalSteps(h) : Self.axisSteps(h)
    self.surface = surface

    var nodes: [Node] = []
    var best = -Double.infinity
    let origin = [Int](repeating: 0, count: h)
    var visited: Set = [origin]
    // k counts halves. Each node starts from the fit of the neighbour that called it.
    var frontier = [(k: origin, start: mode.evaluation.state.gaussian)]
    while !frontier.isEmpty {
      var following: [(k: [Int], start: DenseGeneralGaussian)] = []
      for (k, start) in frontier {
        let shift = mode.axes.times(zip(lengths, k).map { $0 * Double($1) / 2 })
        let phi = zip(mode.point, shift).map(+)
        guard let point = surface.maximize(at: phi, from: start), point.optimum.isConverged,
          let node = Node(surface, at: point, isCompleted: isCompleted)
        else { return nil }
        nodes.append(node)
        let density = node.boundDensity + node.repair
        best = max(best, density)
        guard density > best - cut else { continue }
        for step in steps {
          let neighbour = zip(k, step).map(+)
          if visited.insert(neighbour).inserted { following.append((neighbour, point.gaussian)) }
        }
      }
      frontier = following
    }
    self.nodes = nodes
  }

  /// One spacing along an axis, in halves.
  private static func axisSteps(_ h: Int) -> [[Int]] {
    (0..<h).flatMap { axis in
      [-2, 2].map { step in (0..<h).map { $0 == axis ? step : 0 } }
    }
  }

  /// (+-1/2, ..., +-1/2), in halves.
  private static func diagonalSteps(_ h: Int) -> [[Int]] {
    (0..<h).reduce([[]]) { steps, _ in steps.flatMap { step in [-1, 1].map { step + [$0] } } }
  }
}

extension DensePhiLattice.Node {
  fileprivate init?(_ surface: DensePhiSurface, at point: DensePhiSurface.Point, isCompleted: Bool)
  {
    let model = surface.model
    let gaussian = point.gaussian
    guard let response = surface.response(at: point),
      let clusters = DenseClusterRepair(model, gaussian: gaussian)
    else { return nil }
    phi = point.phi
    mean = gaussian.mean
    variances = gaussian.covariance.diagonal
    responseVariances = response.covariance.diagonal
    boundDensity = gaussian.bound + model.logPrior(at: phi)
    repair = response.repair
    clusterRepair = clusters.value
    guard isCompleted else {
      (ownEffectRepair, meanRepairs) = (nil, [])
      return
    }
    guard let ownEffects = DenseOwnEffectRepair(model, gaussian: gaussian) else { return nil }
    ownEffectRepair = ownEffects.value
    var repairs: [Double] = []
    for index in 0..<model.fixedCount {
      guard let moments = DenseTiltedMoments(surface, at: point, of: index) else { return nil }
      repairs.append(moments.meanRepair)
    }
    meanRepairs = repairs
  }
}

extension DensePhiSurface {
  /// The maximum of F(phi) + log p(phi), from log SDs of -1/2 and no correlation.
  func mode() -> DifferencedNewton<Point>.Maximum? {
    let newton = DifferencedNewton<Point> { phi, nearby in
      guard let point = maximize(at: phi, from: nearby?.gaussian) else { return nil }
      let priorSlope = Differences.gradient(at: phi, of: model.logPrior)
      return .init(
        state: point, value: point.gaussian.bound + model.logPrior(at: phi),
        gradient: zip(gradient(at: point), priorSlope).map(+))
    }
    return newton.maximize(from: model.startingPhi)
  }
}

extension DenseGeneralModel {
  /// Log SDs of -1/2 and no correlation: where a search for phi starts.
  var startingPhi: [Double] {
    zip(blocks, hyperparameterRanges).flatMap { block, range in
      range.indices.map { $0 - range.lowerBound < block.terms.count ? -0.5 : 0 }
    }
  }
}
