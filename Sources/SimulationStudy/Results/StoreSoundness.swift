import GRDB

/// Whether the file of a store still is what was written to it. SQLite alone notices damage where
/// it stumbles over it, and may pass over rows in silence where the way to them is gone.
enum StoreSoundness {
  /// Looks at every page, at the order of the rows and at the types of their values, in half a
  /// second of processor time for a million fits. Numbers that were overwritten by other numbers
  /// pass.
  /// - Throws: `StoreError` of kind `unusable`, `DatabaseError`.
  static func check(_ database: DatabaseQueue, path: String) throws {
    try database.read { db in
      guard try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" else {
        throw StoreError.damaged(path, "its pages do not fit together")
      }
      for (table, isWrong) in wrongRows {
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
    ("sources", "typeof(file) <> 'text' OR typeof(text) <> 'text'"),
    ("texts", "typeof(text) <> 'text'"),
    ("layouts", "typeof(layout) <> 'text'"),
    ("study", "typeof(value) <> 'text'"),
  ]
}
