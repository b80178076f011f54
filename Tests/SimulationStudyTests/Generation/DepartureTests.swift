import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

/// What departures do to the data, against theory. Seeds are fixed.
@Suite struct DepartureTests {
  private static let groups = 200_000

  private func effects(_ shape: RandomEffectDistribution) throws -> [Double] {
    try MomentCheck.draw(groups: Self.groups, departures: Departures(randomEffects: shape))
      .randomEffects
  }

  // MARK: Shapes of the random effects

  /// With 10 degrees of freedom the fourth moment is (3 + 6 / (10 - 4)) SD^4 = 4 SD^4.
  @Test func studentTHasTheStatedSDAndItsTails() throws {
    let draws = try effects(.studentT(degreesOfFreedom: 10))
    MomentCheck.expectCentred(draws, sd: 0.7)
    MomentCheck.expectMean(draws.map { pow($0 / 0.7, 4) }, 4)
  }

  /// With 3 the variance is there and its estimate has none: quartiles show the scale. Half of |T|
  /// with 3 degrees of freedom is below 0.764892 (tables of the distribution).
  @Test func studentTWithThreeDegreesOfFreedomIsScaledToo() throws {
    let median = 0.7 * 0.764_892_328 / 3.0.squareRoot()
    let below = try effects(.studentT(degreesOfFreedom: 3)).map { abs($0) < median ? 1.0 : 0 }
    MomentCheck.expectMean(below, 0.5)
  }

  /// Third moment 2 / sqrt(k), fourth 3 + 6 / k; nothing below -sqrt(k).
  @Test(arguments: [0.5, 2, 30]) func gammaIsSkewedAndCentred(shape: Double) throws {
    let draws = try effects(.gamma(shape: shape))
    MomentCheck.expectCentred(draws, sd: 0.7)
    MomentCheck.expectMean(draws.map { pow($0 / 0.7, 3) }, 2 / shape.squareRoot(), "skewness")
    MomentCheck.expectMean(draws.map { pow($0 / 0.7, 4) }, 3 + 6 / shape, "fourth moment")
    #expect(draws.allSatisfy { $0 >= -0.7 * shape.squareRoot() * (1 + 1e-12) })
  }

  /// With component SD c: third moment w (1 - w) (1 - 2 w) (c d)^3, fourth
  /// c^4 (3 + 6 w (1 - w) d^2 + w (1 - w) (1 - 3 w + 3 w^2) d^4).
  @Test(arguments: [(0.3, 3), (0.5, 5), (0.05, 4)] as [(Double, Double)])
  func aMixtureHasItsMoments(weight: Double, separation: Double) throws {
    let draws = try effects(.mixture(weight: weight, separation: separation))
    MomentCheck.expectCentred(draws, sd: 0.7)
    let spread = weight * (1 - weight)
    let c = 1 / (1 + spread * separation * separation).squareRoot()
    MomentCheck.expectMean(
      draws.map { pow($0 / 0.7, 3) }, spread * (1 - 2 * weight) * pow(c * separation, 3))
    let fourth =
      3 + 6 * spread * pow(separation, 2)
      + spread * (1 - 3 * weight + 3 * weight * weight) * pow(separation, 4)
    MomentCheck.expectMean(draws.map { pow($0 / 0.7, 4) }, pow(c, 4) * fourth)
  }

  // MARK: Correlations

  @Test func randomEffectsHaveTheirCorrelations() throws {
    let draws = try MomentCheck.draw(
      groups: 100_000,
      covariates: [
        Covariate(name: "a", distribution: .uniform(UniformRange(0, 1))),
        Covariate(name: "b", distribution: .uniform(UniformRange(0, 1))),
      ],
      random: [.init("Intercept", 0.7), .init("a", 0.2), .init("b", 0.4)],
      departures: Departures(randomCorrelations: [
        .init("a", "Intercept", -0.6), .init("a", "b", 0.3),
      ])
    ).randomEffects
    func term(_ k: Int) -> [Double] {
      stride(from: k, to: draws.count, by: 3).map { draws[$0] }
    }
    for (k, sd) in [0.7, 0.2, 0.4].enumerated() { MomentCheck.expectCentred(term(k), sd: sd) }
    for (first, second, expected) in [(0, 1, -0.6 * 0.14), (1, 2, 0.3 * 0.08), (0, 2, 0)] {
      MomentCheck.expectMean(zip(term(first), term(second)).map(*), expected)
    }
  }

  @Test(arguments: [
    Covariate(name: "w", distribution: .normal(mean: 3, sd: 2), level: .group),
    Covariate(name: "w", distribution: .bernoulli(probability: 0.2), level: .group),
    Covariate(name: "w", distribution: .uniform(UniformRange(-1, 4)), level: .group),
  ])
  func aRandomEffectIsCorrelatedWithACovariateAndKeepsItsSD(covariate: Covariate) throws {
    let drawn = try MomentCheck.draw(
      groups: Self.groups, covariates: [covariate],
      departures: Departures(
        covariateCorrelation: .init(covariate: "w", term: "Intercept", -0.4)))
    MomentCheck.expectCentred(drawn.randomEffects, sd: 0.7)
    let mean = try #require(covariate.distribution.mean)
    let sd = try #require(covariate.distribution.standardDeviation)
    MomentCheck.expectMean(
      zip(drawn.randomEffects, drawn.data.covariates[0].values).map { $0 * ($1 - mean) },
      -0.4 * 0.7 * sd)
  }

