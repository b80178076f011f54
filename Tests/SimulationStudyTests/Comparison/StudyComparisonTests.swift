import Foundation
import Testing

@testable import SimulationStudy

@Suite struct StudyComparisonTests {
  private func complaint(
    _ scenario: Scenario, _ records: [ReplicateRecord], against old: Scenario,
    _ oldRecords: [ReplicateRecord]
  ) -> String? {
    do {
      _ = try StudyComparison(
        baseline: ComparisonFixture.study(old, oldRecords, name: "old"),
        current: ComparisonFixture.study(scenario, records, name: "new"))
      return nil
    } catch {
      return error.description
    }
  }

  @Test func whatIsMissingIsAnError() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let few = records.filter { $0.replicate < 50 }
    #expect(
      complaint(scenario, few, against: scenario, records)
        == "'new' lacks 10 replicates of scenario 'pair' that 'old' has, such as 50.")
    #expect(
      complaint(scenario, records, against: scenario, [])
        == "'old' has no fit of method 'structured' on scenario 'pair'.")
    // Where nothing could be used before, nothing can have got worse.
    let failed = records.map {
      ReplicateRecord(
        scenario: $0.scenario, method: $0.method, replicate: $0.replicate,
        outcome: .failed("out of order"), seconds: $0.seconds)
    }
    #expect(
      complaint(scenario, records, against: scenario, failed)
        == "There is nothing to compare: every fit of method 'structured' on scenario 'pair' "
        + "failed in 'old'."
    )
    let one = Scenario(
      name: "pair", replicates: scenario.replicates, data: scenario.data,
      methods: [scenario.methods[0]])
    #expect(
      complaint(one, records, against: scenario, records)
        == "The method of scenario 'pair', 'mean-field' of 'old' is missing in 'new'.")
    let renamed = Scenario(
      name: "other", replicates: scenario.replicates, data: scenario.data,
      methods: scenario.methods)
    #expect(
      complaint(renamed, records, against: scenario, records)
        == "The scenario 'pair' of 'old' is missing in 'new'.")
  }

  @Test func replicatesThatOnlyTheCurrentRunHasAreCounted() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let comparison = try StudyComparison(
      baseline: ComparisonFixture.study(
        scenario, records.filter { $0.replicate < 50 }, name: "old"),
      current: ComparisonFixture.study(scenario, records, name: "new"))
    #expect(!comparison.hasRegression)
    #expect(
      comparison.markdown().contains(
        "100 fits of 1 scenario were compared, replicate by replicate. 10 replicates of 1 "
          + "scenario, which only "
          + "`new` has, were not."))
    let whole = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, records),
      current: ComparisonFixture.study(scenario, records))
    #expect(!whole.markdown().contains("which only"))
  }

  /// Where a precision ends a study, either side may have come to its end earlier.
  @Test func aStudyThatEndsByItselfIsComparedAsFarAsBothGo() throws {
    let plain = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(plain)
    let scenario = Scenario(
      name: plain.name, replicates: plain.replicates,
      precision: PrecisionTarget(measure: .coverage, monteCarloStandardError: 0.1),
      data: plain.data, methods: plain.methods)
    // Replicate 40 has not been begun when the study ended, and a worker was ahead.
    let short = records.filter { $0.replicate < 40 || $0.replicate > 50 }
    let comparison = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, records, name: "old"),
      current: ComparisonFixture.study(scenario, short, name: "new"))
    #expect(comparison.rows.allSatisfy { $0.pairing.pairs.count == 40 })
    #expect(
      comparison.markdown().contains(
        "20 replicates of 1 scenario, which only `old` has, were not."))
  }

  @Test func timeThatIsNotJudgedIsSaidSo() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    func verdict(processor: String = "Z80", rounds: Int = 0) throws -> String {
      let study = ComparisonFixture.study(scenario, records)
      return try StudyComparison(
        baseline: study,
        current: ComparisonFixture.study(scenario, records, processor: processor),
        rounds: (0..<rounds).map { _ in StudyComparison.Round(baseline: study, current: study) }
      ).markdown().components(separatedBy: "\n## ")[1]
    }
    #expect(
      try verdict().contains(
        "Time was in effect not judged: with one run each, only fits that take more than 20 times "
          + "as long count; "
          + "`make compare` judges it."))
    #expect(
      try verdict(processor: "6502").contains(
        "Time was not judged, because the processors are not known to be equal (Z80 and 6502); "
          + "`make compare` judges it."
      ))
    #expect(try !verdict(rounds: 5).contains("not judged"))
  }

  @Test func everyRowHasItsPairedDifferences() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    // x moves by 0.01 in half of the replicates: 0.005 with the MCSE 0.01 sqrt(15 / 59) / sqrt(60)
    // = 0.00065.
    let moved = records.map { record in
      record.method == "structured" && record.replicate.isMultiple(of: 2)
        ? record.mapResult { result in
          result.with { parameter in
            guard parameter.parameter == "x", let error = parameter.standardError else {
              return parameter
            }
            return parameter.moved(sds: 0.01 / error)
          }
        } : record
    }
    let text = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, records),
      current: ComparisonFixture.study(scenario, moved)
    ).markdown()
    #expect(text.contains(/\| `pair` +\| `structured` +\|.* \+0\.0050 ± 0\.0007 \(`x`\) \|/))
    #expect(text.contains(/\| `pair` +\| `mean-field` +\|[^`]* 0 \| +0 \|/))
  }

  @Test(arguments: [
    (0.0, 0.0, "0"), (-0.01, 0.004, "-0.010 ± 0.004"), (0.0123, 0.0012, "+0.0123 ± 0.0012"),
    (0.001, 0.2, "0.00 ± 0.20"), (0.25, 0, "+0.25 ± 0"), (2.31e-7, 4.2e-7, "+2e-07 ± 4e-07"),
    (3e-9, 4.2e-7, "0 ± 4e-07"), (-1.234e-5, 1.2e-7, "-1.234e-05 ± 1.2e-07"),
    (.nan, 1, "n/a"),
  ])
  func aChangeHasTheDigitsOfItsError(value: Double, error: Double, text: String) {
    #expect(ComparisonNumber.change(value, error) == text)
  }

  @Test func aScenarioThatHasChangedIsAnError() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let other = try ComparisonFixture.scenario(seed: 2)
    #expect(
      complaint(other, records, against: scenario, records)
        == "Scenario 'pair' is not the same in 'new' and in 'old': seed is 2 and was 1.")
  }

  @Test func theReportNamesWhatWasFoundAndHowToSeeIt() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let moved = records.map { record in
      record.replicate == 17 && record.method == "structured"
        ? record.mapResult { $0.with { $0.parameter == "z" ? $0.moved(sds: 0.5) : $0 } } : record
    }
    let comparison = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, records, name: "base line"),
      current: ComparisonFixture.study(scenario, moved, name: "now"))
    let text = comparison.markdown()
    #expect(text.hasPrefix("# `now` against `base line`\n"))
    #expect(text.contains("**1 regression**: drift (1). 120 fits of 1 scenario were compared"))
    #expect(text.contains("most in replicate 17: the estimate of z by 0.5 SDs"))
    #expect(text.contains("glmm-poisson study replay now --scenario pair --replicate 17"))
    let none = try StudyComparison(
      baseline: ComparisonFixture.study(scenario, records, name: "base line"),
      current: ComparisonFixture.study(scenario, records, name: "now"))
    #expect(none.markdown().contains("**No regression: the same.**"))
    #expect(!none.hasRegression)
  }

  @Test func anotherVersionOfAProgramIsSaid() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    func text(_ old: String?, _ new: String) throws -> String {
      func program(_ version: String) -> ProgramRecord {
        ProgramRecord(command: "fit.R", version: version, timesItself: false)
      }
      return try StudyComparison(
        baseline: ComparisonFixture.study(
          scenario, records, programs: old.map { [program($0)] } ?? []),
        current: ComparisonFixture.study(scenario, records, programs: [program(new)])
      ).markdown()
    }
    #expect(
      try text("fit 1", "fit 2").contains(
        "`fit.R` was fit 1 and is fit 2: what differs may be its doing."))
    #expect(try text(nil, "fit 2").contains("`fit.R` was not noted and is fit 2"))
    #expect(try !text("fit 2", "fit 2").contains("fit.R"))
  }

  @Test func whatCannotBeANumberIsARegression() throws {
    let scenario = try ComparisonFixture.scenario()
    let records = ComparisonFixture.records(scenario)
    let spoiled = records.map { record in
      record.mapResult { result in
        EstimationResult(
          parameters: result.parameters.filter { $0.parameter != "z" }, evidenceLowerBound: .nan,
          iterations: result.iterations, reason: result.reason, converged: true)
      }
    }
    let findings = try ComparisonFixture.findings(of: spoiled, against: records, on: scenario)
    #expect(Set(findings.map(\.rule)) == [.drift, .optimum])
    #expect(findings.first?.evidence.contains("z is gone") == true)
  }
}
