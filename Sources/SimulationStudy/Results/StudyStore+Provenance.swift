import GRDB

/// What the results of a directory say of other programs. A program that was run stays run, in its
/// version, and a program that was missing stays skipped, until the directory is begun anew: every
/// method then has the same replicates, by the same program.
extension StudyStore {
  /// The programs behind the results that are recorded; none if nothing is.
  /// - Throws: `StoreError`.
  package func recordedPrograms() throws(StoreError) -> [ProgramRecord] {
    try read { db in
      guard try Row.fetchOne(db, sql: "SELECT 1 FROM fits LIMIT 1") != nil else { return [] }
      return try self.programs(db)
    }
  }

  /// Where the other programs of the study were run; nil if none was.
  /// - Throws: `StoreError`.
  package func workingDirectory() throws(StoreError) -> String? {
    try read { db in try StudySetting.workingDirectory.text(db) }
  }

  /// Notes where the other programs of the study are run.
  /// - Throws: `StoreError`.
  package func noteWorkingDirectory(_ path: String) throws(StoreError) {
    try write { db in try StudySetting.workingDirectory.set(path, db) }
  }

  /// Notes how many more data sets were given to a new process, by command; see
  /// `CommandPrograms.handedOn`.
  /// - Throws: `StoreError`.
  package func noteHandedOn(_ counts: [String: Int]) throws(StoreError) {
    guard !counts.isEmpty else { return }
    try write { db in
      let programs = try self.programs(db).map { $0.handingOn(counts[$0.command] ?? 0) }
      try StudySetting.programs.set(json: programs, db)
    }
  }

  func programs(_ db: Database) throws -> [ProgramRecord] {
    try StudySetting.programs.value(as: [ProgramRecord].self, db) ?? []
  }

  /// The recorded programs and those found now, together.
  /// - Returns: all of them; and of which it has to be said that they are there now, and remain
  ///   skipped.
  /// - Throws: `StoreError` of kind `unusable` if a program that was run is missing now, or has
  ///   another version.
  package func reconcile(
    _ found: [ProgramRecord]
  ) throws(StoreError) -> (programs: [ProgramRecord], nowThere: [ProgramRecord]) {
    var programs = try recordedPrograms()
    var nowThere: [ProgramRecord] = []
    for program in found {
      guard let old = programs.first(where: { $0.command == program.command }) else {
        programs.append(program)
        continue
      }
      guard let version = old.version else {
        if program.version != nil { nowThere.append(old) }
        continue
      }
      guard program.version == version else {
        let now = program.version.map { "it is \($0) now" } ?? "now \(program.missing ?? "missing")"
        throw StoreError(
          .unusable,
          "The results in '\(directory.relativePath)' are with \(version) as '\(program.command)', "
            + "and "
            + "\(now). Choose another --out, or start anew with --fresh.")
      }
    }
    return (programs, nowThere)
  }

  /// A scenario without the methods whose program is missing.
  /// - Throws: `StoreError` of kind `unusable` if that leaves none, or if what draws the data is
  ///   missing.
  package static func runnable(
    _ scenario: Scenario, _ programs: [ProgramRecord]
  ) throws(StoreError) -> Scenario {
    if let command = scenario.data.generated?.command,
      let reason = programs.first(where: { $0.command == command.text })?.missing
    {
      throw StoreError(
        .unusable,
        "The data of scenario '\(scenario.name)' cannot be drawn: '\(command.text)': \(reason).")
    }
    let scenario = scenario.skipping(programs)
    guard !scenario.methods.isEmpty else {
      let reasons = scenario.declaredMethods.map {
        "\($0.name): \(scenario.skipped[$0.name] ?? "")"
      }
      throw StoreError(
        .unusable,
        "No method of scenario '\(scenario.name)' can be run: \(reasons.joined(separator: "; ")).")
    }
    return scenario
  }
}

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
