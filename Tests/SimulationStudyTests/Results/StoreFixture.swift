import Foundation
import GRDB

@testable import SimulationStudy

/// A directory with a store, which goes away with the last reference to it.
final class StoreFixture {
  let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  var file: URL { directory.appendingPathComponent(StudyStore.fileName) }

  static let version = "0.0.1"
  static let recipe = StudyRecipe(scenarios: ["a.yml", "b.yml"], replicates: nil)

  /// The two scenarios of `ScenarioText`, edited.
  static func scenarios(
    replicates: Int = 20, edit: (String) -> String = { $0 }
  ) throws -> [SourcedScenario] {
    let texts = [
      edit(
        ScenarioText.simulated.replacing("replicates: 20", with: "replicates: \(replicates)")),
      ScenarioText.given,
    ]
    return try texts.map { text in
      SourcedScenario(
        try ScenarioText.parse(text), source: ScenarioSource(file: "s.yml", text: text))
    }
  }

  /// Runs what is missing of a study, as the command does.
  @discardableResult
  func run(
    _ scenarios: [SourcedScenario], shard: Shard = .whole, workers: Int = 2
  ) throws -> StudyProgress {
    let store = try StudyStore.openForWriting(directory: directory)
    defer { store.close() }
    let study = try store.register(
      scenarios, shard: shard, recipe: Self.recipe, packageVersion: Self.version)
    let writer = try ResultWriter(study, in: store)
    let outcome = Result {
      try StudyRunner(study.scenarios, estimator: { Moody(name: $1.name) }).run(
        workers: workers, shard: shard, recorded: study.recorded,
        sink: { batch throws(StoreError) in try writer.append(batch) })
    }
    try writer.finish()
    return try outcome.get()
  }

  /// All records of the study in the store, scenario by scenario.
  func records() throws -> [ReplicateRecord] {
    let store = try StudyStore.openForReading(directory: directory)
    let study = try store.study()
    return try study.scenarios.indices.flatMap { try store.records(of: study, scenario: $0) }
  }

  /// Does something to the file behind the store's back.
  func tamper(_ sql: String) throws {
    let database = try DatabaseQueue(path: file.path)
    try database.writeWithoutTransaction { try $0.execute(sql: sql) }
    try database.close()
  }

  /// What is said when the store is opened to be written or read.
  func complaints() -> [StoreError?] {
    let attempts: [() throws -> StudyStore] = [
      { try StudyStore.openForWriting(directory: self.directory) },
      { try StudyStore.openForReading(directory: self.directory) },
    ]
    return attempts.map { open in
      do {
        let store = try open()
        _ = try store.study()
        return nil
      } catch {
        return error as? StoreError
      }
    }
  }
}

/// An estimator whose results depend on the data alone: numbers of every kind, failures of every
/// kind.
struct Moody: Estimator {
  let name: String

  struct Refusal: Error, CustomStringConvertible { let description: String }

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    let total = data.counts.reduce(0, +)
    let mood = Int(total) % 7
    if mood == 0 { throw Refusal(description: "the total is \(Int(total)), \"a bad\" number") }
    return EstimationResult(
      parameters: [
        ParameterEstimate(
          parameter: "Intercept", estimate: mood == 1 ? .nan : total / 3,
          standardError: mood == 2 ? -0.0 : 1 / total, intervalLower: mood == 3 ? -.infinity : -1,
          intervalUpper: mood == 4 ? .leastNonzeroMagnitude : 1e300, pValue: mood == 5 ? 0 : 0.1),
        ParameterEstimate(
          parameter: "log_sd(Intercept)", estimate: 0.1, standardError: 0.2, intervalLower: -0.3,
          intervalUpper: 0.4, pValue: nil),
      ], evidenceLowerBound: mood == 6 ? nil : -0.0, iterations: Int(total), reason: "mood \(mood)",
      converged: mood != 5)
  }
}
