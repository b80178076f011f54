/// A word of a formula and the place it begins at.
struct FormulaToken: Equatable {
  enum Kind: Equatable {
    /// A name; backticks around it are taken off.
    case name(String)
    /// A number, as written.
    case number(String)
    /// One of `~ + - * / : ^ ( ) | || ,`.
    case symbol(String)
    case end
  }

  let kind: Kind
  /// Characters before it.
  let position: Int

  /// The token in quotes, for messages.
  var quotedText: String {
    switch kind {
    case .name(let name): quoted(name)
    case .number(let text): quoted(text)
    case .symbol(let text): quoted(text)
    case .end: "the end"
    }
  }
}

extension FormulaToken {
  /// The tokens of `formula`, with `.end` behind the last.
  static func tokens(of formula: String) throws(FormulaError) -> [FormulaToken] {
    let characters = Array(formula)
    var tokens: [FormulaToken] = []
    var position = 0
    while position < characters.count {
      let character = characters[position]
      let start = position
      if character.isWhitespace {
        position += 1
        continue
      }
      let kind: Kind
      if character == "`" {
        kind = .name(try scanBackticks(characters, &position, formula))
      } else if isDigit(character)
        || character == "." && position + 1 < characters.count && isDigit(characters[position + 1])
      {
        kind = .number(scanNumber(characters, &position))
      } else if character.isLetter || character == "." || character == "_" {
        while position < characters.count, isNameCharacter(characters[position]) { position += 1 }
        kind = .name(String(characters[start..<position]))
      } else if "~+-*/:^(),|".contains(character) {
        position += 1
        if character == "|", position < characters.count, characters[position] == "|" {
          position += 1
        }
        kind = .symbol(String(characters[start..<position]))
      } else {
        throw FormulaError(
          "'\(character)' has no meaning in a formula; "
            + "a name with such characters is written in backticks.",
          formula: formula, position: start)
      }
      tokens.append(FormulaToken(kind: kind, position: start))
    }
    tokens.append(FormulaToken(kind: .end, position: characters.count))
    return tokens
  }

  private static func scanBackticks(
    _ characters: [Character], _ position: inout Int, _ formula: String
  ) throws(FormulaError) -> String {
    let start = position
    position += 1
    while position < characters.count, characters[position] != "`" { position += 1 }
    guard position < characters.count else {
      throw FormulaError(
        "The backtick that opens this name is never closed.", formula: formula, position: start)
    }
    position += 1
    guard position - start > 2 else {
      throw FormulaError(
        "Expected a name between the backticks.", formula: formula, position: start)
    }
    return String(characters[(start + 1)..<(position - 1)])
  }

  private static func scanNumber(_ characters: [Character], _ position: inout Int) -> String {
    let start = position
    func skipDigits() {
      while position < characters.count, isDigit(characters[position]) { position += 1 }
    }
    skipDigits()
    if position < characters.count, characters[position] == "." {
      position += 1
      skipDigits()
    }
    var exponent = position
    if exponent < characters.count, characters[exponent].lowercased() == "e" {
      exponent += 1
      if exponent < characters.count, "+-".contains(characters[exponent]) { exponent += 1 }
      if exponent < characters.count, isDigit(characters[exponent]) {
        position = exponent
        skipDigits()
      }
    }
    return String(characters[start..<position])
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }

  /// Whether `character` may stand in a name without backticks.
  static func isNameCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "." || character == "_"
  }
}

/// The reason why a text is not a formula.
public struct FormulaError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What was expected and what was found.
  public let message: String
  /// The whole formula.
  public let formula: String
  /// The place in the formula, as a number of characters from its start.
  public let position: Int

  init(_ message: String, formula: String, position: Int) {
    self.message = message
    self.formula = formula
    self.position = position
  }

  /// The message, and below it the formula with a caret under the place.
  public var description: String {
    // Enough of a long formula to see the place in.
    let reach = 60
    let characters = Array(formula)
    let first = max(0, position - reach)
    let last = min(characters.count, position + reach)
    guard first <= last else { return message }
    // A line break or a tab would put the caret in the wrong place.
    let shown = characters[first..<last].map { $0.isWhitespace ? " " : $0 }
    let before = first > 0 ? "..." : ""
    let after = last < characters.count ? "..." : ""
    let indent = String(repeating: " ", count: before.count + position - first)
    return "\(message)\n  \(before)\(String(shown))\(after)\n  \(indent)^"
  }
}
