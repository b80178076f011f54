import GRDB

/// Why a study's store cannot be used. `description` is one sentence, or two where the second says
/// what to do.
package struct StoreError: Error, Equatable, CustomStringConvertible, Sendable {
  package enum Kind: Sendable, Equatable {
    /// There is no store.
    case missing
    /// What is stored is not what was expected: a foreign or damaged file, another scenario, gaps.
    case unusable
    /// Reading or writing failed, or another process has the store.
    case inputOutput
  }

  package let kind: Kind
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// A store whose contents are not what was written to it.
  static func damaged(_ path: String, _ how: String) -> StoreError {
    StoreError(
      .unusable,
      "'\(path)' is damaged: \(how). Restore it from a copy, or start anew with --fresh.")
  }

  /// SQLite's complaint about the file at `path`, in the words of a user.
  init(_ error: any Error, path: String) {
    if let error = error as? StoreError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .damaged(path, "one of its records cannot be read")
      return
    }
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB:
      self.init(
        .unusable, "'\(path)' is not a result store of glmm-poisson: it is no SQLite database.")
    case .SQLITE_CORRUPT:
      self = .damaged(path, Self.text(of: error))
    case .SQLITE_CONSTRAINT:
      // What is written is new by all that could be read: the store has more than can be read.
      self = .damaged(path, "it has results that could not be found")
    case .SQLITE_FULL:
      self.init(
        .inputOutput,
        "Cannot write '\(path)': no space is left. What is recorded is safe; with more space the "
          + "same "
          + "command goes on.")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.inputOutput, "'\(path)' is locked by another program.")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
      self.init(.inputOutput, "Cannot open or write '\(path)': \(Self.text(of: error)).")
    case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_TOOBIG:
      self.init(
        .inputOutput,
        "Reading or writing '\(path)' failed (\(Self.text(of: error))). What is recorded is safe; "
          + "the same command goes on.")
    default:
      self.init(.unusable, "'\(path)' does not hold what it should: \(Self.text(of: error)).")
    }
  }

  private static func text(of error: DatabaseError) -> String {
    error.message ?? error.resultCode.description
  }
}
