/// Random terms: `(effects | group)` and `(effects || group)`.
extension FormulaParser {
  mutating func parseRandomTerm() throws(FormulaError) -> TermSum {
    let opening = token
    guard !isInRandomTerm else { throw error("A random term cannot be part of another.") }
    advance()
    let outsideVariables = variables
    variables = []
    isInRandomTerm = true
    let sum = try parseSum()
    let effects = termSet(sum)
    isInRandomTerm = false
    variables = outsideVariables

    let bar = token
    guard take("|") || take("||") else {
      throw error("Expected an operator or '|', found \(token.quotedText).")
    }
    try parseGrouping()
    let closing = token
    try expectClosing(of: opening)

    let characters = Array(text)
    let before = String(characters[opening.position..<bar.position])
    let after = String(characters[(bar.position + 1)...closing.position])
    let count = effects.terms.count + (effects.hasIntercept ? 1 : 0)
    let isCorrelated = bar.kind == .symbol("|")
    guard count > 0 else { throw error("This random term has no effects.", at: opening) }
    guard !isCorrelated || count == 1 else {
      throw error(
        "A single bar asks for correlated effects, which the model does not have: write "
          + "'\(before)||\(after)' for independent ones.", at: bar)
    }
    let suggestion = isCorrelated ? "\(before)||\(after)" : nil
    return TermSum(random: [RandomTerm(effects: effects, independentForm: suggestion)])
  }

  /// `g` or `g:h`, the same for all random terms.
  private mutating func parseGrouping() throws(FormulaError) {
    let start = token
    var columns: [String] = []
    repeat {
      if case .name = token.kind, isBeforeParenthesis {
        throw error("A grouping factor is a column, or several joined by ':', not an expression.")
      }
      let column = try parseColumn()
      if !columns.contains(column) { columns.append(column) }
    } while take(":")
    switch token.kind {
    case .symbol("/"), .symbol("+"), .symbol("*"):
      throw error("Only one grouping factor is supported.")
    default: break
    }
    if groupingColumns.isEmpty { groupingColumns = columns }
    guard Set(columns) == Set(groupingColumns) else {
      throw error(
        "Only one grouping factor is supported: it was "
          + "'\(groupingColumns.joined(separator: ":"))' before.", at: start)
    }
  }
}
