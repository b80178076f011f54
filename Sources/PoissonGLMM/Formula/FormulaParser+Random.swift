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
    let isCorrelated = token.kind == .symbol("|")
    guard take("|") || take("||") else {
      throw error("Expected an operator or '|', found \(token.quotedText).")
    }
    let groupings = try parseNesting()
    try requireEndOfGrouping()
    try expectClosing(of: opening)
    guard effects.hasIntercept || !effects.terms.isEmpty else {
      throw error("This random term has no effects.", at: opening)
    }
    let sets = isCorrelated ? [effects] : effects.splitByTerm
    try limitTerms(groupings.factors.count * sets.count, at: opening)
    var result = TermSum()
    for columns in groupings.factors {
      try requireNew(effects, of: columns, at: opening)
      result.random += sets.map { RandomTerm(columns: columns, effects: $0) }
    }
    return result
  }

  private mutating func requireNew(
    _ effects: TermSet, of columns: [String], at opening: FormulaToken
  ) throws(FormulaError) {
    for (variables, name) in effects.effects
    where !randomEffects[Set(columns), default: []].insert(variables).inserted {
      throw error(
        "The random effect '\(name)' of '\(columns.joined(separator: ":"))' is in the formula "
          + "twice.", at: opening)
    }
  }

  /// `g / h`, which is `g` and `g:h`
  private mutating func parseNesting() throws(FormulaError) -> GroupingList {
    let start = token
    var groupings = try parseGroupingInteraction()
    while take("/") {
      let inner = try parseGroupingInteraction()
      groupings = groupings.nesting(inner)
      try limit(groupings, at: start)
    }
    return groupings
  }

  /// `g : h`
  private mutating func parseGroupingInteraction() throws(FormulaError) -> GroupingList {
    let start = token
    var groupings = try parseGroupingColumn()
    while take(":") {
      let other = try parseGroupingColumn()
      try limitTerms(groupings.factors.count * other.factors.count, at: start)
      groupings = groupings.interaction(other)
      try limit(groupings, at: start)
    }
    return groupings
  }

  /// `g`, `factor(g)`, which is the same, or groupings in parentheses.
  private mutating func parseGroupingColumn() throws(FormulaError) -> GroupingList {
    let opening = token
    if take("(") {
      return try nested { (parser) throws(FormulaError) in
        let groupings = try parser.parseNesting()
        try parser.requireEndOfGrouping()
        try parser.expectClosing(of: opening)
        return groupings
      }
    }
    guard case .name(let name) = token.kind, isBefore("(") else {
      return GroupingList(column: try parseColumn())
    }
    guard name == "factor" || name == "as.factor" else {
      throw error(
        "A grouping factor is a column, or several joined by ':' or '/', not an expression.")
    }
    advance()
    let parenthesis = token
    advance()
    let column = try parseColumn()
    guard token.kind == .symbol(")") || token.kind == .end else {
      throw error("\(name)() takes the name of one column.")
    }
    try expectClosing(of: parenthesis)
    return GroupingList(column: column)
  }

  /// A sentence for operators that R knows but that do not join grouping factors here.
  private func requireEndOfGrouping() throws(FormulaError) {
    let rule = "Grouping factors are joined by ':' or '/'"
    switch token.kind {
    case .symbol("+"):
      throw error("\(rule); for 'a + b' write two terms, '(1 | a) + (1 | b)'.")
    case .symbol("*"):
      throw error("\(rule); for 'a * b' write three terms, '(1 | a) + (1 | b) + (1 | a:b)'.")
    case .symbol("-"), .symbol("^"): throw error("\(rule), found \(token.quotedText).")
    default: return
    }
  }

  private func limit(_ groupings: GroupingList, at start: FormulaToken) throws(FormulaError) {
    try limitTerms(groupings.factors.count, at: start)
    guard groupings.factors.allSatisfy({ $0.count <= Self.maximumOrder }) else {
      throw error("An interaction can have \(Self.maximumOrder) variables at most.", at: start)
    }
  }
}
