import Foundation
import Testing

@testable import SimulationStudy

/// Moments of generated data against the values that the mechanism implies. Seeds are fixed. Every
/// tolerance is 5 standard errors of the sample moment; by chance one in 1.7 million goes beyond.
@Suite struct GeneratedMomentsTests {
  private func draw(
    groups: Int, groupSize: GroupSize, covariates: [Covariate] = [], exposure: UniformRange? = nil,
    fixed: [DataGeneratingMechanism.Effect], random: [DataGeneratingMechanism.Effect]
  ) throws -> SimulatedCounts {
    let scenario = Scenario(
      name: "moments", replicates: 1,
      data: .simulated(
        DataGeneratingMechanism(
          seed: 7, groups: groups, groupSize: groupSize, covariates: covariates,
          exposure: exposure, fixed: fixed, random: random)),
      methods: [MethodSpecification(name: "m", approximation: .structured)])
    return try DataGenerator(scenario).dataSet(replicate: 0)
  }

  private func expect(_ values: [Double], mean: Double, variance: Double, fourthMoment: Double) {
    let n = Double(values.count)
    let sampleMean = values.reduce(0, +) / n
    #expect(abs(sampleMean - mean) <= 5 * (variance / n).squareRoot())
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    #expect(abs(squares - variance) <= 5 * ((fourthMoment - variance * variance) / n).squareRoot())
  }

  @Test func covariatesHaveTheirMomentsAndLevels() throws {
    let data = try draw(
      groups: 20_000, groupSize: .constant(5),
      covariates: [
        Covariate(name: "n", distribution: .normal(mean: 3, sd: 2)),
        Covariate(name: "u", distribution: .uniform(UniformRange(-1, 3))),
        Covariate(name: "b", distribution: .bernoulli(probability: 0.2)),
        Covariate(name: "g", distribution: .normal(mean: -1, sd: 0.5), level: .group),
      ],
      fixed: [.init("Intercept", 0)], random: [.init("Intercept", 0)]
    ).data
    // Fourth central moments: 3 sd^4; width^4 / 80; p q (1 - 3 p q).
    expect(data.covariates[0].values, mean: 3, variance: 4, fourthMoment: 48)
    expect(data.covariates[1].values, mean: 1, variance: 16.0 / 12, fourthMoment: 256.0 / 80)
    expect(data.covariates[2].values, mean: 0.2, variance: 0.16, fourthMoment: 0.16 * 0.52)
    let group = data.covariates[3].values
    #expect(group.indices.allSatisfy { group[$0] == group[$0 - $0 % 5] })
    expect(
      stride(from: 0, to: group.count, by: 5).map { group[$0] }, mean: -1, variance: 0.25,
      fourthMoment: 3 * 0.0625)
  }

  @Test func randomEffectsHaveTheirStandardDeviationsAndAreIndependent() throws {
    let effects = try draw(
      groups: 100_000, groupSize: .constant(1),
      covariates: [Covariate(name: "x", distribution: .normal(mean: 0, sd: 1))],
      fixed: [.init("Intercept", 0)], random: [.init("Intercept", 0.7), .init("x", 0.2)]
    ).randomEffects
    let first = stride(from: 0, to: effects.count, by: 2).map { effects[$0] }
    let second = stride(from: 1, to: effects.count, by: 2).map { effects[$0] }
    expect(first, mean: 0, variance: 0.49, fourthMoment: 3 * 0.49 * 0.49)
    expect(second, mean: 0, variance: 0.04, fourthMoment: 3 * 0.04 * 0.04)
    let covariance = zip(first, second).reduce(0) { $0 + $1.0 * $1.1 } / 100_000
    #expect(abs(covariance) <= 5 * 0.7 * 0.2 / 100_000.0.squareRoot())
  }

