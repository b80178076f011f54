import Foundation

/// One evaluation of the log density of q(s): F(s) + log N(s; 0, tau^2), up to normalization.
struct HeldFit {
  let logSDs: [Double]
  let logDensity: Double
  /// The derivatives of `logDensity`.
  let gradient: [Double]
  let optimum: HeldOptimum
}

/// Fits q(b, u | s) at one s after another, and keeps count.
final class HeldFitter {
  private let maximizer: NewtonMaximizer
  private let priorSD: Double
  private(set) var iterations = 0

  /// - Parameter maximizer: at the point where the first fit is to start.
  init(_ maximizer: NewtonMaximizer, priorSD: Double) {
    self.maximizer = maximizer
    self.priorSD = priorSD
  }

  /// A copy of where the last fit ended.
  var state: DoubleStorage { maximizer.snapshot() }

  func fit(at logSDs: [Double], from start: DoubleStorage? = nil) throws(FitError) -> HeldFit {
    let optimum = try maximizer.maximize(holding: logSDs, from: start)
    iterations += optimum.iterations
    let precision = 1 / (priorSD * priorSD)
    var logDensity = optimum.bound
    var gradient = optimum.gradient
    for (k, s) in logSDs.enumerated() {
      logDensity -= 0.5 * (log(2 * Double.pi * priorSD * priorSD) + precision * s * s)
      gradient[k] -= precision * s
    }
    return HeldFit(
      logSDs: logSDs, logDensity: logDensity, gradient: gradient, optimum: optimum)
  }
}
