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
}
