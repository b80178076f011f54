import Foundation
import GRDB
import GSLNumerics

/// What all fits of one replicate hash to: FNV-1a over the rows in the order of the methods, with
/// the texts and layouts that they refer to in the place of their ids. A byte that changes anywhere
/// in them changes it, since no step of the hash maps two values to one.
struct FitChecksum {
  /// The hashes of the tables `texts` and `layouts`, by their ids.
  struct References {
    private(set) var texts: [Int64: UInt64] = [:]
    private(set) var layouts: [Int64: UInt64] = [:]

    init(_ db: Database) throws {
      let texts = try Row.fetchCursor(db, sql: "SELECT id, text FROM texts")
      while let row = try texts.next() { add(text: row[1], id: row[0]) }
      let layouts = try Row.fetchCursor(db, sql: "SELECT id, layout FROM layouts")
      while let row = try layouts.next() { add(layout: row[1], id: row[0]) }
    }

    mutating func add(text: String, id: Int64) { texts[id] = FNV1a.hash(text.utf8) }
    mutating func add(layout: String, id: Int64) { layouts[id] = FNV1a.hash(layout.utf8) }
  }

  /// A row of the table `fits` without its scenario and replicate.
  struct Fit {
    let method: Int
    let failed: Bool
    let converged: Bool
    let iterations: Int
    let seconds: Double
    let reason: Int64
    let layout: Int64?
    let numbers: Data?

    init(
      method: Int, failed: Bool, converged: Bool, iterations: Int, seconds: Double, reason: Int64,
      layout: Int64?, numbers: Data?
    ) {
      self.method = method
      self.failed = failed
      self.converged = converged
      self.iterations = iterations
      self.seconds = seconds
      self.reason = reason
      self.layout = layout
      self.numbers = numbers
    }

    /// The columns of `fits` that make a fit, for a query.
    static let columns =
      "method, failed, converged, iterations, seconds, reason, layout, numbers"

    /// - Parameter first: the position of `method` in a row that has `columns`.
    init(_ row: Row, from first: Int) {
      self.init(
        method: row[first], failed: row[first + 1], converged: row[first + 2],
        iterations: row[first + 3], seconds: row[first + 4], reason: row[first + 5],
        layout: row[first + 6], numbers: row[first + 7])
    }
  }

  private(set) var value = FNV1a.offsetBasis
  /// As SQLite keeps whole numbers.
  var stored: Int64 { Int64(bitPattern: value) }

  /// Adds a fit after the others. What a fit refers to and is not there hashes as nothing does.
  mutating func add(_ fit: Fit, _ references: References) {
    add(UInt64(bitPattern: Int64(fit.method)))
    add((fit.failed ? 1 : 0) | (fit.converged ? 2 : 0))
    add(UInt64(bitPattern: Int64(fit.iterations)))
    add(fit.seconds.bitPattern)
    add(references.texts[fit.reason] ?? 0)
    add(fit.layout.map { references.layouts[$0] ?? 0 } ?? 1)
    add(UInt64(fit.numbers?.count ?? 0))
    fit.numbers?.withUnsafeBytes { bytes in
      let whole = bytes.count & ~7
      for offset in stride(from: 0, to: whole, by: 8) {
        add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      }
      for byte in bytes[whole...] { add(UInt64(byte)) }
    }
  }

  private mutating func add(_ word: UInt64) {
    value = FNV1a.hash(word: word, continuing: value)
  }
}

extension StudyStore {
  /// The replicates of a scenario whose fits are not those that were recorded, ascending. Those of
  /// a store that is older than checksums are taken as they are.
  static func changedReplicates(
    scenario id: Int64, below limit: Int, _ references: FitChecksum.References, _ db: Database
  ) throws -> [Int] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT replicate, checksum, \(FitChecksum.Fit.columns)
        FROM fits JOIN checksums USING (scenario, replicate)
        WHERE fits.scenario = ? AND fits.replicate < ? ORDER BY fits.replicate, method
        """, arguments: [id, limit])
    var changed: [Int] = []
    var current: (replicate: Int, stored: Int64, checksum: FitChecksum)?
    func close() {
      guard let current, current.checksum.stored != current.stored else { return }
      changed.append(current.replicate)
    }
    while let row = try rows.next() {
      let replicate: Int = row[0]
      if current?.replicate != replicate {
        close()
        let stored: Int64 = row[1]
        current = (replicate, stored, FitChecksum())
      }
      current?.checksum.add(FitChecksum.Fit(row, from: 2), references)
    }
    close()
    return changed
  }

  /// - Parameter path: of the store.
  static func changed(_ replicate: Int, of scenario: String, in path: String) -> StoreError {
    StoreError(
      .unusable,
      "'\(path)' is damaged: replicate \(replicate) of scenario '\(scenario)' is not what was "
        + "recorded. The same 'study run' draws it again.")
  }
}
