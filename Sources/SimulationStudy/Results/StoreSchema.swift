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
///
/// A row of `fits` has the replicate's number, the method's position, whether the fit counts as
/// failed, whether it converged, its iterations and wall-clock seconds, why it stopped or failed,
/// and `numbers`: little-endian 64-bit floats in the order of the layout, to the bit as the method
/// gave them. `layout` and `numbers` are null where the fit gave no result. All methods of a
/// replicate are written in one transaction: a replicate is there as a whole or not at all.
enum StoreSchema {
  /// Of the tables' layout; raised when a reader of the older one would go wrong. SQLite's
  /// `user_version`.
  static let currentVersion = 1
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
    """

  /// Makes the tables in a new file.
  /// - Throws: `DatabaseError`.
  static func create(_ database: DatabaseQueue) throws {
    // Rows of a table without rowid spill to pages of their own beyond a quarter of a page.
    try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA page_size = 16384") }
    try database.write { try $0.execute(sql: definition) }
  }

  /// Sees to it that the tables of a file can be read.
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
    guard version == currentVersion else {
      throw StoreError(
        .unusable,
        "'\(path)' has schema version \(version), and this version of glmm-poisson reads "
          + "\(currentVersion) only.")
    }
  }
}
