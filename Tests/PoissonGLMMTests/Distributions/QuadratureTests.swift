import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

@Suite struct NormalMixtureTests {
  private let mixture = NormalMixture(
    weights: [0.2, 0.5, 0.3], means: [-2, 0, 1.5], standardDeviations: [0.5, 1, 0.2])

  @Test func momentsAreThoseOfTheDefinition() {
    // Mean 0.2 (-2) + 0.3 (1.5) = 0.05; E x^2 = 0.2 (4.25) + 0.5 (1) + 0.3 (2.29) = 2.037.
    #expect((mixture.mean - 0.05).magnitude < 1e-15)
    #expect((mixture.standardDeviation - (2.037 - 0.0025).squareRoot()).magnitude < 1e-15)
  }

  @Test(arguments: [1e-30, 1e-12, 1e-3, 0.025, 0.2, 0.5, 0.9, 0.975])
  func quantilesInvertTheDistribution(probability: Double) {
    let x = mixture.quantile(probability)
    #expect((mixture.cumulativeProbability(at: x) / probability - 1).magnitude < 1e-10)
    let y = mixture.upperTailQuantile(probability)
    #expect((mixture.upperTailProbability(at: y) / probability - 1).magnitude < 1e-10)
  }

  @Test func theEndsAreInfinite() {
    #expect(mixture.quantile(0) == -.infinity)
    #expect(mixture.quantile(1) == .infinity)
    #expect(mixture.quantile(1.5).isNaN)
    #expect(mixture.quantile(.nan).isNaN)
  }

  /// 21 times 1 / 21 adds up to more than 1.
  @Test func tailProbabilitiesNeverExceedOne() {
    let mixture = NormalMixture(
      weights: Array(repeating: 1 / 21.0, count: 21), means: Array(repeating: 0, count: 21),
      standardDeviations: Array(repeating: 1, count: 21))
    #expect(2 * mixture.cumulativeProbability(at: 0) > 1)
    #expect(Marginal(mixture).twoSidedTailProbability == 1)
    #expect(Marginal(mean: .nan, standardDeviation: 1).twoSidedTailProbability.isNaN)
  }

  @Test func oneComponentIsANormal() {
    let normal = NormalMixture(weights: [1], means: [3], standardDeviations: [2])
    #expect((normal.quantile(0.975) - (3 + 2 * 1.959963984540054)).magnitude < 1e-12)
    let marginal = Marginal(normal)
    let plain = Marginal(mean: 3, standardDeviation: 2)
    #expect(
      (marginal.twoSidedTailProbability / plain.twoSidedTailProbability - 1).magnitude < 1e-12)
  }
}

@Suite struct LatticeDensityTests {
  /// The lattice of a log density given with its slope.
  private func lattice(
    _ range: ClosedRange<Int>, step: Double, _ logDensity: (Double) -> Double,
    _ slope: (Double) -> Double
  ) -> LatticeDensity {
    let points = range.map { Double($0) * step }
    return LatticeDensity(
      positions: points, widths: points.map { _ in step }, logDensities: points.map(logDensity),
      slopes: points.map(slope))
  }

  @Test func aNormalDensityIsRecovered() {
    let density = lattice(-6...6, step: 1, { 7 - $0 * $0 / 2 }, { -$0 })
    // The trapezoidal rule at a distance of one SD is exact to 2 exp(-2 pi^2) = 5e-9, the cut at 6
    // SDs costs as much.
    #expect(density.mean.magnitude < 1e-12)
    #expect((density.standardDeviation - 1).magnitude < 2e-7)
    for p in [0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999] {
      let x = density.quantile(p)
      // Within a cell of 1/32 the log density is taken as straight: its curvature of 1 leaves 1e-4
      // of the density.
      #expect((x - NormalDistribution.quantile(p)).magnitude < 1e-4)
      #expect((density.cumulativeProbability(at: x) - p).magnitude < 1e-12)
    }
  }

  @Test func aSkewedDensityIsRecovered() {
    // The log of a gamma variable with shape 3 and rate 1: mean digamma(3), variance trigamma(3)
    // (scipy 1.17.1).
    let density = lattice(-16...6, step: 0.6, { 3 * $0 - exp($0) }, { 3 - exp($0) })
    // At a distance of one SD the trapezoidal rule costs a skewed density some 1e-4.
    #expect((density.mean - 0.9227843350984671).magnitude < 3e-4)
    #expect((density.standardDeviation - 0.6284377987106015).magnitude < 3e-4)
    // scipy.stats.gamma(3).ppf, logs.
    #expect((density.quantile(0.025) - log(0.6186721345168588)).magnitude < 1e-3)
    #expect((density.quantile(0.975) - log(7.224687667767286)).magnitude < 1e-3)
  }

