import PlatformEssentials

/// Extrapolates the alternation between q(b, u) and q(s).
///
/// At precisions w the fit of (b, u) gives sums of squares T(w), and q(s) is optimal where log
/// T_k(w) + log w_k = log E_k. The alternation moves y = log w to the solution y* for the present
/// T. That is slow where T depends on w, which it does where the groups' data say little. This
/// takes one Newton step on the equation instead:
///
///     (diag(T_k (1 + kappa_k)) + H) (y - y*) = -H (y* - y_now),
///     H_kl = d T_k / d y_l,  kappa_k = -d log E_k / d y_k
///
/// H is the effect of w on the Gaussian with the rates e held fixed. With S the covariance under
/// the present precisions, H_kl = -w_l (2 m_k' S m_l + sum_j Cov(u_jk, u_jl)^2).
final class LogSDExtrapolation {
  private let data: ModelData
  private let priorSD: Double
  /// Holds the factored precision of the state, or of one near it, whenever it is used.
  private let factorization: ArrowFactorization
  /// H, q x q.
  let squaresSlopes: DoubleStorage
  private let forms: DoubleStorage
  private let present: DoubleStorage
  private let system: DoubleStorage
  private let step: DoubleStorage

  init(_ data: ModelData, priorSD: Double, factorization: ArrowFactorization) {
    self.data = data
    self.priorSD = priorSD
    self.factorization = factorization
    let q = data.shape.termCount
    squaresSlopes = DoubleStorage(count: q * q)
    forms = DoubleStorage(count: q * q)
    present = DoubleStorage(count: q)
    system = DoubleStorage(count: q * q)
    step = DoubleStorage(count: q)
  }

  /// Moves q(s), in place, from its optimum for the state to where the alternation leads.
  func advance(
    _ optima: inout [LogSDPosterior], from state: GaussianState, expectations: Expectations
  ) {
    let q = data.shape.termCount
    let effects = Double(data.shape.groupCount)
    setSquaresSlopes(at: state, expectations: expectations)
    for k in 0..<q { present.pointer[k] = log(state.termPrecisions.pointer[k]) }
    let priorPrecision = 1 / (priorSD * priorSD)
    system.copy(from: squaresSlopes)
    step.fill(with: 0)
    for k in 0..<q {
      let expected = effects + optima[k].mean * priorPrecision
      let slope = optima[k].logTermPrecisionSlope(priorSD: priorSD)
      system.pointer[k * (q + 1)] +=
        expectations.termSquares[k] * (1 - priorPrecision / (expected * slope))
      for l in 0..<q {
        step.pointer[k] -=
          squaresSlopes.pointer[k * q + l] * (optima[l].logTermPrecision - present.pointer[l])
      }
    }
    let logDeterminant = SmallCholesky.factor(system.pointer, order: q)
    guard logDeterminant.isFinite else { return }
    SmallCholesky.solve(system.pointer, order: q, step.pointer)
    for k in 0..<q {
      optima[k] = optima[k].shifted(
        logTermPrecisionBy: step.pointer[k], effects: effects, priorSD: priorSD)
    }
  }

  /// Fills `squaresSlopes`.
  func setSquaresSlopes(at state: GaussianState, expectations: Expectations) {
    let q = data.shape.termCount
    factorization.setTermQuadraticForms(state.randomMean, into: forms)
    for k in 0..<q {
      for l in 0..<q {
        squaresSlopes.pointer[k * q + l] =
          -state.termPrecisions.pointer[l]
          * (2 * forms.pointer[k * q + l] + expectations.termCovarianceSquares[k * q + l])
      }
    }
  }
}
