import GRDB

/// A study as it is in a store: which row belongs to which scenario.
package struct RegisteredStudy: Sendable {
  /// With the replicates that the study asks for; a scenario whose recorded replicates are precise
  /// enough asks for no others.
  package private(set) var scenarios: [Scenario]
  package let shard: Shard
  /// What was recorded before, in the order of `scenarios`.
  package private(set) var recorded: [RecordedReplicates]
  /// The stopping rules of scenarios with a precision, which know what is recorded; nil for others.
  package private(set) var rules: [StoppingRule?] = []
  /// Replicates in the store that this study does not ask for.
  package let replicatesBeyond: Int
  /// Replicates whose fits were not those that were recorded: taken out, to be drawn again.
  package let damaged: [(scenario: String, replicates: [Int])]
  /// The row of each scenario in the store, in the order of `scenarios`.
  let rowIDs: [Int64]

  init(
    scenarios: [Scenario], shard: Shard, recorded: [RecordedReplicates], replicatesBeyond: Int,
    damaged: [(scenario: String, replicates: [Int])], rowIDs: [Int64]
  ) {
    self.scenarios = scenarios
    self.shard = shard
    self.recorded = recorded
    self.replicatesBeyond = replicatesBeyond
    self.damaged = damaged
    self.rowIDs = rowIDs
  }

  /// Looks at what is recorded of the scenarios with a precision.
  /// - Parameter records: those of a scenario, by replicate and method.
  mutating func applyRules<Failure: Error>(
    records: (Int) throws(Failure) -> [ReplicateRecord]
  ) throws(Failure) {
    guard shard.isWhole else { return }
    rules = scenarios.map { StoppingRule(ScenarioSummary($0)) }
    for index in rules.indices where rules[index] != nil && recorded[index].fits > 0 {
      let own = try records(index)
      rules[index]?.add(own)
      guard let stop = rules[index]?.stop else { continue }
      scenarios[index].replicates = stop
      recorded[index] = Self.recorded(own.filter { $0.replicate < stop })
    }
  }

  /// - Parameter records: of the replicates 0, 1, 2, ...
  private static func recorded(_ records: [ReplicateRecord]) -> RecordedReplicates {
    let methods = Dictionary(grouping: records, by: \.replicate)
    var recorded = RecordedReplicates()
    for replicate in methods.keys.sorted() {
      let own = methods[replicate] ?? []
      recorded.append(
        position: replicate, fits: own.count,
        failedFits: own.count { if case .failed = $0.usability { true } else { false } })
    }
    return recorded
  }

  /// Fits in the store that belong to the study.
  package var recordedFits: Int { recorded.reduce(0) { $0 + $1.fits } }
  /// Fits that the study, or the shard of it, has in all.
  package var plannedFits: Int {
    scenarios.reduce(0) { $0 + shard.size(ofReplicates: $1.replicates) * $1.methods.count }
  }
}

extension StudyStore {
  /// Makes these scenarios the study of the store, and finds out what is recorded of them already.
  /// Of that, replicates that are not as they were recorded are deleted. Results of other scenarios
  /// stay where they are.
  /// - Parameters:
  ///   - programs: the other programs of the study; methods whose program is missing are skipped.
  ///   - fingerprints: of the data of new results, by scenario; nil where this program draws them.
  /// - Throws: `StoreError` of kind `unusable` if there are results of another version of the
  ///   package, of another shard, of other scenarios alone, of a scenario that has changed since or
  ///   of other data, or if a scenario has no method whose program is there.
  package func register(
    _ scenarios: [SourcedScenario], shard: Shard, recipe: StudyRecipe, packageVersion: String,
    programs: [ProgramRecord] = [], fingerprints: [String: DataFingerprint]? = nil
  ) throws(StoreError) -> RegisteredStudy {
    let scenarios = try scenarios.map { sourced throws(StoreError) in
      var sourced = sourced
      sourced.scenario = try Self.runnable(sourced.scenario, programs)
      return sourced
    }
    let drawn = fingerprints ?? Self.fingerprints(of: scenarios.map(\.scenario))
    var study = try write { db in
      try self.check(packageVersion: packageVersion, shard: shard, db)
      try self.refuseAnotherStudy(than: scenarios.map(\.scenario.name), db)
      try db.execute(sql: "UPDATE scenarios SET position = NULL")
      var kept = try self.fingerprints(db)
      var sourceIDs: [ScenarioSource: Int64] = [:]
      var rowIDs: [Int64] = []
      var recorded: [RecordedReplicates] = []
      var beyond = 0
      let references = try FitChecksum.References(db)
      var damaged: [(scenario: String, replicates: [Int])] = []
      for (position, sourced) in scenarios.enumerated() {
        let source: Int64
        if let known = sourceIDs[sourced.source] {
          source = known
        } else {
          source = try Self.insert(sourced.source, db)
          sourceIDs[sourced.source] = source
        }
        let id = try self.register(
          sourced.scenario, position: position, source: source, db)
        rowIDs.append(id)
        let name = sourced.scenario.name
        kept[name] = try self.reconcile(drawn[name], with: kept[name], of: name, id: id, db)
        var own = try self.recorded(sourced.scenario, id: id, shard: shard, db)
        let changed =
          own.fits == 0
          ? []
          : try Self.removeChanged(
            scenario: id, below: sourced.scenario.replicates, references, db)
        if !changed.isEmpty {
          damaged.append((name, changed))
          own = try self.recorded(sourced.scenario, id: id, shard: shard, db)
        }
        recorded.append(own)
        beyond +=
          try Int.fetchOne(
            db,
            sql: "SELECT COUNT(*) FROM fits WHERE scenario = ? AND replicate >= ? AND method = 0",
            arguments: [id, sourced.scenario.replicates]) ?? 0
      }
      try db.execute(
        sql: "DELETE FROM sources WHERE id NOT IN (SELECT source FROM scenarios)")
      try StudySetting.recipe.set(json: recipe, db)
      try StudySetting.programs.set(json: programs, db)
      try StudySetting.fingerprints.set(json: kept, db)
      return RegisteredStudy(
        scenarios: scenarios.map(\.scenario), shard: shard, recorded: recorded,
        replicatesBeyond: beyond, damaged: damaged, rowIDs: rowIDs)
    }
    guard scenarios.contains(where: { $0.scenario.precision != nil }) else { return study }
    let stored = try self.study()
    try study.applyRules { index throws(StoreError) in
      try self.records(of: stored, scenario: index)
    }
    return study
  }

