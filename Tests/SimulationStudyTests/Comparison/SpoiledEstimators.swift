import Foundation
import PoissonGLMM

@testable import SimulationStudy

/// A fitter that stops early: after a share of the iterations that it needs, taking that for the
/// optimum.
struct HastyEstimator: Estimator {
  let method: MethodSpecification
  /// Share of the iterations that it makes.
  let diligence: Double
  var name: String { method.name }

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    let whole = try VariationalEstimator(method).estimate(data)
    let capped = MethodSpecification(
      name: name, approximation: method.approximation,
      maximumIterations: max(1, Int(diligence * Double(whole.iterations))))
    return try VariationalEstimator(capped).estimate(data).with(converged: true)
  }
}

/// The fitter with a cap on its iterations that some data sets reach.
func cappedEstimator(_ method: MethodSpecification, at limit: Int) -> VariationalEstimator {
  VariationalEstimator(
    MethodSpecification(
      name: method.name, approximation: method.approximation, maximumIterations: limit))
}

/// Posterior mode of a Poisson regression on an intercept and x with N(0, 1) priors, by Newton's
/// method. Its "bound" is the log posterior at the mode, but for a constant. A toy: in this
/// project's own fitter sign errors are planted by `scripts/prove-comparison`.
struct PoissonModeEstimator: Estimator {
  let name: String
  /// A sign error in one derivative: that of the prior of x's coefficient.
  let hasSignError: Bool

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    guard let x = data.covariates.first(where: { $0.name == "x" })?.values else {
      throw EstimationError("there is no x.")
    }
    var (a, b) = (0.0, 0.0)
    var information = (aa: 1.0, ab: 0.0, bb: 1.0)
    var iterations = 0
    var step = Double.infinity
    while step > 1e-12, iterations < 100 {
      var gradient = (a: -a, b: hasSignError ? b : -b)
      information = (1, 0, 1)
      for (y, x) in zip(data.counts, x) {
        let mean = exp(a + b * x)
        gradient.a += y - mean
        gradient.b += (y - mean) * x
        information.aa += mean
        information.ab += mean * x
        information.bb += mean * x * x
      }
      let determinant = information.aa * information.bb - information.ab * information.ab
      let move = (
        a: (information.bb * gradient.a - information.ab * gradient.b) / determinant,
        b: (information.aa * gradient.b - information.ab * gradient.a) / determinant
      )
      (a, b) = (a + move.a, b + move.b)
      step = abs(move.a) + abs(move.b)
      iterations += 1
    }
    let determinant = information.aa * information.bb - information.ab * information.ab
    let posterior = zip(data.counts, x).reduce(-(a * a + b * b) / 2) { sum, row in
      sum + row.0 * (a + b * row.1) - exp(a + b * row.1)
    }
    func parameter(_ name: String, _ estimate: Double, _ variance: Double) -> ParameterEstimate {
      let sd = variance.squareRoot()
      return ParameterEstimate(
        parameter: name, estimate: estimate, standardError: sd,
        intervalLower: estimate - 1.96 * sd, intervalUpper: estimate + 1.96 * sd, pValue: nil)
    }
    return EstimationResult(
      parameters: [
        parameter("Intercept", a, information.bb / determinant),
        parameter("x", b, information.aa / determinant),
      ], evidenceLowerBound: posterior, iterations: iterations, reason: "converged",
      converged: step <= 1e-12)
  }
}
