import Foundation
import SimulationStudy

/// The mean count and the standard deviation between groups by the method of moments.
///
/// For y_ij ~ Poisson(exp(b + u_i)), u_i ~ N(0, s^2), the mean count is m = exp(b + s^2 / 2), and
/// two counts of one group have the covariance m^2 (exp(s^2) - 1). So
///
///     s^2 = log(1 + covariance / m^2),    b = log(m) - s^2 / 2
///
/// The standard error of b is that of log(m) between groups.
struct MomentEstimator: Estimator {
  let name: String

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    var sums: [Double] = []
    var squares: [Double] = []
    var sizes: [Double] = []
    for (count, group) in zip(data.counts, data.groupOfRow) {
      while sums.count <= group {
        sums.append(0)
        squares.append(0)
        sizes.append(0)
      }
      sums[group] += count
      squares[group] += count * count
      sizes[group] += 1
    }
    let rows = Double(data.counts.count)
    let mean = sums.reduce(0, +) / rows
    guard mean > 0 else { throw EstimationError("there is no event.") }
    var products = 0.0
    var pairs = 0.0
    for group in sums.indices {
      products += sums[group] * sums[group] - squares[group]
      pairs += sizes[group] * (sizes[group] - 1)
    }
    let variance = log(max(1, products / pairs / (mean * mean)))
    let intercept = log(mean) - variance / 2
    var scatter = 0.0
    for group in sums.indices { scatter += pow(sums[group] - mean * sizes[group], 2) }
    let groups = Double(sums.count)
    let error = (scatter * groups / (groups - 1)).squareRoot() / (rows * mean)
    var parameters = [
      ParameterEstimate(
        parameter: "Intercept", estimate: intercept, standardError: error,
        intervalLower: intercept - 1.96 * error, intervalUpper: intercept + 1.96 * error,
        pValue: nil)
    ]
    // Where the counts vary no more than Poisson's, the log of the standard deviation is no number.
    if variance > 0 {
      parameters.append(
        ParameterEstimate(
          parameter: "log_sd(Intercept)", estimate: 0.5 * log(variance), standardError: nil,
          intervalLower: nil, intervalUpper: nil, pValue: nil))
    }
    return EstimationResult(
      parameters: parameters, evidenceLowerBound: nil, iterations: 0, reason: "closed form",
      converged: true)
  }
}
