import Foundation
import Testing

@testable import SimulationStudy

/// A calibration from its scenario to its report, through the store.
@Suite struct CalibrationStudyTests {
  private static func sourced(_ text: String) throws -> SourcedScenario {
    SourcedScenario(
      try ScenarioText.parse(text), source: ScenarioSource(file: "s.yml", text: text))
  }

  /// Runs what is missing with the project's own fitter.
  private static func run(
    _ fixture: StoreFixture, _ scenario: SourcedScenario, shard: Shard = .whole, workers: Int = 2,
    stoppingAfter most: Int = .max
  ) throws {
    let store = try StudyStore.openForWriting(directory: fixture.directory)
    defer { store.close() }
    let study = try store.register(
      [scenario], shard: shard, recipe: StoreFixture.recipe, packageVersion: StoreFixture.version)
    let writer = try ResultWriter(study, in: store)
    try StudyRunner(study.scenarios).run(
      workers: workers, shard: shard, recorded: study.recorded,
      isInterrupted: { [begun = Counter()] in begun.next() > most },
      sink: { batch throws(StoreError) in try writer.append(batch) })
    try writer.finish()
  }

  private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
      lock.withLock {
        count += 1
        return count
      }
    }
  }

  private static func tables(_ directory: URL) throws -> [String] {
    let store = try StudyStore.openForReading(directory: directory)
    let report = try StudyReport(store.study(), in: store, fallback: Fixture.environment)
    return [
      StudyTables.measures(report.measures), StudyTables.calibration(report.calibrations),
      StudyTables.failures(report.failures),
    ]
  }

  @Test func theStoreGivesBackWhatWasRecorded() throws {
    let fixture = try StoreFixture()
    let scenario = try Self.sourced(CalibrationScenarioTests.text)
    try Self.run(fixture, scenario)
    let stored = try fixture.records()
    let fresh = StudyRunner([scenario.scenario]).records(workers: 1)
    #expect(stored.count == 80)
    for record in fresh {
      let twin = try #require(
        stored.first { $0.method == record.method && $0.replicate == record.replicate })
      #expect(twin.outcome == record.outcome)
      #expect(ReplayedReplicate(stored: twin, refitted: record).differences == 0)
    }
    guard case .fitted(let result) = stored[0].outcome else {
      Issue.record("the first fit failed")
      return
    }
    let drawn = try DataGenerator(scenario.scenario).dataSet(replicate: stored[0].replicate)
      .drawnParameters
    for parameter in result.parameters {
      #expect(parameter.truth == drawn[parameter.parameter])
      let probability = try #require(parameter.probabilityBelowTruth)
      #expect(probability >= 0 && probability <= 1)
    }
  }

  /// Workers, an interruption and shards leave the same bytes.
  @Test func theTablesDoNotDependOnHowItWasRun() throws {
    let scenario = try Self.sourced(CalibrationScenarioTests.text)
    let whole = try StoreFixture()
    try Self.run(whole, scenario, workers: 1)
    let expected = try Self.tables(whole.directory)
    #expect(expected[1].split(separator: "\n").count == 1 + 2 * 4)

    let resumed = try StoreFixture()
    try Self.run(resumed, scenario, workers: 2, stoppingAfter: 9)
    #expect(try resumed.records().count < 80)
    try Self.run(resumed, scenario, workers: 2)
    #expect(try Self.tables(resumed.directory) == expected)

    let parts = try (1...3).map { index in
      let part = try StoreFixture()
      try Self.run(part, scenario, shard: #require(Shard("\(index)/3")))
      return part
    }
    let merged = try StoreFixture()
    // Their directories go away with them.
    let gaps = try withExtendedLifetime(parts) {
      try StudyMerge.merge(
        parts.map(\.directory), into: merged.directory, packageVersion: StoreFixture.version,
        allowingGaps: false)
    }
    #expect(gaps.isEmpty)
    #expect(try Self.tables(merged.directory) == expected)
  }

  /// The posterior probability of the truth is that of the marginal whose interval is reported: the
  /// truth is within the interval exactly where it is between alpha / 2 and 1 - alpha / 2.
  @Test func probabilitiesBelongToTheIntervals() throws {
    let text = CalibrationScenarioTests.text
      .replacing("approximation: structured", with: "approximation: corrected")
      .replacing("groups: 6", with: "groups: 8")
    let scenario = try ScenarioText.parse(text)
    var outside = 0
    for record in StudyRunner([scenario]).records(workers: 2) {
      guard case .fitted(let result) = record.outcome else { continue }
      for parameter in result.parameters {
        let truth = try #require(parameter.truth)
        let probability = try #require(parameter.probabilityBelowTruth)
        let lower = try #require(parameter.intervalLower)
        let upper = try #require(parameter.intervalUpper)
        let isInside = lower <= truth && truth <= upper
        // Quantiles are inverted to a relative error of some 1e-10.
        if abs(probability - 0.025) > 1e-6, abs(probability - 0.975) > 1e-6 {
          #expect(isInside == (probability > 0.025 && probability < 0.975))
        }
        if !isInside { outside += 1 }
      }
    }
    #expect(outside > 10)
  }
}
