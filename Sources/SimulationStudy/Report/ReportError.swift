/// Why a report cannot be made, written or read. `description` is one sentence.
public struct ReportError: Error, Equatable, CustomStringConvertible, Sendable {
  public enum Kind: Sendable, Equatable {
    /// Records and scenarios do not fit together.
    case inconsistent
    /// A file of the study is not there.
    case missingFile
    /// A file of the study does not say what it should.
    case malformed
    /// A file of the study cannot be read.
    case unreadable
    /// A file cannot be written.
    case unwritable
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
