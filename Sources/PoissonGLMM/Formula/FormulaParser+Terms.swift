/// What a sum of terms holds.
struct TermSum {
  var terms = TermList()
  /// Whether `1` (true) or `0` (false) came last; nil if neither was written.
  var intercept: Bool?
  var random: [RandomTerm] = []
  var offsets: [ArithmeticExpression] = []
}

/// Sums and interactions of terms.
extension FormulaParser {
  /// `a + b - c`
  mutating func parseSum() throws(FormulaError) -> TermSum {
    var sum = TermSum()
    var isAdded = !take("-")
    if isAdded { _ = take("+") }
    while true {
      let start = token
      let part = try parseCrossing()
      if isAdded {
        sum.terms.add(part.terms)
        sum.intercept = part.intercept ?? sum.intercept
        sum.random += part.random
        sum.offsets += part.offsets
        try limitTerms(max(sum.terms.terms.count, sum.random.count), at: start)
      } else {
        guard part.random.isEmpty, part.offsets.isEmpty else {
          throw error("Only fixed effects can be taken away.", at: start)
        }
        sum.terms.subtract(part.terms)
        sum.intercept = part.intercept.map { !$0 } ?? sum.intercept
      }
      if take("+") {
        isAdded = true
      } else if take("-") {
        isAdded = false
      } else {
        return sum
      }
    }
  }

  /// `a * b`, which is `a + b + a:b`
  private mutating func parseCrossing() throws(FormulaError) -> TermSum {
    let start = token
    var left = try parseInteraction()
    while true {
      if token.kind == .symbol("/") {
        throw error("'a / b' is not supported: write 'a + a:b', or 'I(a / b)' for a quotient.")
      }
      guard take("*") else { return left }
      try requireTermsOnly(left, at: start)
      let rightStart = token
      let right = try parseInteraction()
      try requireTermsOnly(right, at: rightStart)
      try cross(&left.terms, right.terms, at: start)
    }
  }

  /// `a : b`
  private mutating func parseInteraction() throws(FormulaError) -> TermSum {
    let start = token
    var left = try parsePower()
    while take(":") {
      try requireTermsOnly(left, at: start)
      let rightStart = token
      let right = try parsePower()
      try requireTermsOnly(right, at: rightStart)
      try interact(&left.terms, right.terms, at: start)
    }
    return left
  }

  /// `(a + b)^2`, which is `(a + b) * (a + b)`
  private mutating func parsePower() throws(FormulaError) -> TermSum {
    let start = token
    var base = try parseAtom()
    let operation = token
    guard take("^") else { return base }
    try requireTermsOnly(base, at: start)
    guard case .number(let digits) = token.kind, let exponent = Int(digits), exponent >= 1 else {
      throw error("Expected a whole number, 1 or more, found \(token.quotedText).")
    }
    advance()
    let factors = base.terms
    guard factors.terms.count > 1 else {
      throw error(
        "A power of one term is only the term itself: write I(x^2) for a square.", at: operation)
    }
    // A term holds each factor once at most, so that further powers add nothing.
    for _ in 1..<min(exponent, factors.terms.count) {
      try cross(&base.terms, factors, at: start)
    }
    return base
  }

  private mutating func parseAtom() throws(FormulaError) -> TermSum {
    let start = token
    switch token.kind {
    case .number(let digits):
      guard digits == "0" || digits == "1" else {
        throw error(
          "Only 0 and 1, for the intercept, stand by themselves; arithmetic stands in I().")
      }
      advance()
      return TermSum(intercept: digits == "1")
    case .name(let name):
      if isBeforeParenthesis { return try parseCall(name) }
      guard name != "." else {
        throw error("'.' for all other columns is not supported: name the columns.")
      }
      return term(.column(try parseColumn()))
    case .symbol("("):
      if isAtRandomTerm { return try parseRandomTerm() }
      advance()
      return try nested { (parser) throws(FormulaError) in
        let sum = try parser.parseSum()
        try parser.expectClosing(of: start)
        return sum
      }
    case .end: throw error("Expected a term, but the formula ends here.")
    default: throw error("Expected a term, found \(token.quotedText).")
    }
  }

  /// `factor(a)`, `offset(...)` or a function of numbers.
  private mutating func parseCall(_ function: String) throws(FormulaError) -> TermSum {
    let start = token
    if function == "factor" { return term(.factor(try parseFactor())) }
    if function == "offset" {
      guard !isInRandomTerm else { throw error("offset() cannot be part of a random term.") }
      return TermSum(offsets: [try parseArgument()])
    }
    let expression = try parseFunction(function)
    guard !expression.columns.isEmpty else {
      throw error("\(expression.text) holds no column: it is the same for every row.", at: start)
    }
    return term(.expression(expression))
  }

  /// The column of `factor(a)`.
  mutating func parseFactor() throws(FormulaError) -> String {
    advance()
    let opening = token
    advance()
    let column = try parseColumn()
    guard token.kind == .symbol(")") || token.kind == .end else {
      throw error("factor() takes the name of one column.")
    }
    try expectClosing(of: opening)
    return column
  }

  private mutating func term(_ variable: FormulaVariable) -> TermSum {
    let index = variables.firstIndex(of: variable) ?? variables.count
    if index == variables.count { variables.append(variable) }
    var sum = TermSum()
    sum.terms.insert([index])
    return sum
  }

  private func cross(
    _ terms: inout TermList, _ others: TermList, at start: FormulaToken
  ) throws(FormulaError) {
    var interactions = terms
    try interact(&interactions, others, at: start)
    terms.add(others)
    terms.add(interactions)
    try limitTerms(terms.terms.count, at: start)
  }

  private func interact(
    _ terms: inout TermList, _ others: TermList, at start: FormulaToken
  ) throws(FormulaError) {
    // Neither factor exceeds the limit for one list, so that the product cannot overflow.
    try limitTerms(terms.terms.count * others.terms.count, at: start)
    terms = terms.interaction(others)
    guard terms.terms.allSatisfy({ $0.count <= Self.maximumOrder }) else {
      throw error("An interaction can have \(Self.maximumOrder) variables at most.", at: start)
    }
  }

  func limitTerms(_ count: Int, at start: FormulaToken) throws(FormulaError) {
    if count > Self.maximumTerms {
      throw error("The formula has more than \(Self.maximumTerms) terms.", at: start)
    }
  }

  private func requireTermsOnly(_ sum: TermSum, at start: FormulaToken) throws(FormulaError) {
    if sum.intercept != nil {
      throw error("0 and 1, for the intercept, cannot be part of an interaction.", at: start)
    }
    if !sum.random.isEmpty || !sum.offsets.isEmpty {
      throw error("Only fixed effects can be part of an interaction.", at: start)
    }
  }
}
