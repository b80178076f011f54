import Testing

@testable import SimulationStudy

/// Differences of two methods' estimates, and the picture of them.
@Suite struct PairedEstimatesTests {
  private static let replicates = 25

  /// `n` differs from `m` by 0.1 on even and 0.3 on odd replicates in `far`, by a tenth of it in
  /// `near`; replicate 7 is missing from one.
  private static func results() throws -> StudyResults {
    let scenarios = ["near", "far"].map {
      Fixture.scenario($0, methods: ["m", "n"], replicates: replicates)
    }
    let records = scenarios.flatMap { scenario in
      ["m", "n"].flatMap { method in
        (0..<replicates).map { replicate in
          let scale = method == "m" ? 0.0 : scenario.name == "far" ? 1 : 0.1
          let shift = scale * (replicate.isMultiple(of: 2) ? 0.1 : 0.3)
          return method == "n" && replicate == 7
            ? Fixture.failure(replicate, "no fit", scenario: scenario.name, method: method)
            : Fixture.record(
              replicate, [Fixture.parameter("a", Double(replicate % 5) + shift)],
              scenario: scenario.name, method: method)
        }
      }
    }
    return try StudyResults(scenarios: scenarios, records: records)
  }

  @Test func theScenarioThatDiffersMostIsShown() throws {
    let results = try Self.results()
    let pair = try #require(results.leastAgreement.first)
    #expect(results.leastAgreement.count == 1)
    #expect((pair.scenario, pair.parameter) == ("far", "a"))
    #expect((pair.method, pair.reference) == ("n", "m"))
    #expect(pair.used == 24)
    #expect(pair.pairs.count == 24)
    // 13 even replicates and 11 odd ones, numbers rounded in the 16th digit.
    #expect(abs(pair.meanDifference - (13 * 0.1 + 11 * 0.3) / 24) < 1e-14)
    #expect(abs(pair.pairs[3].mean - 3.15) < 1e-14)
    #expect(abs(pair.pairs[3].difference - 0.3) < 1e-14)
    let figure = try #require(AgreementFigure.figure(results))
    #expect(figure.scenario == "far")
    #expect(figure.figure.panels.map(\.title) == ["n"])
  }

  @Test func methodsThatAgreeHaveNoPicture() throws {
    let scenario = Fixture.scenario(methods: ["m", "n"], replicates: 25)
    let records = ["m", "n"].flatMap { method in
      (0..<25).map {
        Fixture.record($0, [Fixture.parameter("a", Double($0 % 5))], method: method)
      }
    }
    let results = try StudyResults(scenarios: [scenario], records: records)
    #expect(results.leastAgreement.isEmpty)
    #expect(AgreementFigure.figure(results) == nil)
  }

  @Test func typeIErrorIsOfTrueNullsAlone() throws {
    let scenario = Fixture.scenario(truth: ["a": 0, "b": 1], replicates: 20)
    let records = (0..<20).map {
      Fixture.record(
        $0,
        [Fixture.parameter("a", 0, p: $0 < 2 ? 0.01 : 0.5), Fixture.parameter("b", 1, p: 0.01)])
    }
    let results = try StudyResults(scenarios: [scenario], records: records)
    #expect(PlottedMeasure.typeIError.value(results, "s", "m", "a")?.value == 0.1)
    #expect(PlottedMeasure.typeIError.value(results, "s", "m", "b") == nil)
    let names = StudyFigure.all(of: results).map(\.figure.name)
    #expect(names.contains("type-i-error"))
    #expect(names.allSatisfy(StudyFile.Name.figures.contains))
  }
}
