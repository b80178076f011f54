import Foundation
import GRDB

/// The results of a study on the disk: `results.sqlite` in the study's directory. See `StoreSchema`
/// for its tables.
///
/// One process writes, holding the directory's lock; others may read meanwhile. Every transaction
/// is flushed to the disk before it counts, so that neither a killed process nor a power failure
/// loses or doubles what was recorded.
package final class StudyStore: Sendable {
  package static let fileName = "results.sqlite"

  /// As the user named it.
  package let directory: URL
  /// Of the file, for messages.
  let path: String
  private let database: DatabaseQueue

  private init(directory: URL, path: String, database: DatabaseQueue) {
    self.directory = directory
    self.path = path
    self.database = database
  }

  /// Opens the store for a process that has the directory's lock, and makes it where there is none.
  /// - Throws: `StoreError`.
  package static func openForWriting(
    directory: URL, fileName: String = fileName
  ) throws(StoreError) -> StudyStore {
    let file = directory.appendingPathComponent(fileName)
    try StoreLink.checkNames(of: file)
    return try translating(file.relativePath) {
      if !FileManager.default.fileExists(atPath: file.path) { try create(file) }
      try checkIsFile(file)
      guard access(file.path, R_OK | W_OK) == 0 else { throw unable("write", file, errno) }
      try checkLength(file)
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      let database = try DatabaseQueue(path: file.path, configuration: configuration)
      try StoreSchema.check(database, path: file.relativePath)
      try StoreSoundness.check(database, path: file.relativePath)
      try StoreSchema.upgrade(database)
      try database.writeWithoutTransaction { db in
        try db.execute(
          sql:
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 256")
      }
      return StudyStore(directory: directory, path: file.relativePath, database: database)
    }
  }

  /// Makes a store without results. It grows under another name: a process that is killed meanwhile
  /// leaves nothing that could be taken for a store that has lost its contents.
  private static func create(_ file: URL) throws {
    let path = file.path + ".new"
    for suffix in ["-journal", ""] { unlink(path + suffix) }
    do {
      let database = try DatabaseQueue(path: path)
      try StoreSchema.create(database)
      try database.close()
    } catch {
      for suffix in ["-journal", ""] { unlink(path + suffix) }
      throw error
    }
    guard rename(path, file.path) == 0 else { throw unable("write", file, errno) }
  }

  /// Opens the store of a directory to read it.
  /// - Throws: `StoreError`, of kind `missing` if there is none.
  package static func openForReading(directory: URL) throws(StoreError) -> StudyStore {
    let file = directory.appendingPathComponent(fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw StoreError(
        .missing,
        "There is no file '\(file.relativePath)'; 'study run' and 'study merge' write it.")
    }
    return try translating(file.relativePath) {
      try checkIsFile(file)
      guard access(file.path, R_OK) == 0 else { throw unable("read", file, errno) }
      try checkLength(file)
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(10)
      let database = try DatabaseQueue(path: file.path, configuration: configuration)
      try StoreSchema.check(database, path: file.relativePath)
      try StoreSoundness.check(database, path: file.relativePath)
      return StudyStore(directory: directory, path: file.relativePath, database: database)
    }
  }

  /// Removes the store of a directory, if there is one, and the report on it, for a fresh start. A
  /// file in the store's place that glmm-poisson has not written is left alone.
  /// - Throws: `StoreError`.
  package static func startAnew(directory: URL) throws(StoreError) {
    try StoreLink.refuseToReplace(directory.appendingPathComponent(fileName))
    try checkIsOwn(directory.appendingPathComponent(fileName))
    // The report first: it says nothing of the results that come after.
    for name in StudyFile.Name.all {
      let file = directory.appendingPathComponent(name)
      guard unlink(file.path) == 0 || errno == ENOENT else {
        throw unable("remove", file, errno)
      }
    }
    // Stays if there are other files in it.
    rmdir(directory.appendingPathComponent(StudyFile.Name.plots).path)
    try remove(directory: directory)
  }

  /// Removes the store of a directory, if there is one. A file that glmm-poisson has not written is
  /// left alone.
  /// - Throws: `StoreError`.
  static func remove(directory: URL, fileName: String = fileName) throws(StoreError) {
    let file = directory.appendingPathComponent(fileName)
    try StoreLink.refuseToReplace(file)
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    try checkIsOwn(file)
    // The journals first: without its main file a journal means nothing.
    for suffix in ["-journal", "-wal", "-shm", ""] {
      guard unlink(file.path + suffix) == 0 || errno == ENOENT else {
        throw StoreError(
          .inputOutput,
          "Cannot remove '\(file.relativePath)\(suffix)': "
            + "\(String(cString: strerror(errno)).lowercased()).")
      }
    }
  }

  private static func unable(_ verb: String, _ file: URL, _ code: Int32) -> StoreError {
    StoreError(
      .inputOutput,
      "Cannot \(verb) '\(file.relativePath)': \(String(cString: strerror(code)).lowercased()).")
  }

  /// - Throws: `StoreError` of kind `unusable` for a directory, or a pipe that nobody writes to.
  private static func checkIsFile(_ file: URL) throws(StoreError) {
    var status = stat()
    guard stat(file.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "no regular file"
    throw StoreError(
      .unusable,
      "'\(file.relativePath)' is \(kind), and should be the file with the results: move it away, "
        + "or "
        + "choose another directory.")
  }

  private static func checkIsOwn(_ file: URL) throws(StoreError) {
    try checkIsFile(file)
    guard !FileManager.default.fileExists(atPath: file.path) || isOwn(file) else {
      throw StoreError(
        .unusable,
        "'\(file.relativePath)' is not a result store of glmm-poisson and is left as it is: move "
          + "it "
          + "away, or choose another --out.")
    }
  }

  /// Whether a file has the application id of our stores in its header, or ends before that. Its
  /// rest may be damaged.
  private static func isOwn(_ file: URL) -> Bool {
    guard let header = header(of: file) else { return false }
    return header.count < headerLength
      || number(in: header, at: 68, bytes: 4) == StoreSchema.applicationID
  }

  /// SQLite notices when pages are missing, and reads the end of half a page as zeros. Without a
  /// journal, which may hold the rest, half a page means that the file was cut off.
  /// - Throws: `StoreError` of kind `unusable`.
  private static func checkLength(_ file: URL) throws(StoreError) {
    var (main, journal) = (stat(), stat())
    guard stat(file.path, &main) == 0, let header = header(of: file) else { return }
    guard !header.isEmpty else {
      throw StoreError.damaged(file.relativePath, "it is empty")
    }
    for suffix in ["-wal", "-journal"] where stat(file.path + suffix, &journal) == 0 { return }
    // 65,536 does not fit into two bytes and is written as 1.
    let stored = number(in: header, at: 16, bytes: 2)
    guard header.count == headerLength, Int(main.st_size) % (stored <= 1 ? 65536 : stored) == 0
    else { throw StoreError.damaged(file.relativePath, "its end is missing") }
  }

  private static let headerLength = 100

  /// The first 100 bytes of an SQLite database, or fewer where it ends before; nil for any other
  /// file.
  private static func header(of file: URL) -> Data? {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
    defer { try? handle.close() }
    let header = (try? handle.read(upToCount: headerLength)) ?? Data()
    let start = Data("SQLite format 3\0".utf8)
    return header.starts(with: start.prefix(header.count)) ? header : nil
  }

  /// A big-endian number; for the places see https://www.sqlite.org/fileformat.html.
  private static func number(in header: Data, at offset: Int, bytes: Int) -> Int {
    header.dropFirst(offset).prefix(bytes).reduce(0) { $0 << 8 | Int($1) }
  }

  /// Leaves one file that can be copied and read anywhere, without journals beside it. Where that
  /// cannot be done, because another process reads, the journals stay and nothing is lost.
  package func close() {
    try? database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE")
    }
    try? database.close()
  }

  /// Runs `body` in one transaction that sees one state of the store.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    try Self.translating(path) { try database.read(body) }
  }

  /// Runs `body` in one transaction that is written as a whole or not at all.
  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    try Self.translating(path) { try database.write(body) }
  }

  private static func translating<Value>(
    _ path: String, _ body: () throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try body()
    } catch {
      throw StoreError(error, path: path)
    }
  }
}
