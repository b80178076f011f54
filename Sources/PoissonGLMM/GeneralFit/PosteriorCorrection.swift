import PlatformEssentials

/// What the Gaussian of the bound lacks at given hyperparameters, as numbers that vary slowly with
/// them.
struct PosteriorCorrection: Sendable {
  /// What linear response makes of the Gaussian's moments.
  struct Response: Sendable {
    /// L^-1 Cov(b) L^-T with S_bb = L L', p x p: near the identity.
    var fixedRatio: Matrix
    /// log of Var(u) over the variance under S, by random effect.
    var randomLogRatios: [Double]
  }

  /// R, an estimate of log p(y | phi) less F; nil where there is none.
  var evidence: Double?
  /// nil where linear response has no solution.
  var response: Response?

  /// The node with these corrections of its moments.
  /// - Parameter meanShifts: of the fixed effects, in SDs by linear response.
  func applied(to node: ConditionalGaussian, meanShifts: [Double]) -> ConditionalGaussian {
    var corrected = node
    if let response, let root = CovarianceRoot(node.fixedCovariance) {
      corrected.fixedCovariance = root.absolute(response.fixedRatio)
      for index in node.randomVariance.indices {
        corrected.randomVariance[index] *= exp(response.randomLogRatios[index])
      }
    }
    for (c, shift) in meanShifts.enumerated() {
      corrected.fixedMean[c] += shift * corrected.fixedCovariance[c, c].squareRoot()
    }
    return corrected
  }

  /// No correction of a node's evidence and moments.
  static func none(for node: ConditionalGaussian) -> PosteriorCorrection {
    PosteriorCorrection(
      evidence: 0,
      response: Response(
        fixedRatio: Matrix(diagonal: node.fixedMean.map { _ in 1 }),
        randomLogRatios: node.randomMean.map { _ in 0 }))
  }
}

/// L of a covariance matrix S = L L'.
struct CovarianceRoot {
  private let root: Matrix

  /// nil if S is not positive definite.
  init?(_ covariance: Matrix) {
    let order = covariance.order
    let factor = DoubleStorage(covariance.elements)
    guard SmallCholesky.factor(factor.pointer, order: order).isFinite || order == 0 else {
      return nil
    }
    var root = Matrix(order: order, elements: factor.array)
    for i in 0..<order {
      for j in (i + 1)..<max(order, i + 1) { root[i, j] = 0 }
    }
    self.root = root
  }

  /// L^-1 C L^-T.
  func relative(_ covariance: Matrix) -> Matrix {
    // L^-1 C, and the same of its transpose.
    solved(solved(covariance).transposed)
  }

  /// L T L'.
  func absolute(_ ratio: Matrix) -> Matrix { root * (root * ratio).transposed }

  /// L^-1 M.
  private func solved(_ matrix: Matrix) -> Matrix {
    var result = matrix
    for column in 0..<matrix.columns {
      for i in 0..<root.order {
        for k in 0..<i { result[i, column] -= root[i, k] * result[k, column] }
        result[i, column] /= root[i, i]
      }
    }
    return result
  }
}
