import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

@Suite struct ShiftedLognormalTests {
  /// P(X <= z) and P(X > z) of standardized lognormals, one of skewness 0.3 and the mirror image of
  /// one of skewness 0.8, by scipy 1.17.1: `lognorm(s).cdf` and `.sf`, its s found from
  /// `stats('s')` to 10^-12 or so.
  @Test(arguments: [
    (0.3, -2.5, 0.0023076639168786725, 0.9976923360831214),
    (0.3, -1, 0.15713271214210378, 0.8428672878578962),
    (0.3, 0, 0.5198240026664963, 0.48017599733350375),
    (0.3, 3, 0.9963287500998853, 0.0036712499001146405),
    (-0.8, -2.5, 0.01852568357603884, 0.9814743164239612),
    (-0.8, 0, 0.4489794519202702, 0.5510205480797298),
    (-0.8, 0.7, 0.7445875190707862, 0.2554124809292137),
    (-0.8, 3, 0.9999999969806875, 3.0193124183629554e-09),
  ])
  func probabilitiesAreThoseOfALognormal(
    skewness: Double, z: Double, lower: Double, upper: Double
  ) {
    let component = ShiftedLognormal(mean: 5, standardDeviation: 2, skewness: skewness)
    let x = 5 + 2 * z
    #expect((component.cumulativeProbability(at: x) / lower - 1).magnitude < 1e-9)
    #expect((component.upperTailProbability(at: x) / upper - 1).magnitude < 1e-9)
  }

  /// The moments by a sum over 4,000 quantiles' midpoints in normal values.
  @Test(arguments: [-1, -0.3, -1e-3, 1e-6, 0.05, 0.7] as [Double])
  func itHasTheMomentsItIsGiven(skewness: Double) {
    let component = ShiftedLognormal(mean: -3, standardDeviation: 0.5, skewness: skewness)
    var sums = [0.0, 0.0, 0.0, 0.0]
    for cell in 0..<4000 {
      let z = (Double(cell) + 0.5) / 200 - 10
      let weight = exp(-0.5 * z * z)
      let x = (component.value(ofNormal: z) + 3) / 0.5
      sums[0] += weight
      sums[1] += weight * x
      sums[2] += weight * x * x
      sums[3] += weight * x * x * x
    }
    // The trapezoidal rule is exact but for the cut at 10 SDs and rounding.
    #expect((sums[1] / sums[0]).magnitude < 1e-9)
    #expect((sums[2] / sums[0] - 1).magnitude < 1e-9)
    #expect((sums[3] / sums[0] - skewness).magnitude < 1e-9)
  }

  @Test func withoutSkewnessItIsANormal() {
    for skewness in [0, 1e-12, Double.nan] {
      let component = ShiftedLognormal(mean: 1, standardDeviation: 2, skewness: skewness)
      #expect(component.cumulativeProbability(at: 2) == NormalDistribution.cumulative(0.5))
      #expect(component.upperTailProbability(at: 2) == NormalDistribution.upperTail(0.5))
      #expect(component.value(ofNormal: 1.5) == 4)
    }
    // And the limit is approached: the difference is of the order of the skewness.
    let nearly = ShiftedLognormal(mean: 1, standardDeviation: 2, skewness: 2e-8)
    #expect(
      (nearly.cumulativeProbability(at: 2) - NormalDistribution.cumulative(0.5)).magnitude < 1e-8)
  }

  @Test(arguments: [-5, 5, Double.infinity, -Double.infinity])
  func hugeSkewnessIsBounded(skewness: Double) {
    let component = ShiftedLognormal(mean: 0, standardDeviation: 1, skewness: skewness)
    #expect(component.skewness.magnitude == ShiftedLognormal.largestSkewness)
    #expect(component.skewness.sign == skewness.sign)
  }

  /// A lognormal's support ends 3 SDs from the mean where it is skewed by 1; what a posterior says
  /// there is little, but not nothing.
  @Test(arguments: [-1, -0.4, -0.1, 0.1, 0.4, 1] as [Double])
  func nothingIsImpossible(skewness: Double) {
    let component = ShiftedLognormal(mean: 0, standardDeviation: 1, skewness: skewness)
    for x in [-12.0, -8, -6, 6, 8, 12] {
      let lower = component.cumulativeProbability(at: x)
      let upper = component.upperTailProbability(at: x)
      #expect(lower > 0 && upper > 0)
      // Below 1e-300 digits are lost.
      let probability = max(min(lower, upper), 1e-300)
      let w =
        x < 0
        ? NormalDistribution.quantile(probability)
        : NormalDistribution.upperTailQuantile(probability)
      if min(lower, upper) > 1e-290 {
        #expect((component.value(ofNormal: w) - x).magnitude < 1e-9)
      }
    }
  }

  /// Nowhere does a probability fall.
  @Test(arguments: [-1, -0.2, 0.2, 1] as [Double])
  func probabilitiesRiseFrom0To1(skewness: Double) {
    let component = ShiftedLognormal(mean: 0, standardDeviation: 1, skewness: skewness)
    var previous = 0.0
    for cell in -4000...4000 {
      let x = Double(cell) / 100
      let lower = component.cumulativeProbability(at: x)
      #expect(lower >= previous && lower <= 1)
      #expect((lower + component.upperTailProbability(at: x) - 1).magnitude < 1e-14)
      previous = lower
    }
    #expect(component.cumulativeProbability(at: -.infinity) == 0)
    #expect(component.cumulativeProbability(at: .infinity) == 1)
    #expect(component.cumulativeProbability(at: .nan).isNaN)
  }
}