  /// Deletes the replicates of a scenario whose fits are not those that were recorded.
  /// - Returns: their numbers, ascending.
  private static func removeChanged(
    scenario id: Int64, below limit: Int, _ references: FitChecksum.References, _ db: Database
  ) throws -> [Int] {
    let changed = try changedReplicates(scenario: id, below: limit, references, db)
    for replicate in changed {
      for table in ["fits", "checksums"] {
        try db.execute(
          sql: "DELETE FROM \(table) WHERE scenario = ? AND replicate = ?",
          arguments: [id, replicate])
      }
    }
    return changed
  }

  /// Notes the machine that runs the study now.
  package func note(_ environment: RunEnvironment) throws(StoreError) {
    try write { db in try StudySetting.environment.set(json: environment, db) }
  }

  private func check(packageVersion: String, shard: Shard, _ db: Database) throws {
    let isEmpty = try Row.fetchOne(db, sql: "SELECT 1 FROM fits LIMIT 1") == nil
    let directory = directory.relativePath
    if !isEmpty {
      let version = try StudySetting.packageVersion.text(db) ?? "unknown"
      guard version == packageVersion else {
        throw StoreError(
          .unusable,
          "The results in '\(directory)' are those of glmm-poisson \(version), and this is "
            + "\(packageVersion). Choose another --out, or start anew with --fresh.")
      }
      let stored = try StudySetting.shard.text(db).flatMap { Shard($0) } ?? .whole
      guard stored == shard else {
        let (has, asked) = (Self.wording(stored), Self.wording(shard))
        throw StoreError(
          .unusable,
          "The directory '\(directory)' holds \(has), and \(asked) is asked for. Choose another "
            + "--out, "
            + "or start anew with --fresh.")
      }
    }
    try StudySetting.packageVersion.set(packageVersion, db)
    try StudySetting.shard.set(shard.description, db)
  }

  /// The report of a study without any scenario of the recorded one would take that one's place.
  /// - Throws: `StoreError` of kind `unusable` that names scenarios of both.
  private func refuseAnotherStudy(than asked: [String], _ db: Database) throws {
    let recorded = try String.fetchAll(
      db,
      sql: """
        SELECT name FROM scenarios WHERE EXISTS (SELECT 1 FROM fits WHERE scenario = scenarios.id)
        ORDER BY id
        """)
    guard !recorded.isEmpty, Set(recorded).isDisjoint(with: asked) else { return }
    func wording(_ names: [String]) -> String {
      let first = names.prefix(2).map { "'\($0)'" }.joined(separator: ", ")
      return names.count > 2 ? "\(first) and \(names.count - 2) more" : first
    }
    throw StoreError(
      .unusable,
      "The directory '\(directory.relativePath)' holds another study, of \(wording(recorded)), and "
        + "\(wording(asked)) is asked for. Choose another --out, or start anew with --fresh.")
  }

  private static func wording(_ shard: Shard) -> String {
    shard.isWhole ? "a whole study" : "shard \(shard)"
  }

  private static func insert(_ source: ScenarioSource, _ db: Database) throws -> Int64 {
    try db.execute(
      sql: "INSERT INTO sources (file, text) VALUES (?, ?)",
      arguments: [source.file, source.text])
    return db.lastInsertedRowID
  }

