import PoissonGLMM

/// Why a scenario cannot be used. `description` is one sentence, led by the place in the file.
public struct ScenarioError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What went wrong, for a program to act on.
  public enum Kind: Sendable, Equatable {
    /// The file was read, and what it says is not a scenario.
    case invalid
    /// There is no such file or folder.
    case noSuchFile
    /// The file or folder exists and cannot be read.
    case unreadable
  }

  /// What went wrong, for a program to act on.
  public let kind: Kind
  /// The path as the user gave it.
  public let file: String
  /// Line and column, counted from 1, or nil where the whole file is meant.
  public let line: Int?
  /// Counted from 1; nil where the whole file is meant.
  public let column: Int?
  /// One sentence: what is wrong and what was expected.
  public let message: String

  init(
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

/// Advice on a name that is not among the known ones.
enum NearestName {
  /// `did you mean 'seed'?` where a known name is close, else `expected one of ...`.
  static func advice(for unknown: String, among known: [String]) -> String {
    // A third of the letters wrong, at least two, is still a slip of the hand; more is another
    // word.
    let limit = max(2, unknown.count / 3)
    // A name this long is no slip, and the distance costs the product of the lengths.
    if unknown.count <= 64 {
      let nearest = known.map { (name: $0, distance: EditDistance.between(unknown, $0)) }
        .min { $0.distance < $1.distance }
      if let nearest, nearest.distance <= limit, nearest.distance < nearest.name.count {
        return "did you mean '\(nearest.name)'?"
      }
    }
    return "expected \(list(known))."
  }

  /// `a`, `a or b`, `a, b or c`.
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
