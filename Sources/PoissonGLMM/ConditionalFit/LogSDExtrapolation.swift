import Foundation

/// Where the alternation between q(b, u) and q(s) is heading.
///
/// At precisions w the fit of (b, u) gives sums of squares T(w), and q(s) is optimal where log
/// T_k(w) + log w_k = log E_k. The alternation takes w to the solution y* = log w for the present
/// T, which crawls where T depends on w, that is where groups say little. This takes one Newton
/// step on the equation instead:
///
///     (diag(T_k (1 + kappa_k)) + H) (y - y*) = -H (y* - y_now),
///     H_kl = d T_k / d y_l,  kappa_k = -d log E_k / d y_k
///
/// H is the effect of w on the Gaussian with the rates e held: with S the covariance under the
/// present precisions, H_kl = -w_l (2 m_k' S m_l + sum_j Cov(u_jk, u_jl)^2).
final class LogSDExtrapolation {
  private let data: ModelData
  private let priorSD: Double
  /// Holds a factored precision at or near the state's whenever it is used.
  private let factorization: ArrowFactorization
  /// H, by variance component, K x K.
  let response: DoubleStorage
  private let forms: DoubleStorage
  private let present: DoubleStorage
  private let system: DoubleStorage
  private let step: DoubleStorage

  init(_ data: ModelData, priorSD: Double, factorization: ArrowFactorization) {
    self.data = data
    self.priorSD = priorSD
    self.factorization = factorization
    let count = data.componentCount
    response = DoubleStorage(count: count * count)
    forms = DoubleStorage(count: data.shape.termCount * data.shape.termCount)
    present = DoubleStorage(count: count)
    system = DoubleStorage(count: count * count)
    step = DoubleStorage(count: count)
  }

  /// Moves q(s) on, in place, from its optimum for the state.
  func advance(
    _ optima: inout [LogSDPosterior], from state: GaussianState, expectations: Expectations
  ) {
    let count = data.componentCount
    setResponse(at: state, expectations: expectations)
    for (k, component) in data.componentOfTerm.enumerated() {
      present.pointer[component] = log(state.termPrecisions.pointer[k])
    }
    let priorPrecision = 1 / (priorSD * priorSD)
    system.copy(from: response)
    step.fill(with: 0)
    for k in 0..<count {
      let expected = data.effectsOfComponent[k] + optima[k].mean * priorPrecision
      let slope = optima[k].logWeightSlope(priorSD: priorSD)
      system.pointer[k * (count + 1)] +=
        expectations.componentSquares[k] * (1 - priorPrecision / (expected * slope))
      for l in 0..<count {
        step.pointer[k] -=
          response.pointer[k * count + l] * (optima[l].logWeight - present.pointer[l])
      }
    }
    let logDeterminant = SmallCholesky.factor(system.pointer, order: count)
    guard logDeterminant.isFinite else { return }
    SmallCholesky.solve(system.pointer, order: count, step.pointer)
    for k in 0..<count {
      optima[k] = optima[k].shifted(
        logWeightBy: step.pointer[k], effects: data.effectsOfComponent[k], priorSD: priorSD)
    }
  }

  /// Fills `response`.
  func setResponse(at state: GaussianState, expectations: Expectations) {
    let (q, count) = (data.shape.termCount, data.componentCount)
    factorization.setTermQuadraticForms(state.randomMean, into: forms)
    response.fill(with: 0)
    for k in 0..<q {
      for l in 0..<q {
        response.pointer[data.componentOfTerm[k] * count + data.componentOfTerm[l]] -=
          state.termPrecisions.pointer[l]
          * (2 * forms.pointer[k * q + l] + expectations.termCovarianceSquares[k * q + l])
      }
    }
  }
}
