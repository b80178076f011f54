import PlatformEssentials

/// The approximate mode of q(s) and its precision there, from which quadrature rules are built.
struct LogSDMode {
  let center: [Double]
  /// - d^2 log q / d s_k d s_l at the center, K x K, by differences of exact slopes at one SD.
  let precision: Matrix
  /// Where a quadratic with the slope at the center and this precision peaks.
  let peak: [Double]
  /// The largest of the third derivatives d^3 log q / d s_k^3, in units of each log SD's
  /// conditional SD.
  let asymmetry: Double
  /// Those of the log SDs.
  let priors: [LogSDPrior]
  /// The fit at the center, and its state, to start others from.
  let fit: LogSDEvaluation
  let state: DoubleStorage

  /// 1 / sqrt of the diagonal of the precision: the SD of each log SD given the others, or
  /// `longestStep` if that is shorter.
  var conditionalSDs: [Double] {
    center.indices.map {
      min(Self.longestStep, 1 / precision[$0, $0].squareRoot())
    }
  }

  /// F depends on exp(2 s): however wide the prior, it falls off within 1 or so where SDs become
  /// too large.
  static let longestStep = 1.0

  /// A mode is at most a few of the longest moves away, unless columns are badly scaled.
  private static let maximumMoves = 30

  /// Newton's method from `start`, with the curvature that a fit estimates; the center need not be
  /// exact.
  /// - Parameter state: where the first fit starts, if not where the last one ended.
  init(
    _ fitter: LogSDEvaluator, start: [Double], from state: DoubleStorage? = nil,
    priors: [LogSDPrior]
  ) throws(FitError) {
    let count = start.count
    var center = start
    var fit = try fitter.fit(at: center, from: state)
    func scales() -> [Double] {
      // The rates respond to s and make the density wider or narrower than the estimate; never
      // wider than the prior.
      zip(priors, zip(center, fit.optimum.curvature)).map { prior, term in
        let precision = max(-prior.curvature(at: term.0) - term.1, prior.leastPrecision)
        return min(Self.longestStep, 1 / precision.squareRoot())
      }
    }
    for _ in 0..<Self.maximumMoves {
      let sds = scales()
      let moves = (0..<count).map { max(-1, min(1, fit.gradient[$0] * sds[$0] * sds[$0])) }
      if (0..<count).allSatisfy({ moves[$0].magnitude < 0.3 * sds[$0] }) { break }
      for k in 0..<count { center[k] += moves[k] }
      fit = try fitter.fit(at: center)
    }
    let state = fitter.state
    var precision = Matrix(order: count)
    var thirds = [Double](repeating: 0, count: count)
    for (k, sd) in scales().enumerated() {
      var gradients: [[Double]] = []
      for side in [-sd, sd] {
        var moved = center
        moved[k] += side
        gradients.append(try fitter.fit(at: moved, from: state).gradient)
      }
      thirds[k] = (gradients[0][k] + gradients[1][k] - 2 * fit.gradient[k]) / (sd * sd)
      for l in 0..<count {
        precision[k, l] += 0.25 * (gradients[0][l] - gradients[1][l]) / sd
        precision[l, k] += 0.25 * (gradients[0][l] - gradients[1][l]) / sd
      }
    }
    for k in 0..<count {
      // Even a density that is flat or convex here is bounded by its prior.
      precision[k, k] = max(precision[k, k], 0.25 * priors[k].leastPrecision)
    }
    self.priors = priors
    self.fit = fit
    self.center = center
    self.precision = precision
    asymmetry = (0..<count).reduce(0) {
      let sd = 1 / precision[$1, $1].squareRoot()
      return max($0, (thirds[$1] * sd * sd * sd).magnitude)
    }
    let factor = DoubleStorage(precision.elements)
    let move = DoubleStorage(fit.gradient)
    SmallCholesky.factor(factor.pointer, order: count)
    SmallCholesky.solve(factor.pointer, order: count, move.pointer)
    peak = zip(center, move.array).map { $0 + $1 }
    self.state = state
  }
}
