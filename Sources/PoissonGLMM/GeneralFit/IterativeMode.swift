import Foundation

/// The mode of p(phi) exp(F + R) and the normal there, by Newton's method with differences of the
/// gradient of F and of R. Leaves the Gaussian of the bound at the mode.
struct IterativeMode {
  private(set) var point: [Double]
  private(set) var covariance = Matrix(order: 0)
  /// d m / d phi_a, by hyperparameter.
  private(set) var slopes: [DoubleStorage] = []
  /// R at the mode.
  private(set) var evidenceValue = 0.0
  let evidence: IterativeEvidence?

  /// A step shorter than this many SDs is the last.
  private static let tolerance = 0.1
  private static let maximumSteps = 8

  init(
    _ problem: GeneralProblem, _ gaussian: IterativeGaussian, isCorrected: Bool
  ) throws(FitError) {
    evidence = isCorrected ? IterativeEvidence(gaussian) : nil
    try gaussian.start(under: problem.prior(at: problem.startingHyperparameters))
    point = try GradientClimb.mode(
      from: problem.startingHyperparameters, scales: problem.typicalVariances
    ) { (phi) throws(FitError) in Self.gradient(problem, gaussian, at: phi) }
    var scales = problem.typicalVariances.map { $0.squareRoot() }
    for _ in 0..<Self.maximumSteps {
      let (gradient, curvature) = expansion(problem, gaussian, scales: scales)
      let eigen = SymmetricEigenvectors(curvature)
      let values = eigen.values.map {
        max($0, HyperparameterMode<DoubleStorage>.smallestCurvature)
      }
      covariance = Matrix(order: point.count)
      for (k, value) in values.enumerated() {
        for i in point.indices {
          for j in point.indices {
            covariance[i, j] += eigen.vectors[i, k] * eigen.vectors[j, k] / value
          }
        }
      }
      let step = covariance * gradient
      let length = zip(step, gradient).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
      let longest = step.reduce(0) { max($0, $1.magnitude) }
      let share = min(1, HyperparameterMode<DoubleStorage>.longestStep / max(longest, 1e-300))
      for a in point.indices { point[a] += share * step[a] }
      scales = point.indices.map { covariance[$0, $0].squareRoot() }
      if length < Self.tolerance { break }
    }
    gaussian.maximize(under: problem.prior(at: point))
    if let evidence { evidenceValue = evidence.value() }
  }

  /// Of F + log p(phi), by the envelope theorem.
  private static func gradient(
    _ problem: GeneralProblem, _ gaussian: IterativeGaussian, at phi: [Double]
  ) -> [Double] {
    gaussian.maximize(under: problem.prior(at: phi))
    let slopes = problem.hyperparameters.gradient(
      at: phi, levels: problem.levels, secondMoments: gaussian.secondMoments)
    return zip(
      slopes, problem.hyperparameters.logPriorGradient(at: phi, problem.hyperparameterPrior)
    ).map(+)
  }

  /// Gradient and negative Hessian of F + R + log p(phi) from points half an SD away. What R adds
  /// to the Hessian off the diagonal is left out.
  private mutating func expansion(
    _ problem: GeneralProblem, _ gaussian: IterativeGaussian, scales: [Double]
  ) -> (gradient: [Double], curvature: Matrix) {
    var gradient = Self.gradient(problem, gaussian, at: point)
    let center = evidence?.value() ?? 0
    var curvature = Matrix(order: point.count)
    slopes = []
    for axis in point.indices {
      let distance = max(0.01, min(1, 0.5 * scales[axis]))
      func side(_ step: Double) -> (gradient: [Double], evidence: Double, means: DoubleStorage) {
        var moved = point
        moved[axis] += step
        let slopes = Self.gradient(problem, gaussian, at: moved)
        return (slopes, evidence?.value() ?? 0, DoubleStorage(gaussian.means.array))
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
