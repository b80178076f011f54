import Foundation
import GRDB

/// The tables of `results.sqlite`.
///
/// | table | what it holds |
/// |---|---|
/// | `study` | settings of the study as keys and values, see `StudySetting` |
/// | `sources` | the files that the scenarios were read from |
/// | `scenarios` | one row a scenario; `position` is its place in the latest run, or null |
/// | `methods` | the methods of a scenario, by position |
/// | `texts` | every reason and failure, once |
/// | `layouts` | what the numbers of a fit mean, see `FitLayout` |
/// | `fits` | one row a replicate and method |
/// | `checksums` | one row a replicate: what its fits hash to, see `FitChecksum` |
///
/// A row of `fits` has the replicate's number, the method's position, whether the fit counts as
/// failed, whether it converged, its iterations and wall-clock seconds, why it stopped or failed,
/// and `numbers`: little-endian 64-bit floats in the order of the layout, to the bit as the method
/// gave them. `layout` and `numbers` are null where the fit gave no result. All methods of a
/// replicate are written in one transaction: a replicate is there as a whole or not at all.
enum StoreSchema {
  /// Of the tables' layout; raised when a reader of the older one would go wrong. SQLite's
  /// `user_version`.
  static let currentVersion = 2
  /// The older layouts that are read too: 1 had no checksums.
  private static let readableVersions = 1...currentVersion
  /// SQLite's `application_id`: "GLMP" in ASCII.
  static let applicationID = 0x474C_4D50

  static let definition = """
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(currentVersion);
    CREATE TABLE study (
      key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE sources (
      id INTEGER PRIMARY KEY, file TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE scenarios (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER,
      replicates INTEGER NOT NULL, hash TEXT NOT NULL, content TEXT NOT NULL,
      source INTEGER NOT NULL REFERENCES sources (id));
    CREATE TABLE methods (
      scenario INTEGER NOT NULL REFERENCES scenarios (id), position INTEGER NOT NULL,
      name TEXT NOT NULL, PRIMARY KEY (scenario, position)) WITHOUT ROWID;
    CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE layouts (id INTEGER PRIMARY KEY, layout TEXT NOT NULL UNIQUE);
    CREATE TABLE fits (
      scenario INTEGER NOT NULL, replicate INTEGER NOT NULL, method INTEGER NOT NULL,
      failed INTEGER NOT NULL, converged INTEGER NOT NULL, iterations INTEGER NOT NULL,
      seconds REAL NOT NULL, reason INTEGER NOT NULL, layout INTEGER, numbers BLOB,
      PRIMARY KEY (scenario, replicate, method)) WITHOUT ROWID;
    \(checksums)
    """

  private static let checksums = """
    CREATE TABLE checksums (
      scenario INTEGER NOT NULL, replicate INTEGER NOT NULL, checksum INTEGER NOT NULL,
      PRIMARY KEY (scenario, replicate)) WITHOUT ROWID;
    """

  /// Makes the tables in a new file.
  /// - Throws: `DatabaseError`.
  static func create(_ database: DatabaseQueue) throws {
    // Rows of a table without rowid spill to pages of their own beyond a quarter of a page.
    try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA page_size = 16384") }
    try database.write { try $0.execute(sql: definition) }
  }

  /// Checks that this version can read the tables of a file.
  /// - Throws: `StoreError` of kind `unusable`, `DatabaseError`.
  static func check(_ database: DatabaseQueue, path: String) throws {
    let (application, version) = try database.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      )
    }
    guard application == applicationID else {
      throw StoreError(
        .unusable,
        "'\(path)' is not a result store of glmm-poisson: it is the database of another "
          + "program.")
    }
    guard readableVersions.contains(version) else {
      throw StoreError(
        .unusable,
        "'\(path)' has schema version \(version), and this version of glmm-poisson reads those up "
          + "to \(currentVersion).")
    }
  }

  /// Gives an older file what it lacks; what it has is left as it is.
  /// - Throws: `DatabaseError`.
  static func upgrade(_ database: DatabaseQueue) throws {
    try database.write { db in
      guard try !hasChecksums(db) else { return }
      try db.execute(sql: checksums + "PRAGMA user_version = \(currentVersion);")
    }
  }

  static func hasChecksums(_ db: Database) throws -> Bool { try db.tableExists("checksums") }
}

