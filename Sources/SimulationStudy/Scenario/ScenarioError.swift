/// Why a scenario cannot be used. `description` is one sentence, led by the place in the file.
public struct ScenarioError: Error, Equatable, CustomStringConvertible, Sendable {
  public enum Kind: Sendable, Equatable {
    /// The file was read, and what it says is not a scenario.
    case invalid
    /// There is no such file or folder.
    case noSuchFile
    /// The file or folder exists and cannot be read.
    case unreadable
  }

  public let kind: Kind
  /// The path as the user gave it.
  public let file: String
  /// Line and column, counted from 1, or nil where the whole file is meant.
  public let line: Int?
  public let column: Int?
  /// One sentence: what is wrong and what was expected.
  public let message: String

  public init(
    _ message: String, kind: Kind = .invalid, file: String, line: Int? = nil, column: Int? = nil
  ) {
    self.kind = kind
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  /// `file:line:column: message`, as compilers write it.
  public var description: String {
    var place = file
    if let line {
      place += ":\(line)"
      if let column { place += ":\(column)" }
    }
    return "\(place): \(message)"
  }

  /// The same error, said of one cell of a grid.
  func inCell(_ name: String) -> ScenarioError {
    ScenarioError("cell \(name): \(message)", kind: kind, file: file, line: line, column: column)
  }
}
