/// Reads sums of coefficients times numbers by recursive descent:
///
///     sum     = product { ("+" | "-") product }
///     product = signed { ("*" | "/") signed }
///     signed  = { "+" | "-" } ( number | coefficient | "(" sum ")" )
struct LinearCombinationParser {
  private let text: String
  private let characters: [Character]
  /// The names with their places in the list, the longest first.
  private let names: [(characters: [Character], index: Int)]
  private let allNames: [String]
  private var position = 0
  private var depth = 0

  /// Deeper parentheses are no combination that a person writes.
  private static let deepestNesting = 100

  /// A number plus a weighted sum of coefficients.
  private struct Value {
    var constant: Double
    /// The weights of the coefficients that occur.
    var weights: [Int: Double] = [:]

    mutating func add(_ other: Value, times factor: Double) {
      constant += factor * other.constant
      for (index, weight) in other.weights { weights[index, default: 0] += factor * weight }
    }

    mutating func scale(_ apply: (Double) -> Double) {
      constant = apply(constant)
      weights = weights.mapValues(apply)
    }
  }

  init(_ text: String, names: [String]) {
    self.text = text
    characters = Array(text)
    allNames = names
    self.names = names.enumerated().map { (Array($1), $0) }
      .sorted { $0.0.count > $1.0.count }
  }

  /// One weight for each name.
  mutating func parse() throws(FormulaError) -> [Double] {
    let value = try parseSum()
    if let next = peek() {
      throw error(
        next == ")" ? "This parenthesis closes nothing." : "Expected '+', '-', '*' or '/' here.")
    }
    guard value.constant.isFinite, value.weights.values.allSatisfy(\.isFinite) else {
      throw error("A weight is beyond the range of numbers.", at: 0)
    }
    guard value.constant == 0 else {
      throw error(
        "The number \(RText.number(value.constant)) is left by itself: a contrast is a sum of "
          + "coefficients times numbers.", at: 0)
    }
    guard value.weights.values.contains(where: { $0 != 0 }) else {
      throw error("All coefficients cancel: nothing is left.", at: 0)
    }
    return allNames.indices.map { value.weights[$0] ?? 0 }
  }

  private func error(_ message: String, at place: Int? = nil) -> FormulaError {
    FormulaError(message, formula: text, position: place ?? position)
  }

  /// The next character that is no space; nil at the end.
  private mutating func peek() -> Character? {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
    return position < characters.count ? characters[position] : nil
  }

  private mutating func parseSum() throws(FormulaError) -> Value {
    var sum = try parseProduct()
    while let symbol = peek(), symbol == "+" || symbol == "-" {
      position += 1
      sum.add(try parseProduct(), times: symbol == "+" ? 1 : -1)
    }
    return sum
  }

  private mutating func parseProduct() throws(FormulaError) -> Value {
    var product = try parseSigned()
    while let symbol = peek(), symbol == "*" || symbol == "/" {
      let place = position
      position += 1
      let factor = try parseSigned()
      if symbol == "/" {
        guard factor.weights.isEmpty else {
          throw error("A contrast cannot be divided by a coefficient.", at: place)
        }
        guard factor.constant != 0 else { throw error("This divides by 0.", at: place) }
        product.scale { $0 / factor.constant }
      } else if factor.weights.isEmpty {
        product.scale { $0 * factor.constant }
      } else if product.weights.isEmpty {
        let number = product.constant
        product = factor
        product.scale { number * $0 }
      } else {
        throw error(
          "This multiplies two coefficients; a contrast has coefficients times numbers only. An "
            + "interaction is written by its name, as in a:b.", at: place)
      }
    }
    return product
  }

  private mutating func parseSigned() throws(FormulaError) -> Value {
    var isNegative = false
    while let symbol = peek(), symbol == "+" || symbol == "-" {
      if symbol == "-" { isNegative.toggle() }
      position += 1
    }
    var value = try parseOperand()
    if isNegative { value.scale { -$0 } }
    return value
  }

