import PlatformEssentials

/// One evaluation of the log density of q(s), up to normalization, and the Gaussian that goes with
/// it.
struct LogSDEvaluation {
  let logSDs: [Double]
  /// F(s) + log p(s)
  let logBound: Double
  /// The evidence gap: an estimate of log p(y | s) less F(s); 0 where the bound itself is used.
  let evidenceGap: Double
  /// The derivatives of `logBound`.
  let gradient: [Double]
  /// The Gaussian q(b, u | s). Under `corrected` its covariances are those of linear response.
  var optimum: ConditionalOptimum
  /// The step from the means of b to the peak of log p(y, b | s); nil where the bound itself is
  /// used, or no such step is known.
  let meanStep: [Double]?
  /// The skewness of the fixed effects, or of M b, given s, p numbers, and then those of the
  /// combinations that were asked for; empty where only the Gaussian is known.
  let fixedSkewness: [Double]
  /// False if linear response was wanted here and not found; the covariances are then those of the
  /// Gaussian.
  let hasResponse: Bool
  /// False if an estimate of log p(y | s) was wanted here and not found; the evidence gap is then
  /// that of the nearest s that has one.
  let hasEvidence: Bool

  /// Whether every correction that was wanted here was found.
  var isComplete: Bool { hasResponse && hasEvidence }

  /// The log density of q(s), up to normalization.
  var logDensity: Double { logBound + evidenceGap }
}

/// Fits q(b, u | s) at one s after another, and counts the iterations.
final class LogSDEvaluator {
  private let maximizer: any BoundMaximizer
  private let priors: [LogSDPrior]
  private let evidence: QuadratureEvidence?
  private let usesLinearResponse: Bool
  private let effectMatrix: Matrix?
  /// The weights in b of the further combinations whose skewness is wanted.
  private let combinations: [[Double]]
  /// The smallest log SDs that are fitted, by term: effects with smaller SDs are lost in rounding
  /// errors. For a column of size 1 the SD is exp(-25) = 1e-11.
  private let smallestLogSDs: [Double]
  /// The estimates of log p(y | s) found so far.
  private var estimates: [Estimate] = []
  private struct Estimate {
    let logSDs: [Double]
    let evidenceGap: Double
    let skewness: [Double]
  }
  /// The largest decrement of an expansion of log p(y, b | s) that is used: half the square length,
  /// in posterior SDs of b, of the step to its peak. Where it is larger, as with rare events, the
  /// step is taken and the expansion made again there.
  private static let maximumDecrement = 1.0
  private static let maximumExpansions = 30
  /// An estimate of log p(y | s) may be below its lower bound F(s) by this error of the quadrature.
  private static let quadratureError = 1e-3
  private(set) var iterations = 0

  /// - Parameters:
  ///   - maximizer: at the point where the first fit is to start.
  ///   - evidence: estimates log p(y | s) where it is to replace the bound.
  ///   - effectMatrix: M, p x p, where the skewness is to be that of M b.
  ///   - combinations: the weights w of combinations of b, or of M b, whose skewness is wanted too.
  init(
    _ maximizer: any BoundMaximizer, model: PoissonMixedModel, evidence: QuadratureEvidence? = nil,
    usesLinearResponse: Bool = false, effectMatrix: Matrix? = nil, combinations: [[Double]] = []
  ) {
    self.maximizer = maximizer
    priors = model.logSDPriors
    let sizes = model.data.termSizes()
    smallestLogSDs = sizes.map { -25 - log($0) }
    self.evidence = evidence
    self.usesLinearResponse = usesLinearResponse
    self.effectMatrix = effectMatrix
    // w'M b = (M'w)'b
    let transposed = effectMatrix?.transposed
    self.combinations = combinations.map { weights in transposed.map { $0 * weights } ?? weights }
  }

  /// A copy of where the last fit ended.
  var state: DoubleStorage { maximizer.snapshot() }

