import Foundation

/// The posterior as a mixture over the nodes of a lattice.
struct DensePhiPosterior {
  enum Evidence {
    /// `integrated`: weights from F, covariances S.
    case bound
    /// `corrected`: weights from F + R, covariances P_eff^-1 of linear response.
    case corrected
    /// The same with R in cluster form.
    case clusters
    /// The same with R from all pairs and own-effect quadrature, and means m + dR/dt of the fixed
    /// effects: for a lattice that has both.
    case completed
  }

  struct Moments {
    var means: [Double]
    var sds: [Double]
  }

  /// theta = (b, u).
  let effects: Moments
  let hyperparameters: Moments
  /// The SDs exp(s), block by block, term by term.
  let standardDeviations: Moments
  /// The correlations R_ij (i > j), block by block, row by row.
  let correlations: Moments
  /// log of the integral over phi: a bound on log p(y), or an estimate of it.
  let logEvidence: Double
  /// The weights of the nodes; their means and variances of theta, node by node.
  private let weights: [Double]
  private let nodeMeans: [[Double]]
  private let nodeVariances: [[Double]]

  init(_ lattice: DensePhiLattice, evidence: Evidence) {
    let densities = lattice.nodes.map { node in
      switch evidence {
      case .bound: node.boundDensity
      case .corrected: node.boundDensity + node.repair
      case .clusters: node.boundDensity + node.clusterRepair
      case .completed: node.boundDensity + node.repair + (node.ownEffectRepair ?? .nan)
      }
    }
    let highest = densities.max()!
    let masses = densities.map { exp($0 - highest) }
    let total = masses.reduce(0, +)
    logEvidence = highest + log(total * lattice.cellVolume)
    weights = masses.map { $0 / total }

    let model = lattice.surface.model
    nodeMeans = lattice.nodes.map { node in
      var mean = node.mean
      guard evidence == .completed else { return mean }
      for (index, repair) in node.meanRepairs.enumerated() { mean[index] += repair }
      return mean
    }
    nodeVariances = lattice.nodes.map { evidence == .bound ? $0.variances : $0.responseVariances }
    effects = Self.moments(weights, nodeMeans, nodeVariances)
    hyperparameters = Self.moments(weights, lattice.nodes.map(\.phi))
    standardDeviations = Self.moments(
      weights,
      lattice.nodes.map { model.covariances(at: $0.phi).flatMap { $0.logSDs.map { exp($0) } } })
    correlations = Self.moments(
      weights,
      lattice.nodes.map { node in
        zip(model.blocks, model.covariances(at: node.phi)).flatMap { block, covariance in
          let correlation = covariance.correlation
          return (0..<(block.isCorrelated ? block.terms.count : 0)).flatMap { i in
            (0..<i).map { correlation[i, $0] }
          }
        }
      })
  }

  /// The point below which an effect lies with the given probability, under the mixture of normals,
  /// by bisection.
  func quantile(_ probability: Double, ofEffect index: Int) -> Double {
    func cumulative(_ value: Double) -> Double {
      weights.indices.reduce(0) { sum, node in
        let z = (value - nodeMeans[node][index]) / nodeVariances[node][index].squareRoot()
        return sum + weights[node] * 0.5 * erfc(-z / 2.0.squareRoot())
      }
    }
    var low = effects.means[index] - 40 * effects.sds[index]
    var high = effects.means[index] + 40 * effects.sds[index]
    while high - low > 1e-10 * effects.sds[index] {
      let middle = (low + high) / 2
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Mean and SD of a mixture of distributions with the given means and variances, for each column.
  private static func moments(
    _ weights: [Double], _ means: [[Double]], _ variances: [[Double]]? = nil
  ) -> Moments {
    var moments = Moments(means: [], sds: [])
    for column in means[0].indices {
      let mean = weights.indices.reduce(0) { $0 + weights[$1] * means[$1][column] }
      let variance = weights.indices.reduce(0) { sum, node in
        let deviation = means[node][column] - mean
        return sum + weights[node] * (deviation * deviation + (variances?[node][column] ?? 0))
      }
      moments.means.append(mean)
      moments.sds.append(variance.squareRoot())
    }
    return moments
  }
}