  /// With u ~ N(0, s^2): E y = exp(a + s^2 / 2) = m, Var y = m + m^2 (exp(s^2) - 1), and two rows
  /// of one group have the covariance m^2 (exp(s^2) - 1).
  @Test func countsVaryWithinAndBetweenGroupsAsTheModelSays() throws {
    let (intercept, sd) = (0.4, 0.5)
    let counts = try draw(
      groups: 200_000, groupSize: .constant(2), fixed: [.init("Intercept", intercept)],
      random: [.init("Intercept", sd)]
    ).data.counts
    let mean = exp(intercept + sd * sd / 2)
    let between = mean * mean * (exp(sd * sd) - 1)
    let first = stride(from: 0, to: counts.count, by: 2).map { counts[$0] }
    let second = stride(from: 1, to: counts.count, by: 2).map { counts[$0] }
    for column in [first, second] {
      // The fourth moment is estimated: it only scales the tolerance.
      let fourth = column.reduce(0) { $0 + pow($1 - mean, 4) } / Double(column.count)
      expect(column, mean: mean, variance: mean + between, fourthMoment: fourth)
    }
    let products = zip(first, second).map { ($0 - mean) * ($1 - mean) }
    let spread = products.reduce(0) { $0 + ($1 - between) * ($1 - between) }
    let n = Double(products.count)
    #expect(
      abs(products.reduce(0, +) / n - between) <= 5 * (spread / n).squareRoot() / n.squareRoot())
  }

  /// Without random effects, E y / exposure = exp(a + b x), within and across values of x.
  @Test func coefficientsAndExposureEnterOnTheLogScale() throws {
    let data = try draw(
      groups: 200_000, groupSize: .constant(1),
      covariates: [Covariate(name: "x", distribution: .bernoulli(probability: 0.5))],
      exposure: UniformRange(0.2, 5), fixed: [.init("Intercept", -0.3), .init("x", 0.8)],
      random: [.init("Intercept", 0)]
    ).data
    let exposure = try #require(data.exposure)
    for x in [0.0, 1.0] {
      let rows = data.counts.indices.filter { data.covariates[0].values[$0] == x }
      let events = rows.reduce(0) { $0 + data.counts[$1] }
      let time = rows.reduce(0) { $0 + exposure[$1] }
      // A Poisson total has its mean as its variance.
      let expected = exp(-0.3 + 0.8 * x) * time
      #expect(abs(events - expected) <= 5 * expected.squareRoot())
    }
    // Uniform on (0.2, 5): variance 4.8^2 / 12, fourth central moment 4.8^4 / 80.
    expect(exposure, mean: 2.6, variance: 1.92, fourthMoment: 6.635_52)
  }

  @Test func groupSizesFollowTheirDistributions() throws {
    func sizes(_ groupSize: GroupSize, groups: Int = 50_000) throws -> [Double] {
      let rows = try draw(
        groups: groups, groupSize: groupSize, fixed: [.init("Intercept", 0)],
        random: [.init("Intercept", 0)]
      ).data.groupOfRow
      #expect(rows == rows.sorted())
      return rows.reduce(into: [Double](repeating: 0, count: groups)) { $0[$1] += 1 }
    }
    #expect(try sizes(.listed([3, 1, 2]), groups: 3) == [3, 1, 2])
    // Whole numbers 2 ... 6: variance 2, fourth central moment (16 + 1 + 0 + 1 + 16) / 5.
    expect(try sizes(.uniform(2...6)), mean: 4, variance: 2, fourthMoment: 6.8)
    // Poisson with mean 3, zeros raised to 1: the mean grows by exp(-3); moments by summation.
    let raised = try sizes(.poisson(mean: 3, minimum: 1))
    #expect(raised.allSatisfy { $0 >= 1 })
    let probability = { (k: Int) -> Double in exp(Double(k) * log(3) - 3 - lgamma(Double(k) + 1)) }
    let mean = 3 + probability(0)
    func moment(_ power: Double) -> Double {
      (0...60).reduce(0) { $0 + probability($1) * pow(Double(max(1, $1)) - mean, power) }
    }
    expect(raised, mean: mean, variance: moment(2), fourthMoment: moment(4))
  }
}
