import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Linear response against its definition with dense matrices, at held log SDs.
@Suite struct LinearResponseTests {
  /// (P - A' E (I + Q E / 2)^-1 Q E A / 2)^-1, with Q = K * K elementwise, K = A S A'.
  private func denseCovariance(
    design: [[Double]], rates: [Double], precision: [Double]
  ) throws -> [Double] {
    let (n, d) = (design.count, design[0].count)
    let covariance = try Cholesky(precision, order: d).inverse()
    func k(_ i: Int, _ j: Int) -> Double {
      var value = 0.0
      for a in 0..<d where design[i][a] != 0 {
        for b in 0..<d { value += design[i][a] * covariance[a * d + b] * design[j][b] }
      }
      return value
    }
    // A' E (I + Q E / 2)^-1 Q E A = A' sqrt(E) (I + M / 2)^-1 M sqrt(E) A with M = sqrt(E) Q
    // sqrt(E).
    var m = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n { m[i * n + j] = (rates[i] * rates[j]).squareRoot() * k(i, j) * k(i, j) }
    }
    var system = m.map { 0.5 * $0 }
    for i in 0..<n { system[i * (n + 1)] += 1 }
    let factor = try Cholesky(system, order: n)
    var effective = precision
    for b in 0..<d {
      let column = (0..<n).map { rates[$0].squareRoot() * design[$0][b] }
      let product = (0..<n).map { i in
        (0..<n).reduce(0.0) { $0 + m[i * n + $1] * column[$1] }
      }
      let solved = factor.solve(product)
      for a in 0..<d {
        for i in 0..<n {
          effective[a * d + b] -= 0.5 * rates[i].squareRoot() * design[i][a] * solved[i]
        }
      }
    }
    return try Cholesky(effective, order: d).inverse()
  }

  @Test(arguments: ["few_groups", "random_slopes", "sparse_counts", "seed_example_2"])
  func agreesWithTheDenseDefinition(name: String) throws {
    let reference = try ReferenceData(name)
    let model = try reference.model()
    let maximizer = NewtonMaximizer(model, options: FitOptions())
    let structured = try maximizer.maximize()
    for shift in [-0.5, 0, 0.7] {
      let s = structured.posterior.logSDMean.map { $0 + shift }
      let optimum = try maximizer.maximize(at: s, from: nil)
      let response = try #require(maximizer.linearResponse())

      let (p, q) = (model.fixedNames.count, model.randomNames.count)
      let d = p + model.groupCount * q
      let grouping = reference.grouping
      let design = (0..<model.rowCount).map { row in
        var values = reference.fixed.map { $0.values[row] }
        var effects = [Double](repeating: 0, count: model.groupCount * q)
        for k in 0..<q {
          effects[grouping.groupOfRow[row] * q + k] = reference.random[k].values[row]
        }
        values += effects
        return values
      }
      // The rates and S belong together: S^-1 = P(e), by iteration at the fit's means.
      let mean = optimum.posterior.fixedMean + optimum.posterior.randomMean
      var rates = reference.columns["y"]!.map { $0 + 0.5 }
      var precision: [Double] = []
      for _ in 0..<400 {
        precision = [Double](repeating: 0, count: d * d)
        for a in 0..<d { precision[a * (d + 1)] = a < p ? 0.25 : exp(-2 * s[(a - p) % q]) }
        for row in design.indices {
          for a in 0..<d where design[row][a] != 0 {
            for b in 0..<d { precision[a * d + b] += rates[row] * design[row][a] * design[row][b] }
          }
        }
        let covariance = try Cholesky(precision, order: d).inverse()
        for row in design.indices {
          var predictor = reference.offset?[row] ?? 0
          var variance = 0.0
          for a in 0..<d where design[row][a] != 0 {
            predictor += design[row][a] * mean[a]
            for b in 0..<d { variance += design[row][a] * covariance[a * d + b] * design[row][b] }
          }
          rates[row] = 0.5 * (rates[row] + exp(predictor + variance / 2))
        }
      }
      let dense = try denseCovariance(design: design, rates: rates, precision: precision)
      var worst = (0.0, 0.0, 0.0)
      for c in 0..<p {
        for e in 0..<p {
          let scale = (dense[c * (d + 1)] * dense[e * (d + 1)]).squareRoot()
          worst.0 = max(worst.0, (response.fixed[c, e] - dense[c * d + e]).magnitude / scale)
        }
        worst.2 = max(worst.2, dense[c * (d + 1)] / optimum.posterior.fixedCovariance[c, c] - 1)
      }
      for index in 0..<(model.groupCount * q) {
        let variance = dense[(p + index) * (d + 1)]
        worst.1 = max(worst.1, (response.randomVariances[index] / variance - 1).magnitude)
      }
      // Iterations stop at changes of 1e-5 of a variance, and each gains a digit or more.
      #expect(worst.0 < 1e-5)
      // The random effects leave out what rows of different groups do to each other given b, of the
      // order of the square of their covariance.
      #expect(worst.1 < 3e-4)
      // The correction is there: 1 % to 10 % of a variance on these data.
      #expect(worst.2 > 0.005)
    }
  }
}