@Suite struct SkewMixtureTests {
  private let mixture = SkewMixture(
    weights: [0.2, 0.5, 0.3],
    components: [
      ShiftedLognormal(mean: -2, standardDeviation: 0.5, skewness: -0.6),
      ShiftedLognormal(mean: 0, standardDeviation: 1, skewness: -0.2),
      ShiftedLognormal(mean: 1.5, standardDeviation: 0.2, skewness: 0.4),
    ])

  @Test func momentsAreThoseOfTheDefinition() {
    #expect((mixture.mean - 0.05).magnitude < 1e-15)
    #expect((mixture.standardDeviation - (2.037 - 0.0025).squareRoot()).magnitude < 1e-15)
  }

  @Test(arguments: [1e-300, 1e-30, 1e-12, 1e-3, 0.025, 0.2, 0.5, 0.9, 0.975])
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

  /// A marginal's answers are the mixture's, and without skewness those of a mixture of normals.
  @Test func aMarginalPassesThemOn() {
    let marginal = Marginal(mixture)
    #expect(marginal.cumulativeProbability(at: 0.3) == mixture.cumulativeProbability(at: 0.3))
    #expect(marginal.quantile(0.1) == mixture.quantile(0.1))
    let interval = marginal.interval(alpha: 0.05)
    #expect(interval.lower == mixture.quantile(0.025))
    #expect(interval.upper == mixture.upperTailQuantile(0.025))
    #expect(
      marginal.twoSidedTailProbability
        == 2 * min(mixture.cumulativeProbability(at: 0), mixture.upperTailProbability(at: 0)))
    let plain = Marginal(
      SkewMixture(
        weights: mixture.weights,
        components: mixture.components.map {
          ShiftedLognormal(mean: $0.mean, standardDeviation: $0.standardDeviation, skewness: 0)
        }))
    let normals = NormalMixture(
      weights: mixture.weights, means: mixture.components.map(\.mean),
      standardDeviations: mixture.components.map(\.standardDeviation))
    #expect(plain.quantile(0.025) == normals.quantile(0.025))
    #expect(plain.cumulativeProbability(at: 1) == normals.cumulativeProbability(at: 1))
  }

  /// Components far apart, as a wide posterior of a log SD may leave them, and such that fall
  /// together.
  @Test(arguments: [0, 1e-9, 1, 1e6] as [Double]) func anySpreadHasQuantiles(spread: Double) {
    let mixture = SkewMixture(
      weights: [0.5, 0.5],
      components: [-1, 1].map {
        ShiftedLognormal(mean: $0 * spread, standardDeviation: 1, skewness: $0)
      })
    for probability in [1e-10, 0.025, 0.3] {
      let x = mixture.quantile(probability)
      #expect((mixture.cumulativeProbability(at: x) / probability - 1).magnitude < 1e-9)
    }
  }
}
