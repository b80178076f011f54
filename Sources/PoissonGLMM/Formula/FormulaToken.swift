/// A word of a formula and the place it begins at.
struct FormulaToken: Equatable {
  enum Kind: Equatable {
    /// A name; backticks around it are taken off.
    case name(String)
    /// A number, as written.
    case number(String)
    /// What stands between quotation marks.
    case text(String)
    /// An operator or punctuation; `**` is `^`.
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
    case .text(let text): quoted("\"\(text)\"")
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
      } else if character == "\"" || character == "'" {
        kind = .text(try scanText(characters, &position, formula))
      } else if isDigit(character)
        || character == "." && position + 1 < characters.count && isDigit(characters[position + 1])
      {
        kind = .number(try scanNumber(characters, &position, formula))
      } else if character.isLetter || character == "." || character == "_" {
        while position < characters.count, isNameCharacter(characters[position]) { position += 1 }
        kind = .name(String(characters[start..<position]))
      } else if let symbol = symbol(characters, at: position) {
        position += symbol.count
        kind = .symbol(symbol == "**" ? "^" : symbol)
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

  /// The operators and punctuation, the longer before those that they begin with.
  private static let symbols = [
    "%in%", "%/%", "%%", "||", "&&", "==", "!=", "<=", ">=", "**", "~", "+", "-", "*", "/", ":",
    "^", "(", ")", ",", "|", "&", "!", "=", "<", ">",
  ]

  private static func symbol(_ characters: [Character], at position: Int) -> String? {
    symbols.first { characters[position...].starts(with: $0) }
  }

  private static func scanText(
    _ characters: [Character], _ position: inout Int, _ formula: String
  ) throws(FormulaError) -> String {
    let start = position
    position += 1
    var text = ""
    while position < characters.count, characters[position] != characters[start] {
      if characters[position] == "\\", position + 1 < characters.count { position += 1 }
      text.append(characters[position])
      position += 1
    }
    guard position < characters.count else {
      throw FormulaError(
        "The quotation mark that opens this text is never closed.", formula: formula,
        position: start)
    }
    position += 1
    return text
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

  /// A number, with R's mark `L` of whole numbers if it has one.
  private static func scanNumber(
    _ characters: [Character], _ position: inout Int, _ formula: String
  ) throws(FormulaError) -> String {
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
    if position < characters.count, characters[position] == "L" { position += 1 }
    let number = characters[start..<position]
    if position < characters.count, isNameCharacter(characters[position]) {
      let word = String(characters[start...].prefix(while: isNameCharacter))
      throw FormulaError(
        "\(quoted(word)) is neither a number nor a name: a name that begins with a digit is "
          + "written in backticks, as in `\(word.prefix(40))`.", formula: formula, position: start)
    }
    return String(number)
  }

  private static func isDigit(_ character: Character) -> Bool {
    character.isASCII && character.isNumber
  }

  /// Whether `character` may stand in a name without backticks.
  static func isNameCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "." || character == "_"
  }
}
