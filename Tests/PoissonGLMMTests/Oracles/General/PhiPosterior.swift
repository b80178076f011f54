import Foundation

/// The posterior as a mixture over the nodes of a lattice.
struct PhiPosterior {
  enum Evidence {
    /// `integrated`: weights from F, covariances S.
    case bound
    /// `corrected`: weights from F + R, covariances P_eff^-1 of linear response.
    case corrected
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

  init(_ lattice: PhiLattice, evidence: Evidence) {
    let densities = lattice.nodes.map { node in
      switch evidence {
      case .bound: node.boundDensity
      case .corrected: node.correctedDensity
      }
    }
    let highest = densities.max()!
    let masses = densities.map { exp($0 - highest) }
    let total = masses.reduce(0, +)
    logEvidence = highest + log(total * lattice.cellVolume)
    let weights = masses.map { $0 / total }

    let model = lattice.surface.model
    effects = Self.moments(
      weights, lattice.nodes.map(\.mean),
      lattice.nodes.map { node in
        switch evidence {
        case .bound: node.variances
        case .corrected: node.responseVariances
        }
      })
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
