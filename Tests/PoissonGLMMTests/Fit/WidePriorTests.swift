import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Priors of the log SDs so wide that most of the posterior is where the SDs are nothing.
@Suite struct WidePriorTests {
  private static let rowsPerGroup = 5

  private func counts(seed: UInt64) throws -> [Double] {
    let stream = try RandomStream(seed: seed, scenario: "wide", replicate: 0, purpose: .counts)
    return (0..<20).flatMap { _ in
      let rate = 2 * exp(stream.normal(sd: 0.02))
      return (0..<Self.rowsPerGroup).map { _ in stream.poisson(mean: rate) }
    }
  }

  /// Means and SDs of b and s by sums over a grid, with the random intercepts summed out over
  /// another; below s = -12 they are nothing.
  private func exactMoments(
    _ counts: [Double], logSDSD tau: Double, center: Double, width: Double
  ) -> (b: (mean: Double, sd: Double), s: (mean: Double, sd: Double)) {
    let totals = stride(from: 0, to: counts.count, by: Self.rowsPerGroup).map {
      counts[$0..<($0 + Self.rowsPerGroup)].reduce(0, +)
    }
    let nodes = (-120...120).map { Double($0) / 15 }
    let logNormal = -0.5 * log(2 * Double.pi) - log(15.0)
    func logLikelihood(_ b: Double, _ s: Double) -> Double {
      totals.reduce(0) { sum, total in
        let terms = nodes.map { z in
          let eta = b + exp(s) * z
          return total * eta - Double(Self.rowsPerGroup) * exp(eta) - 0.5 * z * z + logNormal
        }
        let peak = terms.max() ?? 0
        return sum + peak + log(terms.reduce(0) { $0 + exp($1 - peak) })
      }
    }
    // Steps of 0.1 to -12, and of tau / 50 beyond.
    let near = (0...160).map { (s: -12 + 0.1 * Double($0), width: 0.1) }
    let far = (0..<300).map { (s: -12 - (Double($0) + 0.5) * tau / 50, width: tau / 50) }
    var points: [(b: Double, s: Double, logMass: Double)] = []
    for j in -20...20 {
      let b = center + 0.3 * Double(j) * width
      let plateau = logLikelihood(b, -12)
      for (s, width) in near + far {
        let value = s > -12 ? logLikelihood(b, s) : plateau
        points.append((b, s, value - b * b / 8 - 0.5 * s * s / (tau * tau) + log(width)))
      }
    }
    let peak = points.map(\.logMass).max() ?? 0
    let masses = points.map { exp($0.logMass - peak) }
    let total = masses.reduce(0, +)
    func moments(_ values: [Double]) -> (mean: Double, sd: Double) {
      let mean = zip(values, masses).reduce(0) { $0 + $1.0 * $1.1 } / total
      let variance = zip(values, masses).reduce(0) {
        $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1
      }
      return (mean, (variance / total).squareRoot())
    }
    return (moments(points.map(\.b)), moments(points.map(\.s)))
  }

  @Test(arguments: [10.0, 100])
  func theRestOfThePriorIsThere(tau: Double) throws {
    let counts = try counts(seed: 5)
    let rows = counts.count
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: rows)], random: [.intercept(rows: rows)],
      grouping: Grouping(numbers: counts.indices.map { Double($0 / Self.rowsPerGroup) }),
      priors: Priors(logSDSD: tau))
    let fit = try model.fit()
    #expect(fit.optimization.converged)
    let (b, s) = (fit.fixedEffects[0].marginal, fit.logStandardDeviations[0].marginal)
    let exact = exactMoments(counts, logSDSD: tau, center: b.mean, width: b.standardDeviation)
    // Where the plateau ends, points are 1 apart, which is 0.2 SDs of s at tau = 10; the distances
    // beyond cost 0.003.
    #expect((s.mean - exact.s.mean).magnitude < 0.015 * exact.s.sd)
    #expect((s.standardDeviation / exact.s.sd - 1).magnitude < 0.01)
    #expect((b.mean - exact.b.mean).magnitude < 0.01 * exact.b.sd)
    #expect((b.standardDeviation / exact.b.sd - 1).magnitude < 0.01)
  }

  /// Effects of two columns of very different sizes, none of which matters.
  @Test(arguments: [30.0, 100], Approximation.allCases)
  func twoTermsEnd(tau: Double, approximation: Approximation) throws {
    let counts = try counts(seed: 6)
    let rows = counts.count
    let x = DesignColumn(name: "x", values: (0..<rows).map { 1e4 * Double($0 % 7 - 3) })
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: rows)], random: [.intercept(rows: rows), x],
      grouping: Grouping(numbers: counts.indices.map { Double($0 / Self.rowsPerGroup) }),
      priors: Priors(logSDSD: tau))
    let fit = try model.fit(FitOptions(approximation: approximation))
    #expect(fit.optimization.converged)
    for marginal in (fit.fixedEffects + fit.logStandardDeviations).map(\.marginal) {
      let (lower, upper) = marginal.interval(alpha: 0.05)
      #expect(lower.isFinite && upper.isFinite && lower < upper)
    }
  }
}
