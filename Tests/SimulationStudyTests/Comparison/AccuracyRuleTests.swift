import Testing

@testable import SimulationStudy

@Suite struct AccuracyRuleTests {
  /// Estimates with intervals of half-width 1 and SD 0.5, one replicate each.
  private func pairing(_ baseline: [Double], _ current: [Double]) -> MethodPairing {
    func records(_ estimates: [Double]) -> [ReplicateRecord] {
      estimates.enumerated().map { replicate, estimate in
        ReplicateRecord(
          scenario: "s", method: "m", replicate: replicate,
          outcome: .fitted(
            EstimationResult(
              parameters: [
                ParameterEstimate(
                  parameter: "x", estimate: estimate, standardError: 0.5,
                  intervalLower: estimate - 1, intervalUpper: estimate + 1, pValue: nil)
              ], evidenceLowerBound: nil, iterations: 1, reason: "converged", converged: true)),
          seconds: 1)
      }
    }
    return MethodPairing(method: "m", baseline: records(baseline), current: records(current))
  }

  /// Differences 0.1, 0.3, 0.2, 0.2: mean 0.2, variance 0.02 / 3, MCSE sqrt(0.02 / 12) = 0.0408248.
  @Test func theChangeOfBiasIsPaired() throws {
    let change = try #require(
      BiasChange(pairing([1, 2, 3, 4], [1.1, 2.3, 3.2, 4.2]), parameter: "x", truth: 2))
    // Rounding of a few sums of numbers of size 4.
    #expect(abs(change.baseline - 0.5) < 1e-14)
    #expect(abs(change.current - 0.7) < 1e-14)
    #expect(abs(change.worsening - 0.2) < 1e-14)
    #expect(abs(change.monteCarloStandardError - 0.04082482904638631) < 1e-14)
    #expect(change.pValue < 1e-5)
    // A bias that changes its sign has grown only as far as its size has.
    let other = try #require(
      BiasChange(pairing([1, 2, 3, 4], [0, 1, 2, 3]), parameter: "x", truth: 2))
    #expect(abs(other.worsening) < 1e-14)
    #expect(BiasChange(pairing([1], [2]), parameter: "x", truth: 2) == nil)
  }

  /// Of 10 replicates 1 gains the truth and 6 lose it, 2 keep it: McNemar's exact p is
  /// 2 (C(7,0) + C(7,1)) / 2^7 = 16 / 128, and the MCSE of -5 / 10 is sqrt(7 - 25 / 10) / 10.
  @Test func coverageIsComparedByMcNemarsTest() throws {
    let pairing = pairing(
      [0, 0, 0, 0, 0, 0, 9, 0, 0, 9], [9, 9, 9, 9, 9, 9, 0, 0, 0, 9])
    let change = try #require(
      CoverageChange(pairing, parameter: "x", truth: 0, alpha: 0.05))
    #expect(change.onlyBaseline == 6)
    #expect(change.onlyCurrent == 1)
    #expect(change.baseline == 0.8)
    #expect(change.current == 0.3)
    #expect(abs(change.worsening - 0.5) < 1e-15)
    // Sums of products of rounded logarithms.
    #expect(abs(change.pValue - 0.125) < 1e-14)
    #expect(abs(change.monteCarloStandardError - 0.21213203435596426) < 1e-15)
  }

  @Test func nothingDiscordantIsNoEvidence() throws {
    let change = try #require(
      CoverageChange(pairing([0, 9], [0, 9]), parameter: "x", truth: 0, alpha: 0.05))
    #expect(change.pValue == 1)
    #expect(change.worsening == 0)
  }

  /// Sums of C(5,k) / 32.
  @Test func theBinomialDistributionSums() {
    let half = [1.0, 6, 16, 26, 31, 32].map { $0 / 32 }
    for (k, expected) in half.enumerated() {
      #expect(
        abs(BinomialDistribution.cumulative(k, trials: 5, probability: 0.5) - expected) < 1e-14)
    }
    #expect(BinomialDistribution.cumulative(-1, trials: 5, probability: 0.5) == 0)
    #expect(BinomialDistribution.cumulative(2, trials: 5, probability: 0) == 1)
    #expect(BinomialDistribution.cumulative(2, trials: 5, probability: 1) == 0)
    #expect(BinomialDistribution.cumulative(0, trials: 0, probability: 0.5) == 1)
  }
}
