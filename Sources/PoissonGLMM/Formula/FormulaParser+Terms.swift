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
        // 'x + -1' takes 1 away.
        isAdded = !take("-")
      } else if take("-") {
        isAdded = false
      } else {
        return sum
      }
    }
  }

  /// `a * b`, which is `a + b + a:b`, and `a / b`, which is `a + a:b`
  private mutating func parseCrossing() throws(FormulaError) -> TermSum {
    let start = token
    var left = try parseWithin()
    while case .symbol(let symbol) = token.kind, symbol == "*" || symbol == "/" {
      advance()
      try requireTermsOnly(left, at: start)
      let rightStart = token
      let right = try parseWithin()
      try requireTermsOnly(right, at: rightStart)
      if symbol == "*" {
        try cross(&left.terms, right.terms, at: start)
      } else {
        var inner = left.terms.union
        try interact(&inner, right.terms, at: start)
        left.terms.add(inner)
        try limitTerms(left.terms.terms.count, at: start)
      }
    }
    return left
  }

  /// `a %in% b`, which is `a:b`
  private mutating func parseWithin() throws(FormulaError) -> TermSum {
    let start = token
    var left = try parseInteraction()
    while take("%in%") {
      try requireTermsOnly(left, at: start)
      let rightStart = token
      let right = try parseInteraction()
      try requireTermsOnly(right, at: rightStart)
      try interact(&left.terms, right.terms.union, at: start)
    }
    return left
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
    guard case .number(let digits) = token.kind,
      let exponent = Int(digits.hasSuffix("L") ? String(digits.dropLast()) : digits), exponent >= 1
    else {
      throw error("Expected a whole number, 1 or more, found \(token.quotedText).")
    }
    advance()
    let factors = base.terms
    // What '.' stands for may not be known yet.
    let isOpen = usesOtherColumns && otherColumns == nil
    guard factors.terms.count > 1 || isOpen else {
      throw error(
        "A power of one term is only the term itself: write I(x^2) for a square.", at: operation)
    }
    // A term holds each factor once at most, so that further powers add nothing.
    for _ in 0..<min(exponent, factors.terms.count) - 1 {
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
      if isBefore("(") { return try parseCall(name) }
      if name == "." { return try parseOtherColumns() }
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
    case .symbol(":") where isAfter(":"):
      throw error("A function stands without its package, as in 'ns(x, 3)'.")
    default: throw error("Expected a term, found \(token.quotedText).")
    }
  }

  /// `.`, the sum of all columns that are not the response, in a grouping factor or an offset.
  private mutating func parseOtherColumns() throws(FormulaError) -> TermSum {
    guard !isInRandomTerm else {
      throw error("'.', for all other columns, stands among the fixed effects only.")
    }
    usesOtherColumns = true
    guard let otherColumns else {
      advance()
      return term(.column("."))
    }
    guard !otherColumns.isEmpty else {
      throw error("'.' stands for all other columns, but the data have none.")
    }
    try limitTerms(otherColumns.count, at: token)
    advance()
    var sum = TermSum()
    for column in otherColumns { sum.terms.add(term(.column(column)).terms) }
    return sum
  }

  /// A function, or `offset(...)`.
  private mutating func parseCall(_ function: String) throws(FormulaError) -> TermSum {
    let start = token
    if function == "offset" { return try parseOffset() }
    let value = try parseFunction(function)
    switch value {
    case .arithmetic(let expression):
      guard !expression.inputs.isEmpty else {
        throw error("\(expression.text) holds no column: it is the same for every row.", at: start)
      }
      return term(.expression(expression))
    case .factor(let factor): return term(.factor(factor))
    case .basis(let basis): return term(.basis(basis))
    case .text, .list: throw error("Expected a term, found a list.", at: start)
    }
  }

  private mutating func parseOffset() throws(FormulaError) -> TermSum {
    let start = token
    guard !isInRandomTerm else { throw error("offset() cannot be part of a random term.") }
    let arguments = try parseArguments()
    guard arguments.count == 1, arguments[0].name == nil else {
      throw error("offset() has one argument: it is written 'offset(log(days))'.", at: start)
    }
    let offset = try arguments[0].arithmetic()
    guard !offset.isScaled else {
      throw error(
        "scale() cannot be part of an offset, which is known without the data.", at: start)
    }
    return TermSum(offsets: [offset])
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
