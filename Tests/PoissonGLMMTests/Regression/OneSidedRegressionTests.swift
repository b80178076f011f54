import Foundation
import Testing

@testable import PoissonGLMM

/// Regressions with a level without events, against sums over a fine grid.
@Suite struct OneSidedRegressionTests {
  /// Rows of two levels: the first with some events, the second with none.
  private static let counts: [Double] =
    (0..<40).map { Double([1, 0, 2, 3, 0, 1, 4, 1][$0 % 8]) } + [Double](repeating: 0, count: 40)

  /// The distribution of the second level's effect: the intercept a and it make exp(14 ...), a sum
  /// over a grid of a of normal priors and
  ///
  ///     sum(y) a - 40 exp(a) - 40 exp(a + b)
  private static func exact(
    interceptSD: Double, effectSD: Double
  ) -> (mean: Double, sd: Double, ends: [Double]) {
    let total = counts.reduce(0, +)
    let intercepts = (0...400).map { -1 + 2.5 * Double($0) / 400 }
    let count = 40_001
    let (low, high) = (-8 * effectSD, 8.0)
    let effects = (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
    let densities = effects.map { b in
      intercepts.reduce(0) { sum, a in
        let logDensity =
          total * a - 40 * exp(a) - 40 * exp(a + b) - 0.5 * a * a / (interceptSD * interceptSD)
          - 0.5 * b * b / (effectSD * effectSD)
        return sum + exp(logDensity - total * log(total / 40) + total)
      }
    }
    let sum = densities.reduce(0, +)
    let mean = zip(effects, densities).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let variance =
      zip(effects, densities).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / sum
    var (ends, below): ([Double], Double) = ([], 0)
    for (b, density) in zip(effects, densities) {
      let next = below + density / sum
      for p in [0.025, 0.975] where below < p && next >= p { ends.append(b) }
      below = next
    }
    return (mean, variance.squareRoot(), ends)
  }

  private func model(_ priors: Priors) throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: Self.counts,
      fixed: [
        .intercept(rows: 80),
        DesignColumn(name: "b", values: Self.counts.indices.map { $0 < 40 ? 0 : 1 }),
      ], factors: [], priors: priors)
  }

  /// The grid's points are 0.003 SD apart; lines are as exact as in mixed models, within 0.02 SD.
  @Test(arguments: [2.0, 5, 10, 20, 100])
  func aLevelWithoutEventsHasItsExactDistribution(sd: Double) throws {
    let exact = Self.exact(interceptSD: sd, effectSD: sd)
    let fit = try model(Priors(fixedEffectSD: sd)).fit()
    #expect(fit.optimization.converged)
    let marginal = fit.fixedEffects[1].marginal
    let interval = marginal.interval(alpha: 0.05)
    #expect((marginal.mean - exact.mean).magnitude < 0.02 * exact.sd)
    #expect((marginal.standardDeviation / exact.sd - 1).magnitude < 0.02)
    #expect((interval.lower - exact.ends[0]).magnitude < 0.02 * exact.sd)
    #expect((interval.upper - exact.ends[1]).magnitude < 0.02 * exact.sd)
    // What the joint posterior says of it, which predictions are made of.
    #expect((fit.posterior.fixedMean[1] - exact.mean).magnitude < 0.02 * exact.sd)
  }

  /// The prior of that effect alone is wide.
  @Test(arguments: [10.0, 50])
  func aWidePriorOfItsOwnConverges(sd: Double) throws {
    var priors = Priors()
    priors.coefficients["b"] = NormalPrior(mean: 0, standardDeviation: sd)
    let exact = Self.exact(interceptSD: 2, effectSD: sd)
    let fit = try model(priors).fit()
    #expect(fit.optimization.converged)
    let interval = fit.fixedEffects[1].marginal.interval(alpha: 0.05)
    #expect((interval.lower - exact.ends[0]).magnitude < 0.02 * exact.sd)
    #expect((interval.upper - exact.ends[1]).magnitude < 0.02 * exact.sd)
  }

  /// Without any event the bound's ascent by natural gradients alone took thousands of iterations.
  /// Exact by sums over a grid of the intercept a and the effect b, of normal priors and
  ///
  ///     -36 exp(a) - 24 exp(a + b)
  ///
  /// whose points are 0.03 SD apart or less.
  @Test(arguments: [5.0, 20, 100])
  func countsThatAreAllZeroHaveTheirExactDistributions(sd: Double) throws {
    let x = (0..<60).map { Double($0 % 5 % 2) }
    let model = try PoissonMixedModel(
      counts: [Double](repeating: 0, count: 60),
      fixed: [.intercept(rows: 60), DesignColumn(name: "x", values: x)], factors: [],
      priors: Priors(fixedEffectSD: sd))
    let fit = try model.fit()
    #expect(fit.optimization.converged)
    #expect(fit.optimization.iterations < 2000)
    let steps = 600
    let grid = (0...steps).map { (Double($0) / Double(steps) * 10 - 5) * sd }
    var masses = [[Double]](repeating: [Double](repeating: 0, count: grid.count), count: 2)
    for (i, a) in grid.enumerated() {
      for (j, b) in grid.enumerated() {
        let density = exp(
          -36 * exp(a) - 24 * exp(a + b) - 0.5 * (a * a + b * b) / (sd * sd))
        masses[0][i] += density
        masses[1][j] += density
      }
    }
    // p(y | b) is the likelihood itself: there are no factorials. 0.01 is a hundredth of the
    // evidence; the line's integral has it to 1e-4.
    let cell = log((10 * sd / Double(steps)) * (10 * sd / Double(steps)))
    let evidence =
      log(masses[0].reduce(0, +)) + cell - log(2 * Double.pi * sd * sd)
    #expect((try #require(fit.logEvidence) - evidence).magnitude < 0.01)
    for (marginal, masses) in zip(fit.fixedEffects.map(\.marginal), masses) {
      let total = masses.reduce(0, +)
      let mean = zip(grid, masses).reduce(0) { $0 + $1.0 * $1.1 } / total
      let variance = zip(grid, masses).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 }
      let exactSD = (variance / total).squareRoot()
      #expect((marginal.mean - mean).magnitude < 0.02 * exactSD)
      #expect((marginal.standardDeviation / exactSD - 1).magnitude < 0.02)
    }
  }
}
