import Foundation
import PoissonGLMM
import Synchronization
import Testing

@testable import SimulationStudy

@Suite struct StudyRunnerTests {
  /// An estimator whose behaviour depends on the data alone.
  private struct Odd: Estimator {
    let name: String

    struct OddTotal: Error, CustomStringConvertible { let description = "the total is odd." }

    func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
      let total = data.counts.reduce(0, +)
      if total.truncatingRemainder(dividingBy: 2) == 1 { throw OddTotal() }
      let converged = total.truncatingRemainder(dividingBy: 4) == 0
      return EstimationResult(
        parameters: [
          ParameterEstimate(
            parameter: "Intercept", estimate: total, standardError: 1, intervalLower: total - 2,
            intervalUpper: total + 2, pValue: 0.5)
        ], evidenceLowerBound: nil, iterations: 3,
        reason: converged ? "converged" : "iteration-limit", converged: converged)
    }
  }

  private func scenarios() throws -> [Scenario] {
    let first = try ScenarioText.parse(ScenarioText.simulated)
    let second = try ScenarioText.parse(
      ScenarioText.simulated.replacingOccurrences(of: "name: small", with: "name: other")
        .replacingOccurrences(of: "replicates: 20", with: "replicates: 37"))
    return [first, second, try ScenarioText.parse(ScenarioText.given)]
  }

  private func withoutSeconds(_ records: [ReplicateRecord]) -> [ReplicateRecord] {
    records.map {
      ReplicateRecord(
        scenario: $0.scenario, method: $0.method, replicate: $0.replicate, outcome: $0.outcome,
        seconds: 0)
    }
  }

  @Test func recordsAreTheSameWhateverTheNumberOfWorkers() throws {
    let runner = StudyRunner(try scenarios())
    let alone = runner.records(workers: 1)
    for workers in [2, 4, 50] {
      #expect(withoutSeconds(runner.records(workers: workers)) == withoutSeconds(alone))
    }
    #expect(alone.allSatisfy { $0.seconds > 0 })
  }

  /// The scenario's own settings, not the defaults, are what its methods fit with.
  @Test func priorsAndAlphaOfTheScenarioReachItsMethods() throws {
    func results(_ settings: String) throws -> [ParameterEstimate] {
      let scenario = try ScenarioText.parse(ScenarioText.given + "\n" + settings)
      let outcome = try #require(StudyRunner([scenario]).records(workers: 1).first?.outcome)
      guard case .fitted(let result) = outcome else { return [] }
      return result.parameters
    }
    let usual = try #require(try results("").last)
    let narrow = try #require(try results("alpha: 0.5").last)
    #expect(narrow.estimate == usual.estimate)
    func width(_ parameter: ParameterEstimate) throws -> Double {
      try #require(parameter.intervalUpper) - #require(parameter.intervalLower)
    }
    #expect(try width(narrow) < width(usual))
    let tight = try #require(
      try results("priors: {fixed_effect_sd: 2, log_sd_sd: 0.01}").last)
    // Held to the prior N(0, 0.01^2), within some standard deviations.
    #expect(abs(tight.estimate) < 0.05)
    #expect(abs(usual.estimate) > 0.05)
  }

  @Test func recordsAreOrderedByScenarioMethodAndReplicate() throws {
    let records = StudyRunner(try scenarios()).records(workers: 3)
    var expected: [String] = []
    for (scenario, methods, replicates) in [
      ("small", ["structured", "plain"], 20), ("other", ["structured", "plain"], 37),
      ("given", ["structured"], 1),
    ] {
      for method in methods {
        expected += (0..<replicates).map { "\(scenario) \(method) \($0)" }
      }
    }
    #expect(records.map { "\($0.scenario) \($0.method) \($0.replicate)" } == expected)
  }

  @Test func allMethodsGetTheSameDataSet() throws {
    let scenario = try ScenarioText.parse(ScenarioText.simulated)
    let records = StudyRunner([scenario], estimator: { Odd(name: $1.name) }).records(workers: 2)
    let byMethod = Dictionary(grouping: records, by: \.method).mapValues { $0.map(\.outcome) }
    #expect(byMethod["structured"] == byMethod["plain"])
  }

  @Test func aFailedFitIsRecordedWithItsReasonAndCounted() throws {
    let scenario = try ScenarioText.parse(ScenarioText.simulated)
    let last = Mutex(StudyProgress(total: 0))
    let records = StudyRunner([scenario], estimator: { Odd(name: $1.name) })
      .records(workers: 2) { progress in last.withLock { $0 = progress } }

    let totals = try (0..<20).map {
      try DataGenerator(scenario).dataSet(replicate: $0).data.counts.reduce(0, +)
    }
    let odd = totals.indices.filter { totals[$0].truncatingRemainder(dividingBy: 2) == 1 }
    let unconverged = totals.indices.filter { totals[$0].truncatingRemainder(dividingBy: 4) == 2 }
    // Otherwise the test would show nothing.
    #expect(!odd.isEmpty && !unconverged.isEmpty && odd.count + unconverged.count < 20)

    let structured = records.filter { $0.method == "structured" }
    #expect(
      structured.filter { $0.outcome == .failed("the total is odd.") }.map(\.replicate) == odd)
    // Two methods, which fail alike.
    #expect(
      last.withLock { $0 }
        == StudyProgress(done: 40, failed: 2 * (odd.count + unconverged.count), total: 40))

    let report = try StudyReport(
      scenarios: [ScenarioSummary(scenario)], records: records,
      environment: .current(packageVersion: "0", workers: 2), command: "")
    #expect(
      Set(report.failures.map { "\($0.method) \($0.replicate) \($0.reason)" })
        == Set(
          ["structured", "plain"].flatMap { method in
            odd.map { "\(method) \($0) the total is odd." }
              + unconverged.map { "\(method) \($0) did not converge: iteration-limit" }
          }))
  }

  @Test func dataThatCannotBeDrawnAreAFailureOfEveryMethod() throws {
    let scenario = try ScenarioText.parse(
      ScenarioText.simulated.replacingOccurrences(of: "x1: 0.3", with: "x1: 1e6"))
    let records = StudyRunner([scenario]).records(workers: 2)
    #expect(records.count == 40)
    for record in records {
      guard case .failed(let reason) = record.outcome else {
        Issue.record("\(record.replicate) was fitted")
        continue
      }
      #expect(reason.hasPrefix("counts too large: row "))
    }
  }

  @Test func anErrorOfTheSinkStopsTheStudy() throws {
    struct DiskFull: Error {}
    var scenario = try ScenarioText.parse(ScenarioText.simulated)
    scenario.replicates = 10_000
    let runner = StudyRunner([scenario], estimator: { Odd(name: $1.name) })
    let received = Mutex(0)
    #expect(throws: DiskFull.self) {
      try runner.run(workers: 2) { (_: RecordBatch) throws(DiskFull) in
        let count = received.withLock { count in
          count += 1
          return count
        }
        if count == 3 { throw DiskFull() }
      }
    }
    #expect(received.withLock { $0 } == 3)
  }
}
