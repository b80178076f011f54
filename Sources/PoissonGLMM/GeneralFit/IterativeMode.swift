import PlatformEssentials

/// The mode of p(phi) exp(F + R) and the normal there, by Newton's method with differences of the
/// gradient of F and of R. Leaves the Gaussian of the bound at the mode.
struct IterativeMode {
  private(set) var point: [Double]
  private(set) var covariance = Matrix(order: 0)
  /// d m / d phi_a, by hyperparameter.
  private(set) var slopes: [DoubleStorage] = []
  /// R and the gradient of F + log p(phi) at the mode.
  private(set) var evidenceValue = 0.0
  private(set) var gradient: [Double] = []

  /// A step shorter than this many SDs is the last.
  private static let tolerance = 0.1
  private static let maximumSteps = 8

  init(_ fit: IterativeConditionalFit) throws(FitError) {
    let problem = fit.problem
    try fit.gaussian.start(under: problem.prior(at: problem.startingHyperparameters))
    point = try GradientClimb.mode(
      from: problem.startingHyperparameters, scales: problem.typicalVariances
    ) { (phi) throws(FitError) in
      try FitLimit.check()
      return fit.gradient(at: phi)
    }
    var scales = problem.typicalVariances.map { $0.squareRoot() }
    for _ in 0..<Self.maximumSteps {
      try FitLimit.check()
      let (gradient, curvature) = expansion(fit, scales: scales)
      covariance = SymmetricEigenvectors(curvature).matrix {
        1 / max($0, HyperparameterMode<DoubleStorage>.smallestCurvature)
      }
      let step = covariance * gradient
      let length = zip(step, gradient).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
      let longest = step.reduce(0) { max($0, $1.magnitude) }
      let share = min(1, HyperparameterMode<DoubleStorage>.longestStep / max(longest, 1e-300))
      for a in point.indices { point[a] += share * step[a] }
      scales = point.indices.map { covariance[$0, $0].squareRoot() }
      if length < Self.tolerance { break }
    }
    gradient = fit.gradient(at: point)
    evidenceValue = fit.evidence?.value() ?? 0
  }

  /// Gradient and negative Hessian of F + R + log p(phi) from points half an SD away. What R adds
  /// to the Hessian off the diagonal is left out.
  private mutating func expansion(
    _ fit: IterativeConditionalFit, scales: [Double]
  ) -> (gradient: [Double], curvature: Matrix) {
    var gradient = fit.gradient(at: point)
    let center = fit.evidence?.value() ?? 0
    var curvature = Matrix(order: point.count)
    slopes = []
    for axis in point.indices {
      let distance = max(0.01, min(1, 0.5 * scales[axis]))
      func side(_ step: Double) -> (gradient: [Double], evidence: Double, means: DoubleStorage) {
        var moved = point
        moved[axis] += step
        let slopes = fit.gradient(at: moved)
        return (slopes, fit.evidence?.value() ?? 0, DoubleStorage(fit.gaussian.means.array))
      }
      let (above, below) = (side(distance), side(-distance))
      for other in point.indices {
        let slope = (below.gradient[other] - above.gradient[other]) / (4 * distance)
        curvature[axis, other] += slope
        curvature[other, axis] += slope
      }
      gradient[axis] += (above.evidence - below.evidence) / (2 * distance)
      curvature[axis, axis] -=
        (above.evidence - 2 * center + below.evidence) / (distance * distance)
      above.means.add(below.means, times: -1)
      above.means.scale(by: 1 / (2 * distance))
      slopes.append(above.means)
    }
    return (gradient, curvature)
  }
}
