import GRDB

/// What the store knows of the data behind its results. Results of two simulators would be one
/// study of nothing.
extension StudyStore {
  /// Of the data of each scenario, by its name. Absent where the results are of a version that
  /// noted none, or the first data set cannot be drawn.
  /// - Throws: `StoreError`.
  func fingerprints() throws(StoreError) -> [String: DataFingerprint] {
    try read { db in try self.fingerprints(db) }
  }

  func fingerprints(_ db: Database) throws -> [String: DataFingerprint] {
    try StudySetting.fingerprints.value(as: [String: DataFingerprint].self, db) ?? [:]
  }

  /// Of the data that this program draws, by scenario.
  static func fingerprints(of scenarios: [Scenario]) -> [String: DataFingerprint] {
    var fingerprints: [String: DataFingerprint] = [:]
    for scenario in scenarios { fingerprints[scenario.name] = DataFingerprint(scenario) }
    return fingerprints
  }

  /// The fingerprint to keep for a scenario.
  /// - Parameters:
  ///   - drawn: of the data that new results will have.
  ///   - stored: what is kept so far.
  /// - Throws: `StoreError` of kind `unusable` if there are results of other data.
  func reconcile(
    _ drawn: DataFingerprint?, with stored: DataFingerprint?, of scenario: String, id: Int64,
    _ db: Database
  ) throws -> DataFingerprint? {
    let hasFits =
      try Row.fetchOne(
        db, sql: "SELECT 1 FROM fits WHERE scenario = ? LIMIT 1", arguments: [id]) != nil
    guard hasFits else { return drawn }
    if let stored, let drawn, stored != drawn {
      throw StoreError(
        .unusable,
        "The simulated data of scenario '\(scenario)' have changed since the results in "
          + "'\(directory.relativePath)' were recorded: the first data set has the fingerprint "
          + "\(drawn) and had \(stored). Choose another --out, or start anew with --fresh.")
    }
    // Results without a fingerprint get none: nobody knows what data they had.
    return stored
  }
}
