/// Why another program gave no answer that can be used. `description` is one sentence without line
/// breaks.
struct ProgramError: Error, Equatable, CustomStringConvertible {
  enum Kind: Equatable {
    /// The program, or something it needs, is not installed.
    case missing
    /// The program itself says that it has no result; it goes on.
    case refused
    /// It had ended with status 0 before it read anything of the data set.
    case left
    /// The fault is of an earlier data set, whose answer was used: the process crashed after it and
    /// had read nothing of this one, or it answered that one once more.
    case belated
    /// It crashed, fell silent, or gave an answer that is none.
    case broken
  }

  let kind: Kind
  let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  static func broken(_ description: String) -> ProgramError { ProgramError(.broken, description) }

  /// Somebody else's text as part of a sentence: spaces for line breaks and control characters, and
  /// the beginning cut off where it is long, because programs say at the end what went wrong.
  static func oneLine(_ text: String, longest: Int = 300) -> String {
    let words = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? " " : String(scalar)
    }.joined().split(separator: " ").joined(separator: " ")
    return words.count <= longest ? words : "..." + words.suffix(longest)
  }
}
