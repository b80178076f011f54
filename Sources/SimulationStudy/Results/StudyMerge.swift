import Foundation
import GRDB

/// Joins the stores of several directories, shards of one study as a rule, into one.
package enum StudyMerge {
  /// The store grows under this name and gets its own when it is whole.
  private static let temporaryName = "results.sqlite.merging"
  /// Fits that are in memory at one time, about.
  private static let windowFits = 100_000

  /// Writes the joined store into `out`. A store that is there already is replaced if all it has is
  /// in `directories` too, in one step when the new one is whole.
  /// - Parameters:
  ///   - directories: each with a store; in any order.
  ///   - allowingGaps: whether replicates may be missing.
  /// - Returns: what is missing, one sentence a scenario.
  /// - Throws: `StoreError`; of kind `unusable` if the directories do not belong together, overlap
  ///   or, unless that is allowed, leave gaps, or if results in `out` would be lost.
  package static func merge(
    _ directories: [URL], into out: URL, packageVersion: String, allowingGaps: Bool
  ) throws(StoreError) -> [String] {
    raiseOpenFileLimit()
    var parts: [MergePlan.Part] = []
    for directory in directories {
      let store = try StudyStore.openForReading(directory: directory)
      parts.append(MergePlan.Part(store: store, study: try store.study()))
    }
    let plan = try MergePlan(parts, packageVersion: packageVersion)
    guard allowingGaps || plan.gaps.isEmpty else {
      let rest = plan.gaps.count - 1
      throw StoreError(
        .unusable,
        plan.gaps[0] + (rest > 0 ? " \(rest) more scenarios have gaps." : "")
          + " --incomplete joins what there is.")
    }
    if FileManager.default.fileExists(
      atPath: out.appendingPathComponent(StudyStore.fileName).path)
    {
      try plan.checkCovers(StudyStore.openForReading(directory: out))
    }
    removeTemporary(out)
    let store = try StudyStore.openForWriting(directory: out, fileName: temporaryName)
    do throws(StoreError) {
      try copy(plan, into: store, packageVersion: packageVersion)
    } catch {
      store.close()
      removeTemporary(out)
      throw error
    }
    store.close()
    try rename(in: out)
    return plan.gaps
  }

  private static func copy(
    _ plan: MergePlan, into store: StudyStore, packageVersion: String
  ) throws(StoreError) {
    let study = try store.register(
      plan.scenarios, shard: .whole, recipe: recipe(plan), packageVersion: packageVersion,
      programs: plan.programs, fingerprints: plan.fingerprints)
    if let environment = RunEnvironment.combining(plan.parts.compactMap(\.study.environment)) {
      try store.note(environment)
    }
    let folders = try plan.parts.map { part throws(StoreError) in try part.store.workingDirectory()
    }
    if let folder = folders.compactMap({ $0 }).first { try store.noteWorkingDirectory(folder) }
    var copier = try FitCopier(try store.read { db in try FitInserter(study, db) }, plan.parts)
    for (index, sourced) in plan.scenarios.enumerated() {
      let scenario = sourced.scenario
      let window = max(1, windowFits / scenario.methods.count)
      for start in stride(from: 0, to: scenario.replicates, by: window) {
        let replicates = start..<min(start + window, scenario.replicates)
        try copier.copy(
          replicates, of: scenario.name, rowID: study.rowIDs[index], into: store)
      }
    }
  }

  /// The command of a single run, if all parts came from the same; else one that names the
  /// scenarios of all.
  private static func recipe(_ plan: MergePlan) -> StudyRecipe {
    let recipes = plan.parts.map(\.study.recipe)
    let scenarios = recipes.flatMap(\.scenarios).reduce(into: [String]()) { words, word in
      if !words.contains(word) { words.append(word) }
    }
    return StudyRecipe(
      scenarios: scenarios, replicates: recipes.compactMap(\.replicates).max())
  }

  // MARK: Files

  /// What a merge that was killed has left.
  private static func removeTemporary(_ out: URL) {
    for suffix in ["-journal", "-wal", "-shm", ""] {
      unlink(out.appendingPathComponent(temporaryName).path + suffix)
    }
  }

  private static func rename(in out: URL) throws(StoreError) {
    let temporary = out.appendingPathComponent(temporaryName)
    let file = out.appendingPathComponent(StudyStore.fileName)
    // The last rows are in the journal where closing could not fold it into the file.
    guard !FileManager.default.fileExists(atPath: temporary.path + "-wal") else {
      removeTemporary(out)
      throw StoreError(
        .inputOutput,
        "Cannot write '\(file.relativePath)': the store could not be closed, perhaps for want of "
          + "space."
      )
    }
    // With its journals: an old journal would be taken for one of the new file.
    try StudyStore.remove(directory: out)
    guard Foundation.rename(temporary.path, file.path) == 0 else {
      throw StoreError(
        .inputOutput,
        "Cannot write '\(file.relativePath)': \(String(cString: strerror(errno)).lowercased()).")
    }
  }

  /// Every part is open at once, and the usual limit is 1,024 files.
  private static func raiseOpenFileLimit() {
    var limit = rlimit()
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
  }
}

