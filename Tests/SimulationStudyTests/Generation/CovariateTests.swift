import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

/// Kinds of covariates and group sizes against what they are to be. Seeds are fixed.
@Suite struct CovariateTests {
  @Test func levelsBecomeTreatmentContrasts() throws {
    let site = Covariate(
      name: "site",
      distribution: .categorical([.init("a", 0.5), .init("b", 0.3), .init("c", 0.2)]),
      level: .group)
    let data = try MomentCheck.draw(groups: 50_000, size: .constant(2), covariates: [site]).data
    #expect(data.covariates.map(\.name) == ["siteb", "sitec"])
    let (b, c) = (data.covariates[0].values, data.covariates[1].values)
    #expect(zip(b, c).allSatisfy { [0, 1].contains($0) && [0, 1].contains($1) && $0 * $1 == 0 })
    let first = stride(from: 0, to: b.count, by: 2)
    #expect(first.allSatisfy { b[$0] == b[$0 + 1] && c[$0] == c[$0 + 1] })
    MomentCheck.expectMean(first.map { b[$0] }, 0.3)
    MomentCheck.expectMean(first.map { c[$0] }, 0.2)
  }

  @Test func timeGoesAlongEachGroup() throws {
    let data = try MomentCheck.draw(
      groups: 3, size: .listed([2, 1, 3]),
      covariates: [
        Covariate(name: "week", distribution: .time(start: 0, step: 1)),
        Covariate(name: "year", distribution: .time(start: -1, step: 0.5)),
      ]
    ).data
    #expect(data.covariates[0].values == [0, 1, 0, 0, 1, 2])
    #expect(data.covariates[1].values == [-1, -0.5, -1, -1, -0.5, 0])
  }

  @Test func correlatedPairsHaveTheirCorrelationAndTheirOwnMoments() throws {
    let data = try MomentCheck.draw(
      groups: 50_000, size: .constant(2),
      covariates: [
        Covariate(name: "a", distribution: .normal(mean: 5, sd: 2)),
        Covariate(
          name: "b", distribution: .normal(mean: -1, sd: 3), correlation: .init(with: "a", 0.6)),
        Covariate(name: "g", distribution: .normal(mean: 0, sd: 1), level: .group),
        Covariate(
          name: "h", distribution: .normal(mean: 0, sd: 2), level: .group,
          correlation: .init(with: "g", -0.5)),
        Covariate(
          name: "r", distribution: .normal(mean: 0, sd: 1), correlation: .init(with: "g", 0.8)),
      ]
    ).data
    let columns = data.covariates.map(\.values)
    let (a, b) = (columns[0].map { $0 - 5 }, columns[1].map { $0 + 1 })
    MomentCheck.expectCentred(b, sd: 3)
    MomentCheck.expectMean(zip(a, b).map(*), 0.6 * 6)
    let first = Array(stride(from: 0, to: a.count, by: 2))
    #expect(first.allSatisfy { columns[3][$0] == columns[3][$0 + 1] })
    MomentCheck.expectCentred(first.map { columns[3][$0] }, sd: 2)
    MomentCheck.expectMean(first.map { columns[2][$0] * columns[3][$0] }, -1)
    // A number of the row with one of its group: two rows share 0.8^2 of their variance.
    MomentCheck.expectCentred(first.map { columns[4][$0] }, sd: 1)
    MomentCheck.expectMean(first.map { columns[4][$0] * columns[2][$0] }, 0.8)
    MomentCheck.expectMean(first.map { columns[4][$0] * columns[4][$0 + 1] }, 0.64)
  }

  /// A size of k or more, above the minimum, is a lognormal draw of k - 1/2 or more; so
  /// E n = 3 + sum over k > 3 of Q((log(k - 1/2) - m) / s).
  @Test func lognormalSizesAreRoundedAndRaised() throws {
    let rows = try MomentCheck.draw(
      groups: 50_000, size: .lognormal(mean: 10, sd: 6, minimum: 3)
    ).data.groupOfRow
    var sizes = [Double](repeating: 0, count: 50_000)
    for group in rows { sizes[group] += 1 }
    #expect(sizes.min() == 3)
    let variance = log(1 + 0.36)
    let mean = log(10) - variance / 2
    MomentCheck.expectMean(
      sizes,
      3
        + (4...2000).reduce(0) {
          $0
            + NormalDistribution.upperTail(
              (log(Double($1) - 0.5) - mean) / variance.squareRoot())
        })
  }

  @Test func fixedCovariatesAreTheSameInEveryReplicateAndTheRestIsNot() throws {
    func mechanism(isFixed: Bool) -> DataGeneratingMechanism {
      DataGeneratingMechanism(
        seed: 3, groups: 40, groupSize: .poisson(mean: 6, minimum: 1),
        covariates: [
          Covariate(name: "x", distribution: .normal(mean: 0, sd: 1)),
          Covariate(name: "g", distribution: .bernoulli(probability: 0.5), level: .group),
        ],
        covariatesAreFixed: isFixed, exposure: UniformRange(1, 2),
        fixed: [.init("Intercept", 1), .init("x", 0.2)], random: [.init("Intercept", 0.5)])
    }
    let first = try MomentCheck.draw(mechanism(isFixed: true), replicate: 0)
    for replicate in 1..<5 {
      let other = try MomentCheck.draw(mechanism(isFixed: true), replicate: replicate)
      #expect(other.data.groupOfRow == first.data.groupOfRow)
      #expect(other.data.covariates == first.data.covariates)
      #expect(other.data.exposure == first.data.exposure)
      #expect(other.data.counts != first.data.counts)
      #expect(other.randomEffects != first.randomEffects)
      let anew = try MomentCheck.draw(mechanism(isFixed: false), replicate: replicate)
      #expect(anew.data.covariates != first.data.covariates)
      #expect(anew.randomEffects == other.randomEffects)
    }
  }
}
