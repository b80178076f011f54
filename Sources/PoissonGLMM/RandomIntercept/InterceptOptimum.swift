/// The best q(u_j | b) of eight groups at once, with everything else fixed.
///
/// With A the sum of a group's rates at a first mean u_0 and variance Q_0, the rates at (u, Q) are
/// those times exp(d), d = u - u_0 + (Q - Q_0) / 2. At the optimum, with rho = A exp(d) the
/// expected count,
///
///     u = (Y - rho) / w      Q = 1 / (rho + w)
///
/// so that d is the root of an increasing function of one variable:
///
///     d - (Y - rho - w u_0) / w - (1 / (rho + w) - Q_0) / 2 = 0
struct InterceptOptimum {
  /// E u_j
  let mean: SIMD8<Double>
  /// Q_j
  let variance: SIMD8<Double>
  /// rho
  let expectedCount: SIMD8<Double>
  /// exp(d)
  let rateFactor: SIMD8<Double>

  /// Newton's method converges quadratically: a step of this size leaves an error of about 1e-16.
  private static let tolerance = 1e-8
  private static let maximumSteps = 100
  /// Newton's method without a bracket nearly always ends within so many steps.
  private static let plainSteps = 8
  /// The longest step: rates change by exp(4) at most.
  private static let longestStep = 4.0

  @inline(__always)
  init(
    rateSum: SIMD8<Double>, counts: SIMD8<Double>, startMean: SIMD8<Double>,
    startVariance: SIMD8<Double>, termPrecision w: Double
  ) {
    var d = SIMD8<Double>.zero
    var lower = SIMD8<Double>(repeating: -.infinity)
    var upper = SIMD8<Double>(repeating: .infinity)
    var rho = rateSum
    var factor = SIMD8<Double>(repeating: 1)
    let inverseWeight = 1 / w
    let surplus = counts - w * startMean
    for count in 0..<Self.maximumSteps {
      let q = 1 / (rho + w)
      let value = d - (surplus - rho) * inverseWeight - 0.5 * (q - startVariance)
      let slope = 1 + rho * (inverseWeight + 0.5 * q * q)
      var step = value / slope
      // The sum of squares bounds them all, and is NaN where one is.
      let size = sumOfLanes(step * step)
      if !(size <= Self.longestStep * Self.longestStep) {
        step.replace(with: Self.longestStep, where: step .> Self.longestStep)
        step.replace(with: -Self.longestStep, where: step .< -Self.longestStep)
      }
      var next = d - step
      if count >= Self.plainSteps {
        // Where the function bends, a Newton step may leave the bracket of the root.
        upper.replace(with: d, where: value .> 0)
        lower.replace(with: d, where: value .< 0)
        next.replace(with: 0.5 * (lower + upper), where: (next .< lower) .| (next .> upper))
      }
      d = next
      factor = vectorExponential(d)
      rho = rateSum * factor
      if !(size > Self.tolerance * Self.tolerance) { break }
    }
    variance = 1 / (rho + w)
    mean = startMean + d - 0.5 * (variance - startVariance)
    expectedCount = rho
    rateFactor = factor
  }
}
