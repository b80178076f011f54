import Testing

@testable import SimulationStudy

@Suite struct ReplayedReplicateTests {
  private func replay(
    _ stored: EstimationResult, _ refitted: EstimationResult
  ) -> ReplayedReplicate {
    func record(_ result: EstimationResult) -> ReplicateRecord {
      ReplicateRecord(
        scenario: "s", method: "m", replicate: 1, outcome: .fitted(result),
        seconds: .random(in: 0...1))
    }
    return ReplayedReplicate(stored: record(stored), refitted: record(refitted))
  }

  @Test func timeIsNotCompared() {
    let result = Fixture.result([Fixture.parameter("a", .nan), Fixture.parameter("b", 1, p: nil)])
    let replayed = replay(result, result)
    #expect(replayed.differences == 0)
    // Five numbers, four without a p value; bound, iterations and outcome.
    #expect(replayed.items.count == 12)
  }

  /// One unit in the last place is a difference, and so are the sign of zero and a missing number.
  @Test(arguments: [
    (Fixture.parameter("a", 1), Fixture.parameter("a", 1.0.nextUp), 1),
    (Fixture.parameter("a", 1, se: 0), Fixture.parameter("a", 1, se: -0.0), 1),
    (Fixture.parameter("a", 1), Fixture.parameter("a", 1, p: nil), 1),
    (Fixture.parameter("a", 1, p: nil), Fixture.parameter("a", 1), 1),
    (Fixture.parameter("a", 1), Fixture.parameter("b", 1), 6),
  ])
  func everyBitCounts(stored: ParameterEstimate, refitted: ParameterEstimate, differences: Int) {
    // An ulp of the estimate moves both ends of the interval of `Fixture` by none or one.
    let replayed = replay(Fixture.result([stored]), Fixture.result([refitted]))
    #expect(
      replayed.items.count { !$0.isEqual && !["lower", "upper"].contains($0.quantity) }
        == differences)
  }

  /// The method was content with the fit, and the study was not.
  @Test func theOutcomeOfARefusedFitIsWhyItWasRefused() {
    let result = Fixture.result([Fixture.parameter("a", .nan)])
    #expect(
      replay(result, result).items.first { $0.quantity == "outcome" }?.stored
        == "the estimate of a is not finite")
  }

  @Test func reasonsAndFailuresCount() {
    let result = Fixture.result([])
    #expect(replay(result, Fixture.result([], iterations: 6)).differences == 1)
    #expect(replay(result, Fixture.result([], converged: false)).differences == 1)
    let failure = Fixture.failure(1, "no.")
    #expect(ReplayedReplicate(stored: failure, refitted: failure).differences == 0)
    #expect(
      ReplayedReplicate(stored: failure, refitted: Fixture.failure(1, "yes.")).differences == 1)
    // The bound, the iterations and the outcome.
    #expect(
      ReplayedReplicate(stored: failure, refitted: Fixture.record(1, [])).differences == 3)
  }
}
