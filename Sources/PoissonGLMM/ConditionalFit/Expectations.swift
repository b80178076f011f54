import PlatformEssentials

/// Everything that one pass over the rows gives at a Gaussian q(b, u): the parts of the evidence
/// bound, and the gradient and curvature from which the next step is taken.
///
/// With eta_i and v_i the mean and variance of the linear predictor under q, the expected rate is
/// e_i = E exp(linear predictor) = exp(eta_i + v_i / 2).
final class Expectations {
  /// Z' (y - e), G q.
  let randomResidual: DoubleStorage
  /// With two random terms, their third moments sum_i e_i z_ik z_il z_im by group, for (k, l, m) =
  /// (0, 0, 0), (0, 0, 1), (0, 1, 1) and (1, 1, 1); empty otherwise.
  let randomThirds: DoubleStorage
  static let thirdCount = 4
  /// X' (y - e), p.
  let fixedResidual: DoubleStorage
  /// sum_i (y_i eta_i - e_i).
  private(set) var expectedLogLikelihood = 0.0
  /// sum_i (|y_i eta_i| + e_i): the scale of the rounding error in `expectedLogLikelihood`.
  private(set) var magnitude = 0.0
  /// E sum_j u_jk^2, by term: T.
  private(set) var termSquares: [Double]
  /// sum_j Cov(u_jk, u_jl)^2, q x q.
  private(set) var termCovarianceSquares: [Double]

  private let data: ModelData
  private let chunks: GroupChunks
  private let partialSums: DoubleStorage
  private let layout: PartialSumLayout
  private let scratch: DoubleStorage

  /// Where a chunk's partial sums lie.
  private struct PartialSumLayout {
    let fixedResidual: Int
    let likelihood: Int
    let termSquares: Int
    let covarianceSquares: Int
    let stride: Int

    init(_ shape: ArrowShape) {
      let (p, q) = (shape.fixedCount, shape.termCount)
      fixedResidual = p * p
      likelihood = fixedResidual + p
      termSquares = likelihood + 2
      covarianceSquares = termSquares + q
      stride = covarianceSquares + q * q
    }
  }

  init(_ data: ModelData, chunks: GroupChunks) {
    self.data = data
    self.chunks = chunks
    let shape = data.shape
    randomResidual = DoubleStorage(count: shape.randomEffectCount)
    fixedResidual = DoubleStorage(count: shape.fixedCount)
    randomThirds = DoubleStorage(
      count: shape.termCount == 2 ? Self.thirdCount * shape.groupCount : 0)
    termSquares = [Double](repeating: 0, count: shape.termCount)
    termCovarianceSquares = [Double](repeating: 0, count: shape.termCount * shape.termCount)
    layout = PartialSumLayout(shape)
    partialSums = DoubleStorage(count: chunks.count * layout.stride)
    scratch = DoubleStorage(count: chunks.threads * RowTile.scratchSize(shape))
  }

  /// Fills every quantity for q = N(mean of `state`, S), and `gram` with A' diag(e) A.
  func evaluate(_ state: GaussianState, covariance: CovarianceForm, gram: ArrowMatrix) {
    let (data, randomResidual, randomThirds) = (data, randomResidual, randomThirds)
    let (randomMean, fixedMean) = (state.randomMean, state.fixedMean)
    let (layout, partialSums, scratch) = (layout, partialSums, scratch)
    let shape = data.shape
    let (p, q) = (shape.fixedCount, shape.termCount)
    let form = KernelCovariance(covariance)
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * layout.stride
      sum.update(repeating: 0, count: layout.stride)
      let tile = RowTile(
        data: data, scratch: scratch.pointer + thread * RowTile.scratchSize(shape))
      let squares = sum + layout.termSquares
      let covarianceSquares = sum + layout.covarianceSquares
      for group in groups {
        let mean = randomMean.pointer + group * q
        for k in 0..<q { squares[k] += mean[k] * mean[k] }
        form.addGroupCovariance(
          group, shape: shape, scratch: tile.groupScratch, termSquares: squares,
          covarianceSquares: covarianceSquares)
      }
      (gram.blocks.pointer + groups.lowerBound * q * q).update(
        repeating: 0, count: groups.count * q * q)
      (gram.borders.pointer + groups.lowerBound * q * p).update(
        repeating: 0, count: groups.count * q * p)
      (randomResidual.pointer + groups.lowerBound * q).update(
        repeating: 0, count: groups.count * q)
      if q == 2 {
        (randomThirds.pointer + groups.lowerBound * Self.thirdCount).update(
          repeating: 0, count: groups.count * Self.thirdCount)
      }
      data.forEachTile(of: groups) { rows, firstGroup in
        tile.predict(
          rows, firstGroup: firstGroup, randomMean: randomMean.pointer,
          fixedMean: fixedMean.pointer, covariance: form)
        let (likelihood, magnitude) = tile.computeRates(rows)
        sum[layout.likelihood] += likelihood
        sum[layout.likelihood + 1] += magnitude
        tile.accumulate(
          rows, firstGroup: firstGroup, gram: gram, randomResidual: randomResidual.pointer,
          randomThirds: randomThirds.pointer, corner: sum,
          fixedResidual: sum + layout.fixedResidual)
      }
    }
    reduce(into: gram)
  }

  /// Fills `gram` and the residuals for the start of a fit, as if e_i were y_i + 1/2 and the
  /// residual were e_i (log e_i - o_i): the normal equations of a weighted least-squares fit to the
  /// log counts.
  func startFromLogCounts(gram: ArrowMatrix) {
    let (data, randomResidual, randomThirds) = (data, randomResidual, randomThirds)
    let (layout, partialSums, scratch) = (layout, partialSums, scratch)
    let shape = data.shape
    gram.blocks.fill(with: 0)
    gram.borders.fill(with: 0)
    randomResidual.fill(with: 0)
    randomThirds.fill(with: 0)
    chunks.run { thread, chunk, groups in
      let sum = partialSums.pointer + chunk * layout.stride
      sum.update(repeating: 0, count: layout.stride)
      let tile = RowTile(
        data: data, scratch: scratch.pointer + thread * RowTile.scratchSize(shape))
      data.forEachTile(of: groups) { rows, firstGroup in
        tile.workingResponse(rows)
        tile.accumulate(
          rows, firstGroup: firstGroup, gram: gram, randomResidual: randomResidual.pointer,
          randomThirds: randomThirds.pointer, corner: sum,
          fixedResidual: sum + layout.fixedResidual)
      }
    }
    reduce(into: gram)
  }

  /// Adds the chunks' partial sums in chunk order.
  private func reduce(into gram: ArrowMatrix) {
    let (p, q) = (data.shape.fixedCount, data.shape.termCount)
    // The sums of the other chunks are added to those of the first.
    let total = partialSums.pointer
    for chunk in 1..<max(chunks.count, 1) {
      for index in 0..<layout.stride { total[index] += total[chunk * layout.stride + index] }
    }
    for c in 0..<p {
      for d in 0...c {
        gram.corner.pointer[c * p + d] = total[c * p + d]
        gram.corner.pointer[d * p + c] = total[c * p + d]
      }
      fixedResidual.pointer[c] = total[layout.fixedResidual + c]
    }
    expectedLogLikelihood = total[layout.likelihood]
    magnitude = total[layout.likelihood + 1]
    for k in 0..<q { termSquares[k] = total[layout.termSquares + k] }
    for kl in 0..<(q * q) { termCovarianceSquares[kl] = total[layout.covarianceSquares + kl] }
  }
}
