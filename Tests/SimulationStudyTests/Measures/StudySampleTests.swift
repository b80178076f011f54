import Testing

@testable import SimulationStudy

@Suite struct StudySampleTests {
  private func collect(
    _ records: [ReplicateRecord], _ scenarios: [ScenarioSummary] = [Fixture.scenario()]
  ) throws -> [ScenarioSample] {
    try StudySample.collect(records, scenarios: scenarios)
  }

  @Test func failuresOfEveryKindAreCountedWithTheirReason() throws {
    let nan = Double.nan
    func estimate(
      _ value: Double = 1, se: Double = 1, _ lower: Double = 0, _ upper: Double = 2,
      p: Double? = nil
    ) -> ParameterEstimate {
      ParameterEstimate(
        parameter: "a", estimate: value, standardError: se, intervalLower: lower,
        intervalUpper: upper, pValue: p)
    }
    let broken = [
      estimate(nan), estimate(.infinity), estimate(se: nan), estimate(se: -1),
      estimate(1, se: 1, 2, 0),
      estimate(1, se: 1, -.infinity, 2), estimate(p: 1.5), estimate(p: nan),
    ]
    var records = broken.enumerated().map { Fixture.record($0, [$1]) }
    records.append(Fixture.failure(8, "no data"))
    records.append(
      ReplicateRecord(
        scenario: "s", method: "m", replicate: 9,
        outcome: .fitted(
          Fixture.result([estimate()], reason: "iteration-limit", converged: false)),
        seconds: 1))
    records.append(Fixture.record(10, [estimate()]))
    let method = try #require(try collect(records).first?.methods.first)
    #expect(method.attempted == 11)
    #expect(
      method.failures.map(\.reason) == [
        "the estimate of a is not finite",
        "the estimate of a is not finite",
        "the standard error of a is negative or not finite",
        "the standard error of a is negative or not finite",
        "the interval of a is reversed or not finite",
        "the interval of a is reversed or not finite",
        "the p value of a is not between 0 and 1",
        "the p value of a is not between 0 and 1",
        "no data",
        "did not converge: iteration-limit",
      ])
    #expect(method["a"].replicates == [10])
  }

  @Test func orderOfArrivalDoesNotMatter() throws {
    let records = (0..<20).map {
      Fixture.record($0, [Fixture.parameter("a", Double($0 * $0 % 7) / 3)])
    }
    let sorted = try collect(records)
    let reversed = try collect(records.reversed())
    #expect(sorted[0].methods[0]["a"] == reversed[0].methods[0]["a"])
    #expect(sorted[0].methods[0]["a"].replicates == Array(0..<20))
  }

  @Test func parametersKeepTheModelsOrderAndUnseenTruthsComeLast() throws {
    let scenario = Fixture.scenario(truth: ["z": 0, "b": 0, "a": 0])
    let records = [
      Fixture.record(0, [Fixture.parameter("z", 0), Fixture.parameter("log_sd(z)", 0)]),
      Fixture.record(1, [Fixture.parameter("z", 0), Fixture.parameter("y", 0)]),
    ]
    #expect(try collect(records, [scenario])[0].parameters == ["z", "log_sd(z)", "y", "a", "b"])
  }

  @Test func recordsThatFitNoScenarioAreRefused() {
    #expect(
      throws: StudyError(
        .inconsistent,
        "There is a result of method 'x' on scenario 's', which the study does not have.")
    ) {
      try collect([Fixture.failure(0, "r", method: "x")])
    }
    #expect(
      throws: StudyError(
        .inconsistent, "Replicate 3 of method 'm' on scenario 's' is recorded twice.")
    ) {
      try collect([Fixture.failure(3, "r"), Fixture.failure(4, "r"), Fixture.failure(3, "q")])
    }
    #expect(
      throws: StudyError(
        .inconsistent,
        "Replicate 1 of method 'm' on scenario 's' names the parameter 'a' twice.")
    ) {
      try collect([Fixture.record(1, [Fixture.parameter("a", 0), Fixture.parameter("a", 1)])])
    }
    #expect(
      throws: StudyError(.inconsistent, "Two scenarios of the study have the name 's'.")
    ) {
      try collect([], [Fixture.scenario(), Fixture.scenario()])
    }
    #expect(
      throws: StudyError(.inconsistent, "Scenario 's' has two methods with the name 'm'.")
    ) {
      try collect([], [Fixture.scenario(methods: ["m", "m"])])
    }
  }

  @Test func pairsAreTheReplicatesBothHave() {
    var (first, second) = (ParameterSample(), ParameterSample())
    for replicate in [0, 2, 3, 5] {
      first.append(Fixture.parameter("a", Double(replicate)), replicate: replicate)
    }
    for replicate in [1, 2, 5, 6] {
      second.append(Fixture.parameter("a", Double(10 * replicate)), replicate: replicate)
    }
    let pairs = ParameterSample.paired(first, second)
    #expect(pairs.first == [2, 5])
    #expect(pairs.second == [20, 50])
  }
}
