import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

/// What a fit reports beside estimates is compared as well, and what moves within tolerance is
/// said.
@Suite struct ComparisonChangeTests {
  private func comparison(
    _ change: @escaping (EstimationResult) -> EstimationResult
  ) throws -> StudyComparison {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    return try StudyComparison(
      baseline: ComparisonFixture.baseline(scenario, records),
      current: ComparisonFixture.study(scenario, records.map { $0.mapResult(change) }, name: "now"))
  }

  private func withPValues(
    _ result: EstimationResult, _ change: @escaping (Double) -> Double?
  ) -> EstimationResult {
    result.with { parameter in
      ParameterEstimate(
        parameter: parameter.parameter, estimate: parameter.estimate,
        standardError: parameter.standardError, intervalLower: parameter.intervalLower,
        intervalUpper: parameter.intervalUpper, pValue: parameter.pValue.flatMap(change))
    }
  }

  private func withQuantity(
    _ result: EstimationResult, _ name: String, _ change: (Double) -> Double
  ) -> EstimationResult {
    result.with(
      quantities: zip(result.quantities, result.quantityValues).map {
        ($0, $0.name == name ? change($1) : $1)
      })
  }

  @Test func theSameIsCalledTheSame() throws {
    let same = try comparison { $0 }
    #expect(same.verdict == .same)
    #expect(same.findings.isEmpty)
    #expect(same.changes.isEmpty)
    #expect(!same.baselineLacksNumbers)
  }

