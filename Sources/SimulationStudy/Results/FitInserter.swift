import GRDB

/// Turns records into rows of the table `fits`; texts and layouts are written once and referred to.
struct FitInserter {
  private let rowIDs: [Int64]
  /// Positions of the methods, by name, in each scenario.
  private let methodPositions: [[String: Int]]
  private var textIDs: [String: Int64] = [:]
  private var layoutIDs: [FitLayout: Int64] = [:]

  init(_ study: RegisteredStudy, _ db: Database) throws {
    rowIDs = study.rowIDs
    methodPositions = study.scenarios.map { scenario in
      Dictionary(
        scenario.methods.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }
      )
    }
    let texts = try Row.fetchCursor(db, sql: "SELECT id, text FROM texts")
    while let row = try texts.next() { textIDs[row[1]] = row[0] }
    let layouts = try Row.fetchCursor(db, sql: "SELECT id, layout FROM layouts")
    while let row = try layouts.next() { layoutIDs[try FitLayout(json: row[1])] = row[0] }
  }

  static let insertion = """
    INSERT INTO fits (scenario, replicate, method, failed, converged, iterations, seconds, reason, \
    layout, numbers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  /// - Throws: `DatabaseError`, also for a replicate that is already there.
  mutating func insert(_ batch: RecordBatch, _ db: Database) throws {
    let statement = try db.cachedStatement(sql: Self.insertion)
    for record in batch.records {
      let failed = if case .failed = record.usability { true } else { false }
      let seconds = record.seconds.isFinite ? record.seconds : 0
      let method = methodPositions[batch.scenario][record.method]
      switch record.outcome {
      case .failed(let reason):
        statement.setUncheckedArguments([
          rowIDs[batch.scenario], record.replicate, method, failed, false, 0, seconds,
          try textID(reason, db), nil, nil,
        ])
      case .fitted(let result):
        statement.setUncheckedArguments([
          rowIDs[batch.scenario], record.replicate, method, failed, result.converged,
          result.iterations, seconds, try textID(result.reason, db),
          try layoutID(FitLayout(result), db), FitLayout.encode(result),
        ])
      }
      try statement.execute()
    }
  }

  mutating func textID(_ text: String, _ db: Database) throws -> Int64 {
    if let id = textIDs[text] { return id }
    try db.execute(sql: "INSERT INTO texts (text) VALUES (?)", arguments: [text])
    textIDs[text] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }

  mutating func layoutID(_ layout: FitLayout, _ db: Database) throws -> Int64 {
    if let id = layoutIDs[layout] { return id }
    try db.execute(
      sql: "INSERT INTO layouts (layout) VALUES (?)", arguments: [try layout.json()])
    layoutIDs[layout] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }
}
