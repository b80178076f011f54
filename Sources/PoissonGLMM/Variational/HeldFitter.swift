import Foundation

/// One evaluation of the log density of q(s), up to normalization, and the Gaussian that goes with it.
struct HeldFit {
  let logSDs: [Double]
  /// F(s) + log N(s; 0, tau^2)
  let logBound: Double
  /// What an estimate of log p(y | s) exceeds F(s) by; 0 where the bound itself is used.
  let excess: Double
  /// The derivatives of `logBound`.
  let gradient: [Double]
  /// Where `corrected`, the covariances are those of linear response.
  let optimum: HeldOptimum

  /// The log density of q(s), up to normalization.
  var logDensity: Double { logBound + excess }
}

/// Fits q(b, u | s) at one s after another, and keeps count.
final class HeldFitter {
  private let maximizer: any BoundMaximizer
  private let priorSD: Double
  private let evidence: QuadratureEvidence?
  private let usesLinearResponse: Bool
  private let componentOfTerm: [Int]
  private var lastExcess = 0.0
  /// By which an estimate may fall below the bound that it cannot fall below.
  private static let quadratureError = 1e-3
  private(set) var iterations = 0

  /// - Parameters:
  ///   - maximizer: at the point where the first fit is to start.
  ///   - evidence: estimates log p(y | s) where it is to replace the bound.
  init(
    _ maximizer: any BoundMaximizer, model: PoissonMixedModel, evidence: QuadratureEvidence? = nil,
    usesLinearResponse: Bool = false
  ) {
    self.maximizer = maximizer
    priorSD = model.priors.logSDSD
    componentOfTerm = model.data.componentOfTerm
    self.evidence = evidence
    self.usesLinearResponse = usesLinearResponse
  }

  /// A copy of where the last fit ended.
  var state: DoubleStorage { maximizer.snapshot() }

  /// - Parameter isFinal: whether the result counts; if not, corrections are left out.
  func fit(
    at logSDs: [Double], from start: DoubleStorage? = nil, isFinal: Bool = false
  ) throws(FitError) -> HeldFit {
    var optimum = try maximizer.maximize(holding: logSDs, from: start)
    iterations += optimum.iterations
    let precision = 1 / (priorSD * priorSD)
    var logBound = optimum.bound
    var gradient = optimum.gradient
    for (k, s) in logSDs.enumerated() {
      logBound -= 0.5 * (log(2 * Double.pi * priorSD * priorSD) + precision * s * s)
      gradient[k] -= precision * s
    }
    if isFinal, let evidence {
      // Where the expansion has no integral, which is far out if anywhere, the neighbour's excess has to do.
      let estimate = evidence.logEvidence(
        fixedEffects: optimum.fixedMean, logSDs: componentOfTerm.map { logSDs[$0] })
      // The same where the rule fails and says so by leaving the range there is: F(s) bounds log p(y | s) from below and
      // 0 from above, the counts being discrete.
      if let estimate, estimate <= 0, estimate >= optimum.bound - Self.quadratureError {
        lastExcess = estimate - optimum.bound
      }
    }
    // Likewise S where linear response does not converge.
    if isFinal && usesLinearResponse, let response = maximizer.linearResponse() {
      optimum.fixedCovariance = response.fixed
      optimum.randomVariance = response.randomVariances
    }
    return HeldFit(
      logSDs: logSDs, logBound: logBound, excess: isFinal ? lastExcess : 0, gradient: gradient,
      optimum: optimum)
  }
}