/// The settings in the table `study`.
enum StudySetting: String {
  /// The version of the package that fitted.
  case packageVersion = "package_version"
  /// `2/8`; absent where the study is whole.
  case shard
  /// `StudyRecipe` as JSON.
  case recipe
  /// `RunEnvironment` of the latest run as JSON.
  case environment
  /// The other programs of the study, a list of `ProgramRecord` as JSON.
  case programs
  /// Of the data behind the results of each scenario: its name and a `DataFingerprint`, as JSON.
  case fingerprints
  /// Where `study run` was started, an absolute path: commands may be relative to it. Absent where
  /// no other program was run.
  case workingDirectory = "working_directory"

  func text(_ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM study WHERE key = ?", arguments: [rawValue])
  }

  func set(_ text: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO study (key, value) VALUES (?, ?)", arguments: [rawValue, text])
  }

  /// - Returns: nil if the setting is absent or was not written by this package.
  func value<Value: Decodable>(as type: Value.Type, _ db: Database) throws -> Value? {
    try text(db).flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
  }

  func set(json value: some Encodable, _ db: Database) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try set(String(decoding: try encoder.encode(value), as: UTF8.self), db)
  }
}

/// Whether the file of a store still is what was written to it. SQLite notices only damage that it
/// reads, and skips rows without a word where the pages that lead to them are damaged.
enum StoreSoundness {
  /// Looks at every page, at the order of the rows and at the types of their values, in half a
  /// second of processor time for a million fits. Numbers that were overwritten by other numbers
  /// pass; `FitChecksum` is for those.
  /// - Throws: `StoreError` of kind `unusable`, `DatabaseError`.
  static func check(_ database: DatabaseQueue, path: String) throws {
    try database.read { db in
      guard try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" else {
        throw StoreError.damaged(path, "its pages do not fit together")
      }
      let hasChecksums = try StoreSchema.hasChecksums(db)
      for (table, isWrong) in wrongRows where table != "checksums" || hasChecksums {
        let row = try Row.fetchOne(db, sql: "SELECT 1 FROM \(table) WHERE \(isWrong) LIMIT 1")
        guard row == nil else {
          throw StoreError.damaged(path, "the table '\(table)' has values of a wrong kind")
        }
      }
    }
  }

  /// A value of another type would be read as something that it is not; a number of replicates
  /// beyond what a scenario may have would ask for memory that nobody has.
  private static let wrongRows = [
    (
      "fits",
      """
      replicate NOT BETWEEN 0 AND 100000000 OR typeof(replicate) <> 'integer'
      OR typeof(scenario) <> 'integer' OR typeof(method) <> 'integer'
      OR failed NOT IN (0, 1) OR converged NOT IN (0, 1)
      OR typeof(iterations) <> 'integer' OR typeof(seconds) NOT IN ('real', 'integer')
      OR typeof(reason) <> 'integer' OR typeof(layout) NOT IN ('integer', 'null')
      OR typeof(numbers) NOT IN ('blob', 'null')
      """
    ),
    (
      "scenarios",
      """
      replicates NOT BETWEEN 1 AND 100000000 OR typeof(replicates) <> 'integer'
      OR typeof(source) <> 'integer' OR typeof(position) NOT IN ('integer', 'null')
      OR typeof(name) <> 'text' OR typeof(content) <> 'text'
      """
    ),
    ("checksums", "typeof(checksum) <> 'integer'"),
    ("sources", "typeof(file) <> 'text' OR typeof(text) <> 'text'"),
    ("texts", "typeof(text) <> 'text'"),
    ("layouts", "typeof(layout) <> 'text'"),
    ("study", "typeof(value) <> 'text'"),
  ]
}