  /// A plateau under a wide prior that ends within 1: what the posterior of a log SD is like where
  /// there is nothing between groups.
  @Test func distancesMayGrow() {
    func logDensity(_ x: Double) -> Double { -0.5 * x * x / 2500 - exp(2 * x) }
    // 1 apart down to -8, then exp(0.4 i) - 1 farther, the derivative of which in i is 0.4 exp(0.4
    // i).
    let near = Array(stride(from: -8.0, through: 3, by: 1))
    let far = (1...14).reversed().map { exp(0.4 * Double($0)) }
    let points = far.map { -7 - $0 } + near
    let widths = far.map { 0.4 * $0 } + [0.5 * (exp(0.4) - 1 + 1)] + near.dropFirst().map { _ in 1 }
    let density = LatticeDensity(
      positions: points, widths: widths, logDensities: points.map(logDensity),
      slopes: points.map { -$0 / 2500 - 2 * exp(2 * $0) })
    // The same by equidistant points, close together.
    let fine = stride(from: -400, through: 4, by: 0.01).map { ($0, exp(logDensity($0))) }
    let total = fine.reduce(0) { $0 + $1.1 }
    let mean = fine.reduce(0) { $0 + $1.0 * $1.1 } / total
    let variance = fine.reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / total
    // The end of the plateau is good to a share of 1, the distance of points there; an SD is 30.
    #expect((density.mean - mean).magnitude < 0.01 * variance.squareRoot())
    #expect((density.standardDeviation / variance.squareRoot() - 1).magnitude < 0.01)
    var below = 0.0
    for (x, value) in fine {
      below += value / total
      if x == -50 || x == -1 {
        #expect((density.cumulativeProbability(at: x) - below).magnitude < 0.01)
        #expect((density.quantile(below) - x).magnitude < 0.01 * variance.squareRoot())
      }
    }
  }

  /// A slope that is wrong by far would put all mass between two points that have next to none.
  @Test func wrongSlopesDoNotMakeMass() {
    let points = (-6...6).map(Double.init)
    var slopes = points.map { -$0 }
    slopes[11] = 60
    let density = LatticeDensity(
      positions: points, widths: points.map { _ in 1 }, logDensities: points.map { -$0 * $0 / 2 },
      slopes: slopes)
    // Straight lines in the two steps next to the slope, far out: the quantiles are those of a
    // normal.
    for p in [0.025, 0.5, 0.975] {
      #expect((density.quantile(p) - NormalDistribution.quantile(p)).magnitude < 1e-3)
    }
  }

  @Test func theUpperTailKeepsItsDigits() {
    // Symmetric, so that both tails are the same but for the order of summation.
    let density = lattice(-6...6, step: 1, { 7 - $0 * $0 / 2 }, { -$0 })
    for p in [1e-30, 1e-17, 1e-9, 0.025, 0.3, 0.7] {
      let x = density.upperTailQuantile(p)
      #expect((x + density.quantile(p)).magnitude < 1e-11)
      #expect((density.upperTailProbability(at: x) / p - 1).magnitude < 1e-11)
      #expect(
        (density.upperTailProbability(at: -x) / density.cumulativeProbability(at: x) - 1)
          .magnitude < 1e-11)
    }
    let interval = Marginal(density).interval(alpha: 1e-17)
    #expect(interval.lower.isFinite)
    #expect((interval.lower + interval.upper).magnitude < 1e-11)
  }

  @Test func onePointIsNoDistributionButDoesNotTrap() {
    let point = lattice(2...2, step: 1, { _ in 0 }, { _ in 0 })
    #expect(point.mean == 2)
    #expect(point.standardDeviation == 0)
    _ = (point.quantile(0.5), point.upperTailQuantile(0.1), point.cumulativeProbability(at: 3))
  }

  @Test func tailsGoOnBeyondTheLattice() {
    let density = lattice(-3...3, step: 1, { -$0.magnitude }, { $0 < 0 ? 1 : -1 })
    let x = density.quantile(1e-6)
    #expect(x < -10)
    #expect(x.isFinite)
    #expect((density.cumulativeProbability(at: x) / 1e-6 - 1).magnitude < 1e-9)
    #expect(density.quantile(0) == -.infinity)
    #expect(density.cumulativeProbability(at: 100) <= 1)
  }
}
