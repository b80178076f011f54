import Foundation

/// `structured` and `mean-field`: q(theta) q(phi) with q(phi) a product of normals N(m_a, r_a),
/// both at the maximum of the joint bound
///
///     F(E Lambda, 1/2 E log|Lambda|) + E log p(phi) + sum_a 1/2 log(2 pi e r_a)
///
/// where F has the expectations of Lambda and its log determinant in place of their values.
struct DenseIndependentPhiFit {
  let effects: DensePhiPosterior.Moments
  let hyperparameters: DensePhiPosterior.Moments
  /// A lower bound on log p(y).
  let bound: Double

  /// Nil if no maximum is found.
  /// - Parameter isMeanField: whether all of theta is independent too.
  init?(_ model: DenseGeneralModel, isMeanField: Bool) {
    let d = model.effectCount
    let blocks = isMeanField ? (0..<d).map { $0..<$0 + 1 } : [0..<d]
    let h = model.hyperparameterCount
    // The coordinates are the means and the log variances.
    let newton = DifferencedNewton<DenseGeneralGaussian> { point, nearby in
      let expectation = ExpectedPrior(model, point)
      let maximizer = DenseMaximizer(
        model: model,
        prior: DenseEffectPrior(
          model, precisions: expectation.precisions,
          logDeterminants: expectation.logDeterminants, tilt: nil),
        blocks: blocks)
      guard let optimum = maximizer.maximize(from: nearby), optimum.isConverged else { return nil }
      // The envelope: q(theta), and so T_k, is held.
      let moments = model.secondMoments(of: optimum.gaussian)
      return .init(
        state: optimum.gaussian,
        value: optimum.gaussian.bound + expectation.logPriorAndEntropy,
        gradient: Differences.gradient(at: point) { point in
          let expectation = ExpectedPrior(model, point)
          return expectation.logPriorAndEntropy
            + model.expectedLogPrior(
              moments, precisions: expectation.precisions,
              logDeterminants: expectation.logDeterminants)
        })
    }
    let start = model.startingPhi + [Double](repeating: log(0.1), count: h)
    guard let maximum = newton.maximize(from: start) else { return nil }
    let gaussian = maximum.evaluation.state
    effects = .init(
      means: gaussian.mean, sds: gaussian.covariance.diagonal.map { $0.squareRoot() })
    hyperparameters = .init(
      means: Array(maximum.point[..<h]), sds: maximum.point[h...].map { exp($0 / 2) })
    bound = maximum.evaluation.value
  }
}

/// Expectations under independent normals of the hyperparameters.
private struct ExpectedPrior {
  /// E Sigma_k^-1.
  var precisions: [DenseMatrix] = []
  /// E log|Sigma_k|.
  var logDeterminants: [Double] = []
  /// E log p(phi), and the entropy of q(phi).
  var logPriorAndEntropy = 0.0

  /// - Parameter point: h means, and h log variances.
  init(_ model: DenseGeneralModel, _ point: [Double]) {
    let h = model.hyperparameterCount
    for (block, range) in zip(model.blocks, model.hyperparameterRanges) {
      let q = block.terms.count
      let means = Array(point[range])
      let variances = range.map { exp(point[h + $0]) }
      append(means, variances, terms: q)

      logPriorAndEntropy += variances.reduce(0) { $0 + 0.5 * (1 + log(2 * Double.pi * $1)) }
      let priorVariance = model.priors.logSDSD * model.priors.logSDSD
      for (mean, variance) in zip(means, variances).prefix(q) {
        logPriorAndEntropy -= 0.5 * log(2 * Double.pi * priorVariance)
        logPriorAndEntropy -= 0.5 * (mean * mean + variance) / priorVariance
      }
      for (index, column) in zip(q..<means.count, DenseCorrelationPrior.columns(terms: q)) {
        let prior = DenseCorrelationPrior(
          column: column, terms: q, shape: model.priors.correlationShape)
        logPriorAndEntropy += NormalExpectation.of(
          mean: means[index], sd: variances[index].squareRoot(), prior.logDensity)
      }
    }
  }

  /// E R^-1 and E log|R| over the z's; the log SDs in closed form,
  ///
  ///     E exp(-s_a - s_b) = exp(-m_a - m_b + (r_a + r_b) / 2) for a != b,
  ///     E exp(-2 s_a)     = exp(-2 m_a + 2 r_a)
  private mutating func append(_ means: [Double], _ variances: [Double], terms q: Int) {
    var precision = DenseMatrix(rows: q, columns: q)
    var logDeterminant = 2 * means.prefix(q).reduce(0, +)
    NormalExpectation.forEach(
      means: Array(means.dropFirst(q)), sds: variances.dropFirst(q).map { $0.squareRoot() }
    ) { z, weight in
      let factor = DenseBlockCovariance.correlationFactor(z[...], terms: q)
      precision = DenseMatrix.sum(
        precision, DenseBlockCovariance.inverse(ofFactor: factor).gram(), times: weight)
      logDeterminant += 2 * weight * factor.diagonal.reduce(0) { $0 + log($1) }
    }
    for a in 0..<q {
      for b in 0..<q {
        let spread = a == b ? 2 * variances[a] : 0.5 * (variances[a] + variances[b])
        precision[a, b] *= exp(-means[a] - means[b] + spread)
      }
    }
    precisions.append(precision)
    logDeterminants.append(logDeterminant)
  }
}
