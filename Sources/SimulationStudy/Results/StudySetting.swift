import Foundation
import GRDB

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
