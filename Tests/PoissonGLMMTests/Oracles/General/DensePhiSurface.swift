import Foundation

/// F, R and the posterior of theta as functions of the hyperparameters phi.
struct DensePhiSurface {
  let model: DenseGeneralModel
  let blocks: [Range<Int>]

  /// - Parameter blocks: the ranges of theta that q holds independent; nil for a full Gaussian.
  init(_ model: DenseGeneralModel, blocks: [Range<Int>]? = nil) {
    self.model = model
    self.blocks = blocks ?? [0..<model.effectCount]
  }

  /// One value of phi.
  struct Point {
    let phi: [Double]
    let prior: DenseEffectPrior
    let optimum: DenseMaximizer.Optimum
    var gaussian: DenseGeneralGaussian { optimum.gaussian }
  }

  /// Lambda = blockdiag(I / fixedEffectSD^2, I (x) Sigma_k^-1).
  func prior(at phi: [Double], tilt: [Double]? = nil) -> DenseEffectPrior {
    let covariances = model.covariances(at: phi)
    return DenseEffectPrior(
      model, precisions: covariances.map(\.precision),
      logDeterminants: covariances.map(\.logDeterminant), tilt: tilt)
  }

  func maximize(
    at phi: [Double], tilt: [Double]? = nil, from start: DenseGeneralGaussian? = nil
  ) -> Point? {
    let prior = prior(at: phi, tilt: tilt)
    return DenseMaximizer(model: model, prior: prior, blocks: blocks).maximize(from: start)
      .map { Point(phi: phi, prior: prior, optimum: $0) }
  }

  /// The gradient of F in phi. At the optimum F has no slope in q, so that what is left is the
  /// slope of E log p(u | phi) with the second moments T_k held (envelope theorem).
  func gradient(at point: Point) -> [Double] {
    let moments = model.secondMoments(of: point.gaussian)
    return Differences.gradient(at: point.phi) { phi in
      let covariances = model.covariances(at: phi)
      return model.expectedLogPrior(
        moments, precisions: covariances.map(\.precision),
        logDeterminants: covariances.map(\.logDeterminant))
    }
  }

  /// What linear response and its determinant say at a point.
  func response(at point: Point) -> (covariance: DenseMatrix, repair: Double)? {
    guard let response = DenseLinearResponse(model, prior: point.prior, gaussian: point.gaussian),
      let factor = DenseCholesky(response.precision),
      let repair = response.evidenceRepair(model, prior: point.prior, gaussian: point.gaussian)
    else { return nil }
    return (factor.inverse(), repair)
  }
}

extension DenseEffectPrior {
  /// - Parameters:
  ///   - precisions: Sigma_k^-1 of each block, or its expectation.
  ///   - logDeterminants: log|Sigma_k|, or its expectation.
  init(
    _ model: DenseGeneralModel, precisions: [DenseMatrix], logDeterminants: [Double],
    tilt: [Double]?
  ) {
    let d = model.effectCount
    precision = DenseMatrix(rows: d, columns: d)
    let fixedPrecision = 1 / (model.priors.fixedEffectSD * model.priors.fixedEffectSD)
    for index in 0..<model.fixedCount { precision[index, index] = fixedPrecision }
    halfLogDeterminant = 0.5 * Double(model.fixedCount) * log(fixedPrecision)
    for (index, block) in model.blocks.enumerated() {
      halfLogDeterminant -= 0.5 * Double(block.levels) * logDeterminants[index]
      for level in model.levelRanges(ofBlock: index) {
        for (i, row) in level.enumerated() {
          for (j, column) in level.enumerated() { precision[row, column] = precisions[index][i, j] }
        }
      }
    }
    self.tilt = tilt ?? [Double](repeating: 0, count: d)
  }
}

extension DenseGeneralModel {
  /// T_k = sum_j E u_kj u_kj' under q, q_k x q_k for each block.
  func secondMoments(of gaussian: DenseGeneralGaussian) -> [DenseMatrix] {
    let covariance = gaussian.covariance
    return blocks.indices.map { index in
      let terms = blocks[index].terms.count
      var moments = DenseMatrix(rows: terms, columns: terms)
      for level in levelRanges(ofBlock: index) {
        for (i, row) in level.enumerated() {
          for (j, column) in level.enumerated() {
            moments[i, j] += gaussian.mean[row] * gaussian.mean[column] + covariance[row, column]
          }
        }
      }
      return moments
    }
  }

  /// sum_k [-G_k/2 log|Sigma_k| - 1/2 tr(Sigma_k^-1 T_k)], the part of F that phi enters.
  func expectedLogPrior(
    _ moments: [DenseMatrix], precisions: [DenseMatrix], logDeterminants: [Double]
  ) -> Double {
    blocks.indices.reduce(0) { sum, index in
      sum - 0.5 * Double(blocks[index].levels) * logDeterminants[index]
        - 0.5 * DenseMatrix.innerProduct(precisions[index], moments[index])
    }
  }
}
