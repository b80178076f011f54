/// The line through the mode of q(s) on which one log SD varies and the others stay at their
/// conditional means.
///
/// With covariance V of the log SDs near the mode it is s = peak + t V e_k / V_kk. The density
/// along it is the marginal density of s_k where the others' conditional distribution keeps its
/// shape: exact for a Gaussian, and for independent log SDs whatever their distributions. It takes
/// some ten fits, where a lattice in K dimensions takes ten to the power K.
struct LogSDLine {
  private let mode: LogSDMode
  private let axis: Int
  /// V e_k / V_kk
  private let direction: [Double]
  /// The SD of s_k that V says, no more than a lattice's steps are.
  private let step: Double

  init(axis k: Int, of mode: LogSDMode) {
    self.mode = mode
    axis = k
    let count = mode.center.count
    let factor = DoubleStorage(mode.precision)
    let column = DoubleStorage(count: count)
    column.pointer[k] = 1
    SmallCholesky.factor(factor.pointer, order: count)
    SmallCholesky.solve(factor.pointer, order: count, column.pointer)
    let variance = column.pointer[k]
    direction = column.array.map { $0 / variance }
    step = min(LogSDMode.longestStep, variance.squareRoot())
  }

  /// The marginal distribution of the log SD.
  func marginal(_ fitter: ConditionalFitter) throws(FitError) -> Marginal {
    let lattice = try LogSDLattice(
      center: [mode.peak[axis]], steps: [step], priorSD: mode.priorSD, from: mode.state
    ) { (own, start) throws(FitError) in
      let distance = own[0] - mode.peak[axis]
      let fit = try fitter.fit(
        at: zip(mode.peak, direction).map { $0 + distance * $1 }, from: start)
      let slope = zip(fit.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      let point = LogSDPoint(
        logSDs: own, logBound: fit.logBound, evidenceGap: 0, gradient: [slope], parts: [])
      return (point, fitter.state)
    }
    return lattice.marginal(of: 0)
  }
}