  /// - Parameter isFinal: whether the result counts; if not, corrections are left out.
  func fit(
    at logSDs: [Double], from start: DoubleStorage? = nil, isFinal: Bool = false
  ) throws(FitError) -> LogSDEvaluation {
    // Under a wide prior there is density even where exp(-2 s) overflows; the model fitted there
    // has practically no random effects.
    let given = zip(logSDs, smallestLogSDs).map { max($0, $1) }
    var optimum = try maximizer.maximize(at: given, from: start)
    iterations += optimum.iterations
    var logBound = optimum.bound
    var gradient = optimum.gradient
    for (k, s) in logSDs.enumerated() {
      logBound += priors[k].logDensity(at: s)
      gradient[k] += priors[k].slope(at: s)
    }
    var hasResponse = true
    var meanStep: [Double]?
    if isFinal && usesLinearResponse {
      // Where linear response does not converge, S is kept.
      if let response = maximizer.linearResponse() {
        optimum.posterior.fixedCovariance = response.fixed
        optimum.posterior.randomVariance = response.randomVariances
        optimum.posterior.covarianceSource = .linearResponse
      } else {
        hasResponse = false
      }
    }
    var estimate: Estimate?
    if isFinal, let evidence {
      // The expansion may have no integral, though only far from the mode. The evidence gap is then
      // that of the nearest s that has one.
      let (directions, variances) = reportedDirections(optimum.posterior.fixedCovariance)
      let (expansion, moved) = expansion(
        evidence, about: optimum.posterior.fixedMean, logSDs: given,
        directions: directions.elements)
      // The same holds where the estimate is out of range, which shows that the rule has failed:
      // log p(y | s) lies between F(s) and 0, because counts are discrete.
      if let value = try? expansion.logEvidence.get(), value <= 0,
        value >= optimum.bound - Self.quadratureError,
        expansion.decrement <= Self.maximumDecrement
      {
        let found = Estimate(
          logSDs: logSDs, evidenceGap: value - optimum.bound,
          skewness: expansion.skewness(variances: variances)
            + combinedSkewness(
              evidence, at: zip(optimum.posterior.fixedMean, moved).map(+), logSDs: given,
              covariance: optimum.posterior.fixedCovariance))
        estimates.append(found)
        estimate = found
        meanStep = expansion.step.map { zip($0, moved).map(+) }
      }
    }
    let used = estimate ?? (isFinal ? nearestEstimate(to: logSDs) : nil)
    return LogSDEvaluation(
      logSDs: logSDs, logBound: logBound, evidenceGap: used?.evidenceGap ?? 0, gradient: gradient,
      optimum: optimum, meanStep: meanStep, fixedSkewness: used?.skewness ?? [],
      hasResponse: hasResponse, hasEvidence: !isFinal || evidence == nil || estimate != nil)
  }

  private func nearestEstimate(to logSDs: [Double]) -> Estimate? {
    func distance(_ estimate: Estimate) -> Double {
      zip(estimate.logSDs, logSDs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return estimates.min { distance($0) < distance($1) }
  }

  /// The expansion of log p(y, b | s) about a point near its peak, and the difference of that point
  /// from `mean`.
  private func expansion(
    _ evidence: QuadratureEvidence, about mean: [Double], logSDs: [Double], directions: [Double]
  ) -> (EvidenceExpansion, moved: [Double]) {
    var moved = mean.map { _ in 0.0 }
    var result = evidence.expansion(fixedEffects: mean, logSDs: logSDs, directions: directions)
    for _ in 0..<Self.maximumExpansions {
      guard let step = result.step, result.decrement > Self.maximumDecrement else { break }
      // No step is longer than two SDs, up to which a parabola is a good approximation.
      let share = min(1, (2 / result.decrement).squareRoot())
      for c in step.indices { moved[c] += share * step[c] }
      result = evidence.expansion(
        fixedEffects: zip(mean, moved).map(+), logSDs: logSDs, directions: directions)
    }
    return (result, moved)
  }

  /// The skewness of the further combinations.
  /// - Parameter point: where log p(y, b | s) is expanded.
  private func combinedSkewness(
    _ evidence: QuadratureEvidence, at point: [Double], logSDs: [Double], covariance: Matrix
  ) -> [Double] {
    var skewness: [Double] = []
    // An expansion takes as many directions as there are effects.
    while skewness.count < combinations.count {
      let batch = combinations[skewness.count...].prefix(covariance.order)
      let directions = batch.map { covariance * $0 }
      let expansion = evidence.expansion(
        fixedEffects: point, logSDs: logSDs, directions: directions.flatMap { $0 })
      skewness += expansion.skewness(
        variances: zip(batch, directions).map { zip($0, $1).reduce(0) { $0 + $1.0 * $1.1 } })
    }
    return skewness
  }

  /// S e for every effect e'b that is reported, p rows of p, and the effects' variances e'S e.
  private func reportedDirections(
    _ covariance: Matrix
  ) -> (directions: Matrix, variances: [Double]) {
    guard let effectMatrix else { return (covariance, covariance.diagonal) }
    let directions = effectMatrix * covariance
    let variances = (0..<covariance.order).map { c in
      zip(directions.row(c), effectMatrix.row(c)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return (directions, variances)
  }
}
