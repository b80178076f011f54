import Foundation

/// Finds the Gaussian that maximizes F for a given prior of theta.
///
/// The state is (m, eps). Its optimum solves
///
///     A'(y - e) - Lambda m + t = 0,    eps = e
///
/// by Newton's method for both together, with the natural-gradient step
/// m += rho P(e)^-1 g, eps <- (1 - rho) eps + rho e where that would lower F.
struct DenseMaximizer {
  let model: DenseGeneralModel
  let prior: DenseEffectPrior
  /// The ranges of theta that q holds independent: [0..<d] for a full Gaussian.
  let blocks: [Range<Int>]

  struct Optimum {
    let gaussian: DenseGeneralGaussian
    let iterations: Int
    /// The length of the last step, (dm'P dm)^1/2 and the largest |deps / eps|: below 1e-7 a Newton
    /// step, which squares the error, leaves nothing but rounding.
    let lastStep: Double

    var isConverged: Bool { lastStep < 1e-7 }
  }

  private struct Step {
    let mean: [Double]
    let weights: [Double]
    let length: Double
  }

  /// - Parameter start: the optimum of a similar problem, if there is one.
  func maximize(from start: DenseGeneralGaussian? = nil) -> Optimum? {
    guard var current = start.flatMap({ gaussian($0.mean, $0.weights) }) ?? leastSquares() else {
      return nil
    }
    // The rounding error of F.
    let slack = 1e-13 * (1 + current.bound.magnitude)
    var lastStep = Double.infinity
    for iteration in 0..<2_000 {
      guard lastStep >= 1e-7 else {
        return Optimum(gaussian: current, iterations: iteration, lastStep: lastStep)
      }
      // From a cold start the first step goes by the gradient: eps and e are far apart.
      let newton = iteration == 0 && start == nil ? nil : newtonStep(from: current)
      if let newton,
        let next = advance(current, by: newton, fractions: [1, 0.5, 0.25], slack: slack)
      {
        (current, lastStep) = (next, newton.length)
        continue
      }
      let halvings = (0..<30).map { pow(0.5, Double($0)) }
      guard let natural = naturalStep(from: current),
        let next = advance(current, by: natural, fractions: halvings, slack: slack)
      else { return Optimum(gaussian: current, iterations: iteration, lastStep: lastStep) }
      // A natural-gradient step's length says little about the distance that is left.
      (current, lastStep) = (next, max(natural.length, 1e-6))
    }
    return Optimum(gaussian: current, iterations: 2_000, lastStep: lastStep)
  }

  private func gaussian(_ mean: [Double], _ weights: [Double]) -> DenseGeneralGaussian? {
    DenseGeneralGaussian(model, prior: prior, blocks: blocks, mean: mean, weights: weights)
  }

  /// Weighted least squares to the log counts.
  private func leastSquares() -> DenseGeneralGaussian? {
    let weights = model.counts.map { $0 + 0.5 }
    let response = zip(weights, model.offset).map { $0 * (log($0) - $1) }
    let side = zip(model.design.transposedTimes(response), prior.tilt).map(+)
    guard let factor = DenseCholesky(DenseGeneralGaussian.precision(model, prior, weights)) else {
      return nil
    }
    return gaussian(factor.solve(side), weights)
  }

  /// A'(y - x) - Lambda m + t.
  private func gradient(_ mean: [Double], rates x: [Double]) -> [Double] {
    let data = model.design.transposedTimes(zip(model.counts, x).map(-))
    let priorPart = prior.precision.times(mean)
    return mean.indices.map { data[$0] - priorPart[$0] + prior.tilt[$0] }
  }

  /// Newton's step of (m, eps), from e - eps and the gradient:
  ///
  ///     dm   = P_eff^-1 [A'(y - eps - J (e - eps)) - Lambda m + t]
  ///     deps = J (e - eps) + J E A dm
  private func newtonStep(from state: DenseGeneralGaussian) -> Step? {
    guard let response = DenseLinearResponse(model, prior: prior, gaussian: state),
      let factor = DenseCholesky(response.precision)
    else { return nil }
    let correction = response.damped(zip(state.rates, state.weights).map(-))
    let dm = factor.solve(
      gradient(state.mean, rates: zip(state.weights, correction).map(+)))
    let de = response.rateChange(of: model.design.times(dm))
    return step(dm, zip(correction, de).map(+), from: state)
  }

  private func naturalStep(from state: DenseGeneralGaussian) -> Step? {
    let precision = DenseGeneralGaussian.precision(model, prior, state.rates)
    guard let factor = DenseCholesky(precision) else { return nil }
    let dm = factor.solve(gradient(state.mean, rates: state.rates))
    return step(dm, zip(state.rates, state.weights).map(-), from: state)
  }

  private func step(_ dm: [Double], _ deps: [Double], from state: DenseGeneralGaussian) -> Step {
    let product = DenseGeneralGaussian.precision(model, prior, state.rates).times(dm)
    let length = zip(dm, product).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
    let change = zip(deps, state.weights).map { ($0 / $1).magnitude }.max() ?? 0
    return Step(mean: dm, weights: deps, length: max(length, change))
  }

  /// The first of the fractions of a step that does not lower F.
  private func advance(
    _ state: DenseGeneralGaussian, by step: Step, fractions: [Double], slack: Double
  ) -> DenseGeneralGaussian? {
    for fraction in fractions {
      let mean = zip(state.mean, step.mean).map { $0 + fraction * $1 }
      let weights = zip(state.weights, step.weights).map { weight, change in
        let relative = fraction * change / weight
        // Weights are positive: a step that halves one or more goes along its logarithm.
        return relative < -0.5 ? weight * exp(max(relative, -2)) : weight * (1 + relative)
      }
      if let next = gaussian(mean, weights), next.bound >= state.bound - slack { return next }
    }
    return nil
  }
}
