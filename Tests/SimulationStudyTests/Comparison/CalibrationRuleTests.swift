import Foundation
import Testing

@testable import SimulationStudy

@Suite struct CalibrationRuleTests {
  /// 60 data sets with true parameters of their own.
  private func scenario(seed: Int = 1) throws -> Scenario {
    try ScenarioFile.parse(
      bytes: Array(
        """
        kind: calibration
        name: drawn
        seed: \(seed)
        replicates: 60
        priors: {fixed_effect_sd: 0.7, log_sd_sd: 0.5}
        data:
          groups: 8
          group_size: 5
          covariates: [{name: x, distribution: normal}]
          fixed: [Intercept, x]
          random: [Intercept]
        methods: [{name: structured, approximation: structured}]
        """.utf8), file: "drawn.yml")
  }

  /// The same fits with other probabilities up to x's true value.
  private func records(
    _ records: [ReplicateRecord], probability: (Int) -> Double
  ) -> [ReplicateRecord] {
    records.map { record in
      record.mapResult { result in
        result.with { estimate in
          estimate.parameter != "x"
            ? estimate
            : ParameterEstimate(
              parameter: "x", estimate: estimate.estimate, standardError: estimate.standardError,
              intervalLower: estimate.intervalLower, intervalUpper: estimate.intervalUpper,
              pValue: estimate.pValue, truth: estimate.truth,
              probabilityBelowTruth: probability(record.replicate))
        }
      }
    }
  }

  @Test func otherTrueParametersAreAChangedStream() throws {
    let (scenario, other) = (try scenario(), try scenario(seed: 2))
    let sound = ComparisonFixture.records(scenario)
    #expect(try ComparisonFixture.findings(of: sound, against: sound, on: scenario).isEmpty)
    let findings = try ComparisonFixture.findings(
      of: ComparisonFixture.records(other), against: sound, on: scenario)
    #expect(findings.map(\.rule) == [.stream])
    #expect(
      findings[0].evidence.hasPrefix("The true parameters are others (Intercept of replicate 0 was")
    )
    #expect(findings[0].replicates == [0])
  }

  @Test func aCurveThatLeavesItsBandIsARegression() throws {
    let scenario = try scenario()
    let sound = ComparisonFixture.records(scenario)
    // Every 60th of the way from 0 to 1 in some order, and all of them in the middle third: too
    // wide.
    let inside = records(sound) { (Double($0) + 0.5) / 60 }
    let outside = records(sound) { 1.0 / 3 + (Double($0) + 0.5) / 180 }
    let findings = try ComparisonFixture.findings(of: outside, against: inside, on: scenario)
    #expect(findings.map(\.rule) == [.calibration])
    #expect(
      findings[0].evidence.hasPrefix(
        "The curve of x has left its band; the p value of x's ECDF was 1"))
    // The other way round it is progress, and a line of the report.
    let better = try StudyComparison(
      baseline: ComparisonFixture.baseline(scenario, outside),
      current: ComparisonFixture.study(scenario, inside))
    #expect(!better.hasRegression)
    #expect(better.markdown().contains("Of 3 curves these have left their band or come back."))
    let same = try StudyComparison(
      baseline: ComparisonFixture.baseline(scenario, inside),
      current: ComparisonFixture.study(scenario, inside))
    #expect(same.markdown().contains("Of 3 curves none has left its band or come back into it."))
  }

  /// A curve at the edge of its band leaves it when one value moves a little: its p value has to
  /// fall by a factor.
  @Test func leavingTheBandAtATouchIsNone() throws {
    let sound = ComparisonFixture.records(try scenario())
    let inside = records(sound) { (Double($0) + 0.5) / 60 }
    let outside = records(sound) { 1.0 / 3 + (Double($0) + 0.5) / 180 }
    let left = try #require(
      CalibrationChange(
        MethodPairing(method: "structured", baseline: inside, current: outside), parameter: "x",
        of: 3))
    #expect(left.used == 60)
    #expect(left.hasChanged)
    let fall = left.baseline.ecdf / left.current.ecdf
    #expect(left.hasLeft(byFactor: 0.99 * fall))
    #expect(!left.hasLeft(byFactor: 1.01 * fall))
    let back = try #require(
      CalibrationChange(
        MethodPairing(method: "structured", baseline: outside, current: inside), parameter: "x",
        of: 3))
    #expect(back.hasChanged)
    #expect(!back.hasLeft(byFactor: 1))
    #expect(
      CalibrationChange(
        MethodPairing(method: "structured", baseline: [], current: []), parameter: "x", of: 3)
        == nil)
  }

  /// Each replicate's own truth is what its interval is to hold.
  @Test func coverageAndBiasAreOfErrors() throws {
    let scenario = try scenario()
    let sound = ComparisonFixture.records(scenario)
    let narrow = sound.map { record in record.mapResult { $0.with { $0.moved(stretch: 0.2) } } }
    let rules = try ComparisonFixture.findings(of: narrow, against: sound, on: scenario).map(\.rule)
    #expect(Set(rules) == [.drift, .coverage])
  }

  @Test func truthsAndProbabilitiesKeepAllDigits() throws {
    let scenario = try scenario()
    let sound = ComparisonFixture.records(scenario)
    let read = try ComparisonFixture.baseline(scenario, sound).scenarios[0].records[0]
    #expect(read.count == sound.count)
    for (old, new) in zip(sound, read) {
      guard case .fitted(let before) = old.outcome, case .fitted(let after) = new.outcome else {
        Issue.record("a fit is gone")
        continue
      }
      #expect(before.parameters.map(\.truth) == after.parameters.map(\.truth))
      #expect(
        before.parameters.map(\.probabilityBelowTruth)
          == after.parameters.map(\.probabilityBelowTruth))
    }
  }
}
