import Foundation
import Testing

@testable import PoissonGLMM

/// The node sums of one group with one constant term, by the rule that is chosen for it, against
/// one of 151 points.
struct ConstantTermMomentsTests {
  private func moments(_ peak: ConstantTermPeak, _ rules: ConstantTermRules) -> ConstantTermMoments
  {
    let scratch = DoubleStorage(
      count: ConstantTermMoments.scratchSize(blockCount: rules.maximumBlocks))
    return ConstantTermMoments(peak, rule: rules.rule(for: peak), scratch: scratch.pointer)
  }

  /// M E e^c - M^2 Var e^c with e^c - 1 = phi + c, by the exact identity that leaves no
  /// cancellation: a common shift by h of the predictors is a shift of t, so that this is M E e^c /
  /// (1 + x M) plus what the variance of phi takes away.
  private func information(_ moments: ConstantTermMoments, _ peak: ConstantTermPeak) -> Double {
    let shrinkage = 1 / peak.curvature
    let total = peak.mean * shrinkage
    return (1 + moments.growth) * total * shrinkage
      + total * total * (peak.variance - moments.phiVariance)
  }

  /// What `ConstantTermRules` promises of the small rules: 10^-7 in the log integral, 8 * 10^-6 in
  /// the information.
  @Test func smallRulesKeepTheirPromise() throws {
    let rules = try ConstantTermRules(
      full: AdaptiveRule(.adaptiveGaussHermite(points: 15)), isAdaptive: true)
    let exact = try ConstantTermRules(
      full: AdaptiveRule(.adaptiveGaussHermite(points: 151)), isAdaptive: false)
    var counts: [Int: Int] = [:]
    for variance in [1e-4, 0.01, 0.04, 0.1, 0.25, 0.5, 1, 2] {
      for totalCount in [0, 1, 3, 10, 30, 100, 1000] as [Double] {
        for ratio in [0.3, 1, 3] {
          let peak = ConstantTermPeak(
            totalCount: totalCount, sum: ratio * (totalCount + 0.5), variance: variance)
          let blocks = rules.rule(for: peak).blockCount
          counts[blocks, default: 0] += 1
          guard blocks < rules.maximumBlocks else { continue }
          let (value, expected) = (moments(peak, rules), moments(peak, exact))
          #expect(abs(log(value.mass / expected.mass)) < 1e-7)
          #expect(abs(information(value, peak) / information(expected, peak) - 1) < 8e-6)
        }
      }
    }
    #expect(counts.count == 2 && counts.values.allSatisfy { $0 > 20 })
  }

  /// Moments against their definition with the C library's functions, from changes of 10^-3 to 30
  /// at the outermost node.
  @Test(arguments: [1e-6, 0.01, 1, 9, 50] as [Double]) func momentsAreThoseOfTheDefinition(
    variance: Double
  ) throws {
    let rule = try AdaptiveRule(.adaptiveGaussHermite(points: 21))
    let rules = try ConstantTermRules(full: rule, isAdaptive: false)
    let peak = ConstantTermPeak(totalCount: 2, sum: 1.5, variance: variance)
    let value = moments(peak, rules)
    let changes = rule.nodes.map { (2 * variance / peak.curvature).squareRoot() * $0 }
    let phis = changes.map { expm1($0) - $0 }
    let masses = rule.nodes.indices.map {
      rule.weights[$0]
        * exp(
          peak.slope * changes[$0] - 0.5 * changes[$0] * changes[$0] / variance
            - peak.mean * phis[$0])
    }
    let mass = masses.reduce(0, +)
    func mean(_ f: (Int) -> Double) -> Double {
      masses.indices.filter { masses[$0] > 0 }.reduce(0) { $0 + masses[$1] * f($1) } / mass
    }
    let phi = mean { phis[$0] }
    let growth = mean { expm1(changes[$0]) }
    func agrees(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * abs(b) }
    #expect(agrees(value.mass, mass))
    #expect(agrees(value.phi, phi))
    #expect(agrees(value.growth, growth))
    #expect(agrees(value.phiVariance, mean { (phis[$0] - phi) * (phis[$0] - phi) }))
    #expect(
      agrees(value.phiGrowth, mean { (phis[$0] - phi) * (expm1(changes[$0]) - growth) }))
    #expect(agrees(value.phiThird, mean { pow(phis[$0] - phi, 3) }))
  }
}
