import Foundation
import GRDB

/// The study that a store holds, read back. Methods whose program was missing are skipped in its
/// scenarios.
package struct StoredStudy: Sendable {
  /// With the replicates that the latest run asked for, in the order of the report.
  package let scenarios: [SourcedScenario]
  let shard: Shard
  let recipe: StudyRecipe
  let packageVersion: String
  /// The machine of the latest run; nil if it was stopped before it began.
  let environment: RunEnvironment?
  /// Other programs that the study runs, or would run if they were there.
  let programs: [ProgramRecord]
  /// The row of each scenario in the store, in the order of `scenarios`.
  let rowIDs: [Int64]
}

extension StudyStore {
  /// - Throws: `StoreError`; of kind `unusable` if the scenarios, as stored, are none for this
  ///   version of the package.
  package func study() throws(StoreError) -> StoredStudy {
    try read { db in
      guard let recipe = try StudySetting.recipe.value(as: StudyRecipe.self, db) else {
        throw StoreError(.unusable, "'\(self.path)' holds no study: nothing has been run yet.")
      }
      let programs = try self.programs(db)
      var parsed: [Int64: [String: SourcedScenario]] = [:]
      var scenarios: [SourcedScenario] = []
      var rowIDs: [Int64] = []
      // Without the texts of the sources, which all cells of a large grid share.
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, name, replicates, content, source FROM scenarios
          WHERE position IS NOT NULL ORDER BY position
          """)
      for row in rows {
        let source: Int64 = row["source"]
        if parsed[source] == nil {
          parsed[source] = try self.scenarios(in: self.source(source, db))
        }
        var scenario = try self.scenario(of: row, among: parsed[source] ?? [:])
        scenario.scenario = scenario.scenario.skipping(programs)
        scenarios.append(scenario)
        rowIDs.append(row["id"])
      }
      return StoredStudy(
        scenarios: scenarios,
        shard: try StudySetting.shard.text(db).flatMap { Shard($0) } ?? .whole,
        recipe: recipe, packageVersion: try StudySetting.packageVersion.text(db) ?? "unknown",
        environment: try StudySetting.environment.value(as: RunEnvironment.self, db),
        programs: programs, rowIDs: rowIDs)
    }
  }

  private func source(_ id: Int64, _ db: Database) throws -> ScenarioSource {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT file, text FROM sources WHERE id = ?", arguments: [id])
    else { throw StoreError.damaged(path, "the source of a scenario is not in it") }
    return ScenarioSource(file: row["file"], text: row["text"])
  }

  /// By their names.
  private func scenarios(
    in source: ScenarioSource
  ) throws(StoreError) -> [String: SourcedScenario] {
    do {
      let scenarios = try ScenarioFile.scenarios(bytes: Array(source.text.utf8), file: source.file)
      return Dictionary(
        scenarios.map { ($0.name, SourcedScenario($0, source: source)) },
        uniquingKeysWith: { first, _ in first })
    } catch {
      throw StoreError(
        .unusable,
        "A scenario stored in '\(path)' cannot be read by this version of glmm-poisson: \(error)")
    }
  }

  private func scenario(
    of row: Row, among candidates: [String: SourcedScenario]
  ) throws(StoreError) -> SourcedScenario {
    let name: String = row["name"]
    let content: String = row["content"]
    guard var found = candidates[name] else {
      throw StoreError(
        .unusable, "'\(path)' is damaged: the text of scenario '\(name)' is not in it.")
    }
    let now = ScenarioDifference.content(of: found.scenario)
    guard now == content else {
      throw StoreError(
        .unusable,
        "Scenario '\(name)' in '\(path)' was recorded by a version of glmm-poisson that read it "
          + "differently: \(ScenarioDifference.wording(old: content, new: now)).")
    }
    found.scenario.replicates = row["replicates"]
    return found
  }

  /// The records of a scenario of the study, by replicate and method: those of the replicates that
  /// it asks for, or of one replicate only.
  /// - Throws: `StoreError`.
  package func records(
    of study: StoredStudy, scenario position: Int, replicate: Int? = nil
  ) throws(StoreError) -> [ReplicateRecord] {
    try records(
      of: study.scenarios[position].scenario, rowID: study.rowIDs[position], replicate: replicate)
  }

  /// The records of a scenario by its row in the store.
  func records(
    of scenario: Scenario, rowID: Int64, replicate: Int? = nil
  ) throws(StoreError) -> [ReplicateRecord] {
    let range = replicate.map { $0..<($0 + 1) } ?? 0..<scenario.replicates
    return try read { db in
      let (texts, layouts) = try Self.dictionaries(db)
      let references = try FitChecksum.References(db)
      let checksums = try Self.checksums(rowID, range, db)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT replicate, \(FitChecksum.Fit.columns) FROM fits
          WHERE scenario = ? AND replicate >= ? AND replicate < ? ORDER BY replicate, method
          """, arguments: [rowID, range.lowerBound, range.upperBound])
      var records: [ReplicateRecord] = []
      let methods = scenario.methods.count
      func notWhole(_ replicate: Int) -> StoreError {
        StoreError.damaged(
          self.path, "replicate \(replicate) of scenario '\(scenario.name)' is not whole")
      }
      var checksum = FitChecksum()
      while let row = try rows.next() {
        let replicate: Int = row[0]
        let fit = FitChecksum.Fit(row, from: 1)
        let method = fit.method
        // All methods of a replicate are recorded together.
        if let last = records.last, records.count % methods != 0, last.replicate != replicate {
          throw notWhole(last.replicate)
        }
        guard scenario.methods.indices.contains(method),
          let outcome = Self.outcome(of: fit, texts: texts, layouts: layouts)
        else {
          throw StoreError.damaged(
            self.path, "replicate \(replicate) of scenario '\(scenario.name)' cannot be read")
        }
        guard method == records.count % methods else { throw notWhole(replicate) }
        records.append(
          ReplicateRecord(
            scenario: scenario.name, method: scenario.methods[method].name, replicate: replicate,
            outcome: outcome, seconds: fit.seconds))
        checksum.add(fit, references)
        guard method == methods - 1 else { continue }
        if let stored = checksums[replicate], stored != checksum.stored {
          throw Self.changed(replicate, of: scenario.name, in: self.path)
        }
        checksum = FitChecksum()
      }
      if let last = records.last, records.count % methods != 0 { throw notWhole(last.replicate) }
      return records
    }
  }

  /// The tables `texts` and `layouts`, by their ids.
  static func dictionaries(
    _ db: Database
  ) throws -> (texts: [Int64: String], layouts: [Int64: FitLayout]) {
    var texts: [Int64: String] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT id, text FROM texts") { texts[row[0]] = row[1] }
    var layouts: [Int64: FitLayout] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT id, layout FROM layouts") {
      layouts[row[0]] = try FitLayout(json: row[1])
    }
    return (texts, layouts)
  }

  /// The checksums of replicates of a scenario; none of a store that is older than they.
  private static func checksums(
    _ scenario: Int64, _ replicates: Range<Int>, _ db: Database
  ) throws -> [Int: Int64] {
    guard try StoreSchema.hasChecksums(db) else { return [:] }
    var checksums: [Int: Int64] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT replicate, checksum FROM checksums
        WHERE scenario = ? AND replicate >= ? AND replicate < ?
        """, arguments: [scenario, replicates.lowerBound, replicates.upperBound])
    while let row = try rows.next() { checksums[row[0]] = row[1] }
    return checksums
  }

  private static func outcome(
    of fit: FitChecksum.Fit, texts: [Int64: String], layouts: [Int64: FitLayout]
  ) -> ReplicateRecord.Outcome? {
    guard let reason = texts[fit.reason] else { return nil }
    guard let layoutID = fit.layout else { return .failed(reason) }
    guard let layout = layouts[layoutID], let numbers = fit.numbers else { return nil }
    return layout.decode(
      numbers, iterations: fit.iterations, reason: reason, converged: fit.converged
    ).map { .fitted($0) }
  }
}
