import Foundation

/// The posterior of phi on a lattice, phi = mode + spacing C k with integer k and C = V w^-1/2 from
/// the curvature V diag(w) V' at the mode of F(phi) + log p(phi).
///
/// All nodes weigh alike: the trapezoid rule, whose error for a smooth density falls as
/// exp(-2 pi^2 / spacing^2). The lattice grows from the mode: the 2h neighbours of a node are
/// visited if its log density is within `cut` of the highest so far, however far out: with few
/// groups a log SD has a long tail downwards.
struct PhiLattice {
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
    /// F(phi) + R(phi) + log p(phi).
    let correctedDensity: Double
  }

  let surface: PhiSurface
  let nodes: [Node]
  /// The volume of phi that a node stands for, spacing^h |C|.
  let cellVolume: Double

  /// Nil if no mode is found, or a fit at a node does not converge.
  ///
  /// With the spacing and the cut of the defaults, integrals of a density near a normal one are
  /// good to 1e-4.
  init?(_ surface: PhiSurface, spacing: Double = 1, cut: Double = 10) {
    let model = surface.model
    let h = model.hyperparameterCount
    guard let mode = surface.mode() else { return nil }
    let lengths = mode.curvatures.map { spacing / $0.squareRoot() }
    cellVolume = lengths.reduce(1, *)
    self.surface = surface

    var nodes: [Node] = []
    var best = -Double.infinity
    var visited: Set<[Int]> = [[Int](repeating: 0, count: h)]
    var queue = [(k: [Int](repeating: 0, count: h), start: mode.evaluation.state.gaussian)]
    var next = 0
    while next < queue.count {
      let (k, start) = queue[next]
      next += 1
      let shift = mode.axes.times(zip(lengths, k).map { $0 * Double($1) })
      let phi = zip(mode.point, shift).map(+)
      guard let point = surface.maximize(at: phi, from: start), point.optimum.isConverged,
        let response = surface.response(at: point)
      else { return nil }
      let boundDensity = point.gaussian.bound + model.logPrior(at: phi)
      let node = Node(
        phi: phi, mean: point.gaussian.mean, variances: point.gaussian.covariance.diagonal,
        responseVariances: response.covariance.diagonal, boundDensity: boundDensity,
        correctedDensity: boundDensity + response.repair)
      nodes.append(node)
      best = max(best, node.correctedDensity)
      guard node.correctedDensity > best - cut else { continue }
      for axis in 0..<h {
        for sign in [-1, 1] {
          var neighbour = k
          neighbour[axis] += sign
          if visited.insert(neighbour).inserted { queue.append((neighbour, point.gaussian)) }
        }
      }
    }
    self.nodes = nodes
  }
}

extension PhiSurface {
  /// The maximum of F(phi) + log p(phi), from log SDs of -1/2 and no correlation.
  func mode() -> DifferencedNewton<Point>.Maximum? {
    let newton = DifferencedNewton<Point> { phi, nearby in
      guard let point = maximize(at: phi, from: nearby?.gaussian) else { return nil }
      let priorSlope = Differences.gradient(at: phi, of: model.logPrior)
      return .init(
        state: point, value: point.gaussian.bound + model.logPrior(at: phi),
        gradient: zip(gradient(at: point), priorSlope).map(+))
    }
    let start = zip(model.blocks, model.hyperparameterRanges).flatMap { block, range in
      range.indices.map { $0 - range.lowerBound < block.terms.count ? -0.5 : 0 }
    }
    return newton.maximize(from: start)
  }
}
