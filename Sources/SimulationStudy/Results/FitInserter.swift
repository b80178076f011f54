import GRDB

/// Turns records into rows of the table `fits`; texts and layouts are written once and referred to.
struct FitInserter {
  private let rowIDs: [Int64]
  /// Positions of the methods, by name, in each scenario.
  private let methodPositions: [[String: Int]]
  private var textIDs: [String: Int64] = [:]
  private var layoutIDs: [FitLayout: Int64] = [:]
  private var references: FitChecksum.References

  init(_ study: RegisteredStudy, _ db: Database) throws {
    rowIDs = study.rowIDs
    methodPositions = study.scenarios.map { scenario in
      Dictionary(
        scenario.methods.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }
      )
    }
    references = try FitChecksum.References(db)
    let texts = try Row.fetchCursor(db, sql: "SELECT id, text FROM texts")
    while let row = try texts.next() { textIDs[row[1]] = row[0] }
    let layouts = try Row.fetchCursor(db, sql: "SELECT id, layout FROM layouts")
    while let row = try layouts.next() { layoutIDs[try FitLayout(json: row[1])] = row[0] }
  }

  static let insertion = """
    INSERT INTO fits (scenario, replicate, method, failed, converged, iterations, seconds, reason, \
    layout, numbers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  static let checksumInsertion =
    "INSERT INTO checksums (scenario, replicate, checksum) VALUES (?, ?, ?)"

  /// - Throws: `DatabaseError`, also for a replicate that is already there.
  mutating func insert(_ batch: RecordBatch, _ db: Database) throws {
    let statement = try db.cachedStatement(sql: Self.insertion)
    let checksumStatement = try db.cachedStatement(sql: Self.checksumInsertion)
    let rowID = rowIDs[batch.scenario]
    // All methods of a replicate are in one batch, one after the other.
    var checksum = FitChecksum()
    for (index, record) in batch.records.enumerated() {
      guard let method = methodPositions[batch.scenario][record.method] else {
        preconditionFailure("a record of a method that its scenario does not have")
      }
      let fit = try self.fit(of: record, method: method, db)
      statement.setUncheckedArguments([
        rowID, record.replicate, fit.method, fit.failed, fit.converged, fit.iterations, fit.seconds,
        fit.reason, fit.layout, fit.numbers,
      ])
      try statement.execute()
      checksum.add(fit, references)
      let next = index + 1 < batch.records.count ? batch.records[index + 1].replicate : nil
      guard next != record.replicate else { continue }
      checksumStatement.setUncheckedArguments([rowID, record.replicate, checksum.stored])
      try checksumStatement.execute()
      checksum = FitChecksum()
    }
  }

  private mutating func fit(
    of record: ReplicateRecord, method: Int, _ db: Database
  ) throws -> FitChecksum.Fit {
    let failed = if case .failed = record.usability { true } else { false }
    let seconds = record.seconds.isFinite ? record.seconds : 0
    switch record.outcome {
    case .failed(let reason):
      return FitChecksum.Fit(
        method: method, failed: failed, converged: false, iterations: 0, seconds: seconds,
        reason: try textID(reason, db), layout: nil, numbers: nil)
    case .fitted(let result):
      return FitChecksum.Fit(
        method: method, failed: failed, converged: result.converged, iterations: result.iterations,
        seconds: seconds, reason: try textID(result.reason, db),
        layout: try layoutID(FitLayout(result), db), numbers: FitLayout.encode(result))
    }
  }

  mutating func textID(_ text: String, _ db: Database) throws -> Int64 {
    if let id = textIDs[text] { return id }
    try db.execute(sql: "INSERT INTO texts (text) VALUES (?)", arguments: [text])
    let id = db.lastInsertedRowID
    textIDs[text] = id
    references.add(text: text, id: id)
    return id
  }

  mutating func layoutID(_ layout: FitLayout, _ db: Database) throws -> Int64 {
    if let id = layoutIDs[layout] { return id }
    let text = try layout.json()
    try db.execute(sql: "INSERT INTO layouts (layout) VALUES (?)", arguments: [text])
    let id = db.lastInsertedRowID
    layoutIDs[layout] = id
    references.add(layout: text, id: id)
    return id
  }
}
