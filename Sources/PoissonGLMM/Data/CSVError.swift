/// The reason why a CSV file cannot be read or understood.
public struct CSVError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The kinds of errors.
  public enum Kind: Sendable, Equatable {
    /// The file does not exist or cannot be opened.
    case cannotOpen
    /// The system failed to deliver the file's bytes.
    case cannotRead
    /// The bytes are not a table, or not the table that was asked for.
    case malformed
  }

  /// What kind of error this is.
  public let kind: Kind
  /// The file's name as the user gave it.
  public let file: String
  /// The line, counted from 1, or nil if the whole file is meant.
  public let line: Int?
  /// The column of the table, counted from 1, or nil if the whole line is meant.
  public let column: Int?
  /// What was expected and what was found.
  public let message: String

  /// `FILE:LINE:COLUMN: MESSAGE`
  public var description: String {
    let place = [line, column].compactMap { $0.map { ":\($0)" } }.joined()
    return "\(file)\(place): \(message)"
  }

  init(_ kind: Kind, file: String, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.kind = kind
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }
}