  private func register(
    _ scenario: Scenario, position: Int, source: Int64, _ db: Database
  ) throws -> Int64 {
    let content = ScenarioDifference.content(of: scenario)
    let row = try Row.fetchOne(
      db, sql: "SELECT id, hash, content FROM scenarios WHERE name = ?", arguments: [scenario.name])
    if let row {
      let id: Int64 = row["id"]
      let old: String = row["content"]
      let hasFits =
        try Row.fetchOne(
          db, sql: "SELECT 1 FROM fits WHERE scenario = ? LIMIT 1", arguments: [id]) != nil
      // The content decides, and not its digest alone: two contents may share one.
      if hasFits, old != content {
        throw StoreError(
          .unusable,
          "Scenario '\(scenario.name)' has changed since the results in "
            + "'\(directory.relativePath)' "
            + "were recorded: \(ScenarioDifference.wording(old: old, new: content)). Choose "
            + "another "
            + "--out, or start anew with --fresh.")
      }
      try db.execute(
        sql: """
          UPDATE scenarios SET position = ?, replicates = ?, hash = ?, content = ?, source = ?
          WHERE id = ?
          """,
        arguments: [
          position, scenario.replicates, scenario.contentHash, content, source, id,
        ])
      try db.execute(sql: "DELETE FROM methods WHERE scenario = ?", arguments: [id])
      try Self.insertMethods(scenario, id: id, db)
      return id
    }
    try db.execute(
      sql: """
        INSERT INTO scenarios (name, position, replicates, hash, content, source)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        scenario.name, position, scenario.replicates, scenario.contentHash, content, source,
      ])
    let id = db.lastInsertedRowID
    try Self.insertMethods(scenario, id: id, db)
    return id
  }

  private static func insertMethods(_ scenario: Scenario, id: Int64, _ db: Database) throws {
    for (position, method) in scenario.methods.enumerated() {
      try db.execute(
        sql: "INSERT INTO methods (scenario, position, name) VALUES (?, ?, ?)",
        arguments: [id, position, method.name])
    }
  }

  /// The replicates of a scenario that are recorded, as far as the study asks for them.
  func recorded(
    _ scenario: Scenario, id: Int64, shard: Shard, _ db: Database
  ) throws -> RecordedReplicates {
    var recorded = RecordedReplicates()
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT replicate, COUNT(*), SUM(failed) FROM fits WHERE scenario = ? AND replicate < ?
        GROUP BY replicate ORDER BY replicate
        """, arguments: [id, scenario.replicates])
    while let row = try rows.next() {
      let replicate: Int = row[0]
      let fits: Int = row[1]
      guard fits == scenario.methods.count, let position = shard.position(of: replicate) else {
        throw StoreError.damaged(
          path, "replicate \(replicate) of scenario '\(scenario.name)' is not whole")
      }
      recorded.append(position: position, fits: fits, failedFits: row[2])
    }
    return recorded
  }
}

extension StudyStore {
  /// The records of a scenario that was registered, which need not be read from the store again, by
  /// replicate and method.
  /// - Throws: `StoreError`.
  package func records(
    of study: RegisteredStudy, scenario position: Int
  ) throws(StoreError) -> [ReplicateRecord] {
    try records(of: study.scenarios[position], rowID: study.rowIDs[position])
  }
}

extension StudyStore {
  /// The most scenarios that are looked at.
  private static let maximumChecked = 8

  /// Fits one recorded replicate again, the first of each of the first scenarios that have any, to
  /// see whether this program on this machine gives the numbers that are recorded. Other programs'
  /// fits are not asked for: their versions are compared. Data that they draw are.
  /// - Parameter programs: those that draw data.
  /// - Returns: the first replicate that comes out differently in any bit, or nil.
  /// - Throws: `StoreError`.
  package func firstDifference(
    from study: RegisteredStudy, programs: CommandPrograms
  ) throws(StoreError) -> (scenario: String, replicate: Int)? {
    let stored = try self.study()
    let runner = StudyRunner(study.scenarios, programs: programs)
    let begun = study.scenarios.indices.filter { !study.recorded[$0].positions.isEmpty }
    for index in begun.prefix(Self.maximumChecked) {
      let scenario = study.scenarios[index]
      let position = study.recorded[index].positions[0].lowerBound
      let replicate = study.shard.replicate(at: position)
      let old = try records(of: stored, scenario: index, replicate: replicate)
      let own = scenario.withOwnMethodsOnly
      let names = Set(own.methods.map(\.name))
      let new = runner.records(of: replicate, scenario: own)
      let isSame = zip(old.filter { names.contains($0.method) }, new).allSatisfy {
        ReplayedReplicate(stored: $0, refitted: $1).differences == 0
      }
      if !isSame { return (scenario.name, replicate) }
    }
    return nil
  }
}
