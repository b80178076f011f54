/// Moments of theta given phi from one function: with t'theta added to the log joint density,
///
///     log Z(phi, t) ~ F(phi, t) + R(phi, t)
///
/// generates the cumulants of theta. dF/dt is m and d2F/dt2 is P_eff^-1; the derivatives of R
/// repair both.
struct DenseTiltedMoments {
  /// m_c + dR/dt_c.
  let mean: Double
  /// (P_eff^-1)_cc + d2R/dt_c2.
  let variance: Double
  /// dR/dt_c: what the variational mean lacks.
  let meanRepair: Double
  /// d2R/dt_c2.
  let varianceRepair: Double

  /// Nil if a fit with a tilt does not converge.
  /// - Parameter index: c, an index of theta.
  init?(_ surface: DensePhiSurface, at point: DensePhiSurface.Point, of index: Int) {
    guard let response = surface.response(at: point) else { return nil }
    let linear = response.covariance[index, index]
    // A mean moves by a twentieth of its SD, so that the formulas of second order leave 1e-3 of the
    // repairs; rounding of R is 1e-12.
    let step = 0.05 / linear.squareRoot()
    func repair(_ amount: Double) -> Double? {
      var tilt = point.prior.tilt
      tilt[index] += amount
      guard let tilted = surface.maximize(at: point.phi, tilt: tilt, from: point.gaussian),
        tilted.optimum.isConverged
      else { return nil }
      return surface.response(at: tilted)?.repair
    }
    guard let above = repair(step), let below = repair(-step) else { return nil }
    meanRepair = (above - below) / (2 * step)
    varianceRepair = (above - 2 * response.repair + below) / (step * step)
    mean = point.gaussian.mean[index] + meanRepair
    variance = linear + varianceRepair
  }
}
