/// q(theta) of a design that cannot be factored at any hyperparameters, with what `corrected` adds.
final class IterativeConditionalFit {
  let problem: GeneralProblem
  let gaussian: IterativeGaussian
  /// nil unless `corrected`.
  let evidence: IterativeEvidence?
  private let response: IterativeResponse?

  init(_ problem: GeneralProblem, isCorrected: Bool) {
    self.problem = problem
    gaussian = IterativeGaussian(problem)
    evidence = isCorrected ? IterativeEvidence(gaussian) : nil
    response = isCorrected ? IterativeResponse(gaussian) : nil
  }

  /// Maximizes F at phi.
  /// - Returns: the gradient of F + log p(phi), by the envelope theorem.
  func gradient(at phi: [Double]) -> [Double] {
    gaussian.maximize(under: problem.prior(at: phi))
    let slopes = problem.hyperparameters.gradient(
      at: phi, levels: problem.levels, secondMoments: gaussian.secondMoments)
    return zip(
      slopes, problem.hyperparameters.logPriorGradient(at: phi, problem.hyperparameterPriors)
    ).map(+)
  }

  /// The moments of the effects at the maximum; under `corrected` covariances by linear response,
  /// where that has a solution.
  func moments() -> IterativeMoments {
    var moments = IterativeMoments(gaussian)
    if let response { moments.hasResponse = response.update() }
    if let response, moments.hasResponse {
      moments.fixedCovariance = response.fixedCovariance()
      moments.randomVariance = problem.randomPart(response.variances())
    }
    return moments
  }

  /// dR/dt of every fixed effect at the maximum, in SDs, as `ConditionalGaussianFit` has it; 0
  /// where there is none.
  /// - Parameter center: R.
  func meanShifts(center: Double) -> [Double] {
    var shifts = [Double](repeating: 0, count: problem.layout.fixedCount)
    guard let evidence, let response, response.update() else { return shifts }
    let weights = gaussian.precision.weights.array
    let moved = DoubleStorage(count: weights.count)
    let step = ConditionalGaussianFit.meanStep
    response.forEachWeightChange { c, change in
      for i in weights.indices { moved.pointer[i] = weights[i] + step * change.pointer[i] }
      guard gaussian.update(weights: moved) else { return }
      let shift = (evidence.value() - center) / step
      if shift.isFinite { shifts[c] = shift }
    }
    return shifts
  }
}