  /// Halved, be they large or far below what is ever printed; and gone.
  @Test func pValuesAreCompared() throws {
    let halved = try comparison { result in withPValues(result) { $0 / 2 } }
    #expect(halved.verdict == .regression)
    #expect(Set(halved.findings.map(\.rule)) == [.drift])
    let evidence = try #require(halved.findings.first?.evidence)
    #expect(evidence.hasPrefix("60 of 60 fits moved"))
    #expect(evidence.contains("the p value of "))
    let gone = try comparison { result in withPValues(result) { _ in nil } }
    #expect(gone.verdict == .regression)
    #expect(gone.findings.first?.evidence.contains("is gone") == true)
    // In units of the deviate: 2 (1 - Phi(1)) and 2 (1 - Phi(1.005)), by NormalDist of Python 3.11.
    let pair = { (p: Double) in
      ReplicateRecord(
        scenario: "s", method: "m", replicate: 0,
        outcome: .fitted(
          EstimationResult(
            parameters: [
              ParameterEstimate(
                parameter: "x", estimate: 0, standardError: 1, intervalLower: nil,
                intervalUpper: nil, pValue: p)
            ], evidenceLowerBound: nil, iterations: 1, reason: "converged", converged: true)),
        seconds: 1)
    }
    for (old, new, size) in [
      (0.317_310_507_862_914_1, 0.314_896_849_860_655_7, 0.005), (1e-300, 0, 0.1), (0.5, 0.5, 0),
      (0, 0, 0),
    ] {
      let drift = Drift(
        MethodPairing(method: "m", baseline: [pair(old)], current: [pair(new)]))
      let found = try #require(drift.fits.first?.sds)
      if size == 0.1 { #expect(found > size) } else { #expect(abs(found - size) < 1e-9) }
    }
  }

  @Test(arguments: [("means(Intercept)", 0.02, "SDs"), ("sds(Intercept)", 0.02, "SDs")])
  func momentsOfRandomEffectsAreCompared(name: String, sds: Double, unit: String) throws {
    let moved = try comparison { result in
      let scale = result.value(of: "sds(Intercept)") ?? .nan
      return withQuantity(result, name) { $0 + sds * scale }
    }
    #expect(moved.verdict == .regression)
    #expect(Set(moved.findings.map(\.rule)) == [.drift])
    #expect(moved.findings.first?.evidence.contains(": \(name) by 0.02 \(unit); allowed") == true)
  }

  @Test func whatMovesALittleIsSaid() throws {
    let moved = try comparison { result in
      result.with { $0.parameter == "x" ? $0.moved(sds: 0.006) : $0 }
    }
    #expect(moved.verdict == .changed)
    #expect(!moved.hasRegression)
    #expect(moved.changes.map(\.what) == [.numbers, .numbers])
    #expect(moved.changes.map(\.fits) == [60, 60])
    let text = moved.markdown()
    #expect(text.contains("**No regression: changed, within tolerance.** 120 fits of 1 scenario"))
    #expect(text.contains("`make accept-baseline`"))
    #expect(text.contains("## Changed, within tolerance"))
    #expect(text.contains(" of x by 0.006"))
    // Less than a baseline's rounding is nothing.
    #expect(try comparison { $0.with { $0.moved(sds: 4e-5) } }.verdict == .same)
  }

  @Test func higherBoundsAndOtherIterationsAreChanges() throws {
    let better = try comparison { result in
      result.with(bound: result.evidenceLowerBound.map { $0 + 0.5 })
    }
    #expect(better.verdict == .changed)
    #expect(better.changes.map(\.what) == [.bounds, .bounds])
    #expect(better.changes.first?.evidence.hasSuffix(", by 0.5.") == true)
    let faster = try comparison { $0.with(iterations: $0.iterations - 1) }
    #expect(faster.changes.map(\.what) == [.iterations, .iterations])
    // A change is named beside the regressions of other rules.
    let both = try comparison { result in
      result.with(
        bound: result.evidenceLowerBound.map { $0 - 1 }, iterations: result.iterations - 1)
    }
    #expect(both.verdict == .regression)
    #expect(both.changes.map(\.what) == [.iterations, .iterations])
  }

  /// A baseline without p values and what is said of the whole fit, as they once were.
  @Test func anOlderBaselineIsReadAndSaidToLackNumbers() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let old = records.map { record in
      record.mapResult { result in withPValues(result) { _ in nil }.with(quantities: []) }
    }
    let text = BaselineTable.text(of: ComparedScenario(scenario, records: old))
    let columns = try #require(text.split(separator: "\n").first).split(separator: ",")
    let kept = columns.indices.filter { !columns[$0].hasSuffix(" p") }
    let older = text.split(separator: "\n").map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      return kept.map { String(fields[$0]) }.joined(separator: ",")
    }.joined(separator: "\n")
    #expect(
      older.hasPrefix(
        "method,replicate,failure,iterations,seconds,bound,Intercept,Intercept sd,Intercept lower,"
          + "Intercept upper,x,x sd,"))
    let read = try BaselineTable.records(of: older, scenario: "pair", name: "pair.csv")
    #expect(read.count == records.count)
    let comparison = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, read, name: "old"),
      current: ComparisonFixture.study(scenario, records, name: "now"))
    #expect(comparison.verdict == .same)
    #expect(comparison.baselineLacksNumbers)
    #expect(comparison.markdown().contains("The baseline does not have all that fits report now"))
  }

  @Test func aBaselineKeepsAllThatIsCompared() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let text = BaselineTable.text(of: ComparedScenario(scenario, records: records))
    #expect(
      text.hasPrefix(
        "method,replicate,failure,iterations,seconds,bound,means(Intercept),sds(Intercept),"
          + "Intercept,Intercept sd,Intercept lower,Intercept upper,Intercept p,x,"))
    let read = try BaselineTable.records(of: text, scenario: "pair", name: "pair.csv")
    for (old, new) in zip(records, read) {
      guard case .fitted(let before) = old.outcome, case .fitted(let after) = new.outcome else {
        Issue.record("a fit is gone")
        continue
      }
      #expect(after.quantities == before.quantities)
      for parameter in before.parameters {
        let p = after[parameter.parameter]?.pValue
        #expect((p == nil) == (parameter.pValue == nil))
        // Half of the seventh digit, where the first is 1.
        if let p, let exact = parameter.pValue { #expect(abs(p - exact) <= 5e-7 * exact) }
      }
    }
  }

  @Test func otherProgramsReadTheVerdict() throws {
    struct Read: Decodable {
      struct Finding: Decodable {
        let rule: String
        let scenario: String
        let method: String?
        let replicates: [Int]
      }
      struct Change: Decodable {
        let what: String
        let fits: Int
      }
      let verdict: String
      let fits: Int
      let regressions: [Finding]
      let changes: [Change]
    }
    func read(_ comparison: StudyComparison) throws -> Read {
      try JSONDecoder().decode(Read.self, from: Data(comparison.text(as: .json).utf8))
    }
    let same = try comparison { $0 }
    #expect(try read(same).verdict == "same")
    #expect(try read(same).fits == 120)
    let passed = try same.text(as: .junit)
    // Eight rules for each of two methods; the stream is judged for the scenario.
    #expect(passed.contains(#"tests="16" failures="0""#))
    #expect(passed.contains(#"<testcase classname="pair.mean-field" name="coverage"/>"#))
    let spoiled = try comparison { result in
      withPValues(result) { $0 / 2 }.with(iterations: result.iterations - 1)
    }
    let json = try read(spoiled)
    #expect(json.verdict == "regression")
    #expect(json.regressions.map(\.rule) == ["drift", "drift"])
    #expect(json.regressions.first?.replicates.count == 60)
    #expect(json.changes.map(\.what) == ["iterations", "iterations"])
    let failed = try spoiled.text(as: .junit)
    #expect(failed.contains(#"tests="16" failures="2""#))
    #expect(
      failed.contains(
        #"<testcase classname="pair.structured" name="drift"><failure message="60 of"#))
    #expect(failed.contains(#"name="iterations"><system-out>"#))
  }
}