  // MARK: Counts

  /// Given u, variance mu + mu^2 / shape; the zero share is (1 + mu / shape)^-shape.
  @Test(arguments: [0.5, 4]) func overdispersedCountsAreNegativeBinomial(shape: Double) throws {
    let counts = try MomentCheck.draw(
      groups: Self.groups, fixed: [.init("Intercept", 1)], random: [.init("Intercept", 0)],
      departures: Departures(overdispersionShape: shape)
    ).data.counts
    let mean = exp(1.0)
    MomentCheck.expectMean(counts, mean)
    MomentCheck.expectMean(
      counts.map { ($0 - mean) * ($0 - mean) }, mean + mean * mean / shape, "variance")
    MomentCheck.expectMean(
      counts.map { $0 == 0 ? 1 : 0 }, pow(1 + mean / shape, -shape), "share of zeros")
  }

  @Test func inflatedZerosAreThereAndTheTruthFollowsTheMean() throws {
    let mechanism = DataGeneratingMechanism(
      seed: 11, groups: Self.groups, groupSize: .constant(1), fixed: [.init("Intercept", 1)],
      random: [.init("Intercept", 0)], departures: Departures(zeroInflation: 0.15))
    let counts = try MomentCheck.draw(mechanism).data.counts
    let mean = exp(1.0)
    MomentCheck.expectMean(counts.map { $0 == 0 ? 1 : 0 }, 0.15 + 0.85 * exp(-mean))
    let scenario = Scenario(
      name: "s", replicates: 1, data: .simulated(mechanism),
      methods: [MethodSpecification(name: "m", approximation: .structured)])
    MomentCheck.expectMean(counts, exp(try #require(scenario.truth["Intercept"])))
  }

  // MARK: Group sizes

  /// With z standard normal, n >= k for k >= 2 where z >= z_k = (log((k - 1/2) / 10) + g^2 / 2) /
  /// g; so E n = 1 + sum Q(z_k) and E z n = sum phi(z_k).
  @Test(arguments: [0.5, -0.5]) func informativeSizesGrowWithTheRandomIntercept(
    exponent: Double
  ) throws {
    let drawn = try MomentCheck.draw(
      groups: 50_000, size: .constant(10),
      departures: Departures(informativeGroupSize: exponent))
    var sizes = [Double](repeating: 0, count: 50_000)
    for group in drawn.data.groupOfRow { sizes[group] += 1 }
    let g = abs(exponent)
    let bounds = (2...2000).map { (log((Double($0) - 0.5) / 10) + g * g / 2) / g }
    MomentCheck.expectMean(
      sizes, 1 + bounds.reduce(0) { $0 + NormalDistribution.upperTail($1) })
    let density = bounds.reduce(0) { $0 + exp(-$1 * $1 / 2) / (2 * Double.pi).squareRoot() }
    MomentCheck.expectMean(
      zip(sizes, drawn.randomEffects).map { $0 * $1 / 0.7 }, exponent > 0 ? density : -density)
    MomentCheck.expectCentred(drawn.randomEffects, sd: 0.7)
  }

  @Test func groupsWithTooManyRowsAreAnError() throws {
    let error = #expect(throws: GenerationError.self) {
      try MomentCheck.draw(groups: 10, size: .lognormal(mean: 1e6, sd: 1e7, minimum: 5_000_000))
    }
    #expect(error?.description.contains("more than 10000000 rows together") == true)
  }

  // MARK: Streams

  /// Departures have streams of their own: without their effect on the counts, all is as it was.
  @Test func departuresThatTouchCountsLeaveTheRestAsItWas() throws {
    let covariates = [Covariate(name: "x", distribution: .normal(mean: 0, sd: 1))]
    let plain = try MomentCheck.draw(
      groups: 50, size: .poisson(mean: 4, minimum: 1), covariates: covariates)
    for departures in [
      Departures(overdispersionShape: 2), Departures(zeroInflation: 0.3),
      Departures(overdispersionShape: 1e6, zeroInflation: 0.3),
    ] {
      let other = try MomentCheck.draw(
        groups: 50, size: .poisson(mean: 4, minimum: 1), covariates: covariates,
        departures: departures)
      #expect(other.data.groupOfRow == plain.data.groupOfRow)
      #expect(other.data.covariates == plain.data.covariates)
      #expect(other.randomEffects == plain.randomEffects)
      #expect(other.data.counts != plain.data.counts)
      if departures.overdispersionShape == nil {
        #expect(zip(other.data.counts, plain.data.counts).allSatisfy { $0 == $1 || $0 == 0 })
      }
    }
  }

  @Test func theSameReplicateIsTheSameData() throws {
    let departures = Departures(
      randomEffects: .mixture(weight: 0.2, separation: 2), overdispersionShape: 3,
      zeroInflation: 0.1, informativeGroupSize: 0.3)
    let first = try MomentCheck.draw(groups: 30, size: .constant(5), departures: departures)
    #expect(try MomentCheck.draw(groups: 30, size: .constant(5), departures: departures) == first)
  }
}
