import Foundation

/// Where the alternation between q(b, u) and q(s) is heading.
///
/// At precisions w the fit of (b, u) gives sums of squares T(w), and q(s) is optimal where log T_k(w) + log w_k = log E_k.
/// The alternation takes w to the solution y* = log w for the present T, which crawls where T depends on w, that is where
/// groups say little. This takes one Newton step on the equation instead:
///
///     (diag(T_k (1 + kappa_k)) + H) (y - y*) = -H (y* - y_now),    H_kl = d T_k / d y_l,  kappa_k = -d log E_k / d y_k
///
/// H is the effect of w on the Gaussian with the rates e held: with S the covariance under the present precisions,
/// H_kl = -w_l (2 m_k' S m_l + sum_j Cov(u_jk, u_jl)^2).
struct LogSDExtrapolation {
  let data: ModelData
  let priorSD: Double
  let state: GaussianState
  let expectations: Expectations
  /// Holds a factored precision at or near the state's.
  let factorization: ArrowFactorization

  /// q(s) after the step.
  /// - Parameter optima: q(s) at its optimum for the state.
  func next(after optima: [LogSDPosterior]) -> [LogSDPosterior] {
    let count = data.componentCount
    let response = componentResponse()
    let squares = expectations.componentSquares
    var present = [Double](repeating: 0, count: count)
    for (k, component) in data.componentOfTerm.enumerated() {
      present[component] = log(state.termPrecisions.pointer[k])
    }
    let priorPrecision = 1 / (priorSD * priorSD)
    let system = DoubleStorage(response)
    let step = DoubleStorage(count: count)
    for k in 0..<count {
      let expected = data.effectsOfComponent[k] + optima[k].mean * priorPrecision
      let slope = optima[k].logWeightSlope(priorSD: priorSD)
      system.pointer[k * (count + 1)] += squares[k] * (1 - priorPrecision / (expected * slope))
      for l in 0..<count {
        step.pointer[k] -= response[k * count + l] * (optima[l].logWeight - present[l])
      }
    }
    let logDeterminant = SmallCholesky.factor(system.pointer, order: count)
    guard logDeterminant.isFinite else { return optima }
    SmallCholesky.solve(system.pointer, order: count, step.pointer)
    return (0..<count).map { k in
      optima[k].shifted(
        logWeightBy: step.pointer[k], effects: data.effectsOfComponent[k], priorSD: priorSD)
    }
  }

  /// H, by variance component.
  func componentResponse() -> [Double] {
    let (q, count) = (data.shape.termCount, data.componentCount)
    let forms = factorization.termQuadraticForms(state.randomMean)
    var response = [Double](repeating: 0, count: count * count)
    for k in 0..<q {
      for l in 0..<q {
        response[data.componentOfTerm[k] * count + data.componentOfTerm[l]] -=
          state.termPrecisions.pointer[l]
          * (2 * forms[k * q + l] + expectations.termCovarianceSquares[k * q + l])
      }
    }
    return response
  }
}
