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
    // More than the baseline has is no harm.
    #expect(complaint(scenario, records, against: scenario, few) == nil)
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
        == "There is nothing to compare: every fit of method 'structured' on scenario 'pair' failed in 'old'."
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
    #expect(none.markdown().contains("**No regression.**"))
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
