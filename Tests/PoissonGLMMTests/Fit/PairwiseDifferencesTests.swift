import Foundation
import Testing

@testable import PoissonGLMM

/// Simultaneous intervals of pairwise differences.
@Suite struct PairwiseDifferencesTests {
  private func posterior(variances: [Double]) -> Posterior {
    Posterior(
      GaussianPosterior(
        logSDMean: [0], logSDVariance: [0], fixedMean: variances.map { _ in 0 },
        fixedCovariance: Matrix(diagonal: variances), randomMean: [], randomVariance: [],
        covarianceSource: .bound))
  }

  private func units(_ count: Int) -> [[Double]] {
    (0..<count).map { k in (0..<count).map { $0 == k ? 1 : 0 } }
  }

  /// Against mvtnorm's `qmvnorm`, by `Reference/marginal_means.R`. Four standard errors of the
  /// quantile from 100,000 draws are 0.02 or so: sqrt(0.05 0.95 / 1e5) over the density 0.13 there.
  @Test func criticalValuesAreThoseOfMvtnorm() throws {
    let golden = try MarginalMeanTests.golden()
    #expect(golden.critical.count == 4)
    for entry in golden.critical {
      let pairs = try PairwiseDifferences(
        posterior(variances: entry.variances), weights: units(entry.variances.count),
        offsets: entry.variances.map { _ in 0 }, alpha: 0.05)
      #expect(abs(pairs.criticalValue - entry.critical) < 0.02, "\(entry.variances)")
      for pair in pairs.differences {
        let sd = (entry.variances[pair.first] + entry.variances[pair.second]).squareRoot()
        #expect(abs(pair.simultaneousInterval.upper - pairs.criticalValue * sd) < 1e-9 * sd)
        #expect(abs(pair.simultaneousInterval.lower + pairs.criticalValue * sd) < 1e-9 * sd)
        // A difference of 0 is at the middle of its distribution.
        #expect(pair.simultaneousTailProbability == 1)
      }
    }
  }

  /// The intervals of a fit's own mixture hold all differences at once as often as they say:
  /// counted with draws of another stream. Two independent counts of 1 in 20 of 100,000 and 40,000
  /// differ by four standard errors of 0.0013 at most.
  @Test func theyHoldAllDifferencesAtOnce() throws {
    let fit = try ReferenceData("few_groups").model().fit()
    let weights = [[1.0, 0, 0], [1, 1, 0], [1, 0, 1], [1, 0.5, 0.5]]
    let pairs = try fit.pairwiseDifferences(of: weights, alpha: 0.05)
    var generator = SplitMixGenerator(state: 7)
    let draws = 40_000
    var held = 0
    let components = fit.posterior.components
    for _ in 0..<draws {
      var left = generator.uniform()
      let component =
        components.first { component in
          left -= component.weight
          return left < 0
        } ?? components[0]
      let b = generator.normal(
        mean: component.gaussian.fixedMean, covariance: component.gaussian.fixedCovariance)
      let values = weights.map { zip($0, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let holds = pairs.differences.allSatisfy { pair in
        let difference = values[pair.second] - values[pair.first]
        return pair.simultaneousInterval.lower <= difference
          && difference <= pair.simultaneousInterval.upper
      }
      if holds { held += 1 }
    }
    #expect(abs(Double(held) / Double(draws) - 0.95) < 0.0052)
    #expect(pairs.criticalValue > 1.96)
  }

  /// One difference needs no draws.
  @Test func aSingleDifferenceIsItself() throws {
    let fit = try ReferenceData("few_groups").model().fit()
    let pairs = try fit.pairwiseDifferences(of: [[1, 0, 0], [1, 0, 1]], alpha: 0.1)
    let own = fit.fixedEffects[2].marginal
    #expect(pairs.differences.count == 1)
    #expect(pairs.differences[0].marginal == own)
    #expect(pairs.differences[0].simultaneousTailProbability == own.twoSidedTailProbability)
    #expect(pairs.differences[0].simultaneousInterval == own.interval(alpha: 0.1))
  }

  @Test func theyAreTheSameEveryTime() throws {
    let fit = try ReferenceData("few_groups").model().fit()
    let weights = [[1.0, 0, 0], [1, 1, 0], [1, 0, 1]]
    let first = try fit.pairwiseDifferences(of: weights)
    let second = try fit.pairwiseDifferences(of: weights)
    #expect(first.criticalValue == second.criticalValue)
  }

  @Test func equalCombinationsAreRefused() throws {
    let fit = try ReferenceData("few_groups").model().fit(FitOptions(approximation: .structured))
    #expect(throws: FitError.self) { try fit.pairwiseDifferences(of: [[1, 0, 0], [1, 0, 0]]) }
    #expect(throws: FitError.self) { try fit.pairwiseDifferences(of: [[1, 0, 0]]) }
    #expect(throws: FitError.self) { try fit.pairwiseDifferences(of: [[1, 0, 0], [1, 0]]) }
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014) with normals by Box and Muller.
private struct SplitMixGenerator {
  var state: UInt64

  mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
  }

  mutating func normal(mean: [Double], covariance: Matrix) -> [Double] {
    let p = mean.count
    let factor = DoubleStorage(covariance.elements)
    _ = SmallCholesky.factor(factor.pointer, order: p)
    let z = mean.map { _ in (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
    return (0..<p).map { c in
      (0...c).reduce(mean[c]) { $0 + factor.pointer[c * p + $1] * z[$1] }
    }
  }
}
