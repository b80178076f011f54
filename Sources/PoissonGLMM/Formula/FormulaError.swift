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

/// A place in a formula, for the messages about what stands there.
struct FormulaPlace: Sendable {
  /// The whole formula.
  let formula: String
  /// Characters before the place.
  let position: Int

  func error(_ message: String) -> FormulaError {
    FormulaError(message, formula: formula, position: position)
  }
}