  private mutating func parseOperand() throws(FormulaError) -> Value {
    guard let next = peek() else {
      throw error("Expected a coefficient or a number, but the contrast ends here.")
    }
    if next == "`" { return try parseBackticks() }
    if let index = matchName() { return Value(constant: 0, weights: [index: 1]) }
    if next == "(" { return try parseParentheses() }
    if next.isASCII, next.isNumber || next == "." && isDigit(position + 1) {
      return try parseNumber()
    }
    let word = word()
    guard !word.isEmpty else {
      throw error("Expected a coefficient or a number, found \(quoted(String(next))).")
    }
    throw unknown(word)
  }

  private mutating func parseParentheses() throws(FormulaError) -> Value {
    let opening = position
    depth += 1
    guard depth <= Self.deepestNesting else {
      throw error("Parentheses are nested more than \(Self.deepestNesting) deep.")
    }
    position += 1
    let value = try parseSum()
    guard peek() == ")" else { throw error("This parenthesis is never closed.", at: opening) }
    position += 1
    depth -= 1
    return value
  }

  private mutating func parseBackticks() throws(FormulaError) -> Value {
    let opening = position
    guard let end = characters[(position + 1)...].firstIndex(of: "`") else {
      throw error("The backtick that opens this name is never closed.")
    }
    let name = String(characters[(position + 1)..<end])
    guard let index = allNames.firstIndex(of: name) else { throw unknown(name, at: opening) }
    position = end + 1
    return Value(constant: 0, weights: [index: 1])
  }

  private mutating func parseNumber() throws(FormulaError) -> Value {
    let start = position
    func skipDigits() { while isDigit(position) { position += 1 } }
    skipDigits()
    if position < characters.count, characters[position] == "." {
      position += 1
      skipDigits()
    }
    if position < characters.count, "eE".contains(characters[position]) {
      let hasSign = position + 1 < characters.count && "+-".contains(characters[position + 1])
      let exponent = position + (hasSign ? 2 : 1)
      if isDigit(exponent) {
        position = exponent
        skipDigits()
      }
    }
    let digits = String(characters[start..<position])
    guard let number = Double(digits), number.isFinite else {
      throw error("\(quoted(digits)) is no number that a computer can hold.", at: start)
    }
    if position < characters.count, FormulaToken.isNameCharacter(characters[position]) {
      throw error("Write '*' between a number and a coefficient, as in 2*x.")
    }
    return Value(constant: number)
  }

  private func isDigit(_ place: Int) -> Bool {
    place < characters.count && characters[place].isASCII && characters[place].isNumber
  }

  /// The coefficient whose name stands here, if one does, and goes behind it.
  private mutating func matchName() -> Int? {
    for (name, index) in names where characters[position...].starts(with: name) {
      let end = position + name.count
      guard let first = name.first, !first.isNumber,
        end == characters.count || !continues(characters[end])
      else { continue }
      position = end
      return index
    }
    return nil
  }

  /// Whether a character goes on with a name.
  private func continues(_ character: Character) -> Bool {
    FormulaToken.isNameCharacter(character) || character == ":"
  }

  /// What looks like a name here, with what it has in parentheses: `factor(year)96`.
  private func word() -> String {
    var (end, depth) = (position, 0)
    while end < characters.count {
      let character = characters[end]
      if character == "(" {
        depth += 1
      } else if character == ")", depth > 0 {
        depth -= 1
      } else if depth == 0, !continues(character) {
        break
      }
      end += 1
    }
    return String(characters[position..<end])
  }

  private func unknown(_ word: String, at place: Int? = nil) -> FormulaError {
    func parts(_ name: String) -> [Substring] { name.split(separator: ":").sorted() }
    let same = allNames.first { parts($0) == parts(word) }
    let hint = (same ?? nearestName(to: word, among: allNames)).map { " (did you mean '\($0)'?)" }
    return error(
      "There is no coefficient \(quoted(word))\(hint ?? ""); there are "
        + "\(listed(allNames.map(quoted))).", at: place)
  }
}