/// Copies rows of the table `fits` as they are; only their references to texts and layouts change.
private struct FitCopier {
  private var inserter: FitInserter
  private let parts: [MergePlan.Part]
  /// Of each part: the merged store's id for an id of its own.
  private var textIDs: [[Int64: Int64]]
  private var layoutIDs: [[Int64: Int64]]
  private let references: [FitChecksum.References]

  init(_ inserter: FitInserter, _ parts: [MergePlan.Part]) throws(StoreError) {
    self.inserter = inserter
    self.parts = parts
    textIDs = parts.map { _ in [:] }
    layoutIDs = parts.map { _ in [:] }
    references = try parts.map { part throws(StoreError) in
      try part.store.read { db in try FitChecksum.References(db) }
    }
  }

  /// Rows of all parts, in the order of the merged table: it then grows at its end only.
  /// - Throws: `StoreError`, of kind `unusable` for a replicate that is not what was recorded.
  mutating func copy(
    _ replicates: Range<Int>, of scenario: String, rowID: Int64, into store: StudyStore
  ) throws(StoreError) {
    var rows: [CopiedFit] = []
    for (index, part) in parts.enumerated() {
      guard let position = MergePlan.position(of: scenario, in: part) else { continue }
      rows += try part.store.read { db in
        try CopiedFit.fetch(replicates, of: part.study.rowIDs[position], part: index, db)
      }
    }
    rows.sort { ($0.replicate, $0.fit.method) < ($1.replicate, $1.fit.method) }
    for part in Set(rows.map(\.part)) { try translateReferences(of: part, in: store) }
    try check(rows, of: scenario)
    try store.write { db in
      let statement = try db.cachedStatement(sql: FitInserter.insertion)
      let checksumStatement = try db.cachedStatement(sql: FitInserter.checksumInsertion)
      for row in rows {
        let fit = row.fit
        statement.setUncheckedArguments([
          rowID, row.replicate, fit.method, fit.failed, fit.converged, fit.iterations, fit.seconds,
          textIDs[row.part][fit.reason], fit.layout.flatMap { layoutIDs[row.part][$0] },
          fit.numbers,
        ])
        try statement.execute()
        // One for all methods; a part that is older than checksums has none.
        guard fit.method == 0, let checksum = row.checksum else { continue }
        checksumStatement.setUncheckedArguments([rowID, row.replicate, checksum])
        try checksumStatement.execute()
      }
    }
  }

  /// - Parameter rows: replicate by replicate.
  private func check(_ rows: [CopiedFit], of scenario: String) throws(StoreError) {
    var checksum = FitChecksum()
    for (index, row) in rows.enumerated() {
      checksum.add(row.fit, references[row.part])
      let next = index + 1 < rows.count ? rows[index + 1].replicate : nil
      guard next != row.replicate else { continue }
      if let stored = row.checksum, stored != checksum.stored {
        throw StudyStore.changed(row.replicate, of: scenario, in: parts[row.part].store.path)
      }
      checksum = FitChecksum()
    }
  }

  private mutating func translateReferences(
    of part: Int, in store: StudyStore
  ) throws(StoreError) {
    guard textIDs[part].isEmpty else { return }
    let (texts, layouts) = try parts[part].store.read { db in try StudyStore.dictionaries(db) }
    (textIDs[part], layoutIDs[part]) = try store.write { db in
      (
        try texts.mapValues { try inserter.textID($0, db) },
        try layouts.mapValues { try inserter.layoutID($0, db) }
      )
    }
  }
}

/// A row of the table `fits` on its way from a part into the merged store.
private struct CopiedFit {
  let part: Int
  let replicate: Int
  /// Of all fits of the replicate; nil in a part that is older than checksums.
  let checksum: Int64?
  let fit: FitChecksum.Fit

  static func fetch(
    _ replicates: Range<Int>, of scenario: Int64, part: Int, _ db: Database
  ) throws -> [CopiedFit] {
    let checksum =
      try StoreSchema.hasChecksums(db)
      ? """
      (SELECT checksum FROM checksums
        WHERE checksums.scenario = fits.scenario AND checksums.replicate = fits.replicate)
      """ : "NULL"
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT replicate, \(checksum), \(FitChecksum.Fit.columns)
        FROM fits WHERE scenario = ? AND replicate >= ? AND replicate < ?
        """, arguments: [scenario, replicates.lowerBound, replicates.upperBound])
    var copied: [CopiedFit] = []
    while let row = try rows.next() {
      copied.append(
        CopiedFit(
          part: part, replicate: row[0], checksum: row[1], fit: FitChecksum.Fit(row, from: 2)))
    }
    return copied
  }
}
