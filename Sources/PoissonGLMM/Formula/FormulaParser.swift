/// Recursive descent over the tokens of a formula. Operators bind as in R: `^` over `:` over `*`
/// over `+` and `-`.
struct FormulaParser {
  /// Limits of a formula; beyond them it is a mistake or an attack.
  static let maximumLength = 20_000
  static let maximumNesting = 100
  static let maximumTerms = 1000
  static let maximumOrder = 20

  let text: String
  private let tokens: [FormulaToken]
  /// For each token, whether it is a parenthesis with a bar directly inside: `(1 | g)`.
  private let opensRandomTerm: [Bool]
  private var next = 0
  private var nesting = 0
  private(set) var response = ""
  /// What `.` stands for; nil as long as the columns of the data are not known.
  let otherColumns: [String]?
  var usesOtherColumns = false
  /// The variables of the part being read: the fixed effects, or the effects of one random term.
  var variables: [FormulaVariable] = []
  var isInRandomTerm = false
  /// For the columns of each grouping factor, the effects so far, by the variables in them.
  var randomEffects: [Set<String>: Set<Set<FormulaVariable>>] = [:]

  /// - Parameter otherColumns: the columns that `.` stands for, if they are known.
  init(_ text: String, otherColumns: [String]? = nil) throws(FormulaError) {
    self.text = text
    self.otherColumns = otherColumns
    guard text.count <= Self.maximumLength else {
      throw FormulaError(
        "A formula can have \(Self.maximumLength) characters at most.", formula: text, position: 0)
    }
    tokens = try FormulaToken.tokens(of: text)
    var opensRandomTerm = Array(repeating: false, count: tokens.count)
    var open: [Int] = []
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .symbol("("): open.append(index)
      case .symbol(")"): _ = open.popLast()
      case .symbol("|"), .symbol("||"): if let last = open.last { opensRandomTerm[last] = true }
      default: break
      }
    }
    self.opensRandomTerm = opensRandomTerm
  }

  /// The whole formula.
  mutating func parse() throws(FormulaError) -> Formula {
    response = try parseResponse()
    if token.kind == .end {
      throw error("Expected predictors after '~', for example '1 + (1 | group)'.")
    }
    let sum = try parseSum()
    try expectEnd()
    return Formula(
      text: text, response: response, fixed: termSet(sum),
      randomFactors: FormulaFactor.merging(sum.random), offsets: sum.offsets,
      otherColumns: usesOtherColumns ? otherColumns.map { .columns($0) } ?? .open : .notUsed)
  }

  /// The whole text as arithmetic.
  mutating func parseArithmetic() throws(FormulaError) -> ArithmeticExpression {
    let start = place
    let value = try parseValue()
    try expectEnd()
    return try value.arithmetic(at: start)
  }

  /// The terms of `sum` with the variables read so far; there is an intercept unless it was
  /// dropped.
  func termSet(_ sum: TermSum) -> TermSet {
    TermSet(
      hasIntercept: sum.intercept ?? true, variables: variables, terms: sum.terms.terms)
  }

  private mutating func parseResponse() throws(FormulaError) -> String {
    guard tokens.contains(where: { $0.kind == .symbol("~") }) else {
      if let sign = tokens.first(where: { $0.kind == .symbol("=") }) {
        throw error("Expected '~' between the response and the predictors, not '='.", at: sign)
      }
      throw FormulaError(
        "Expected '~' between the response and the predictors, as in 'y ~ x + (1 | group)'.",
        formula: text, position: text.count)
    }
    guard case .name(let name) = token.kind else {
      throw error("Expected the response, the name of a column of counts, before '~'.")
    }
    advance()
    guard take("~") else { throw responseError(name) }
    return name
  }

  /// A response that is more than a column: what its writer may want, and how that is had.
  private func responseError(_ name: String) -> FormulaError {
    let rule = "The response must be one column of counts"
    let isAlone = next + 2 < tokens.count && tokens[next + 2].kind == .symbol(")")
    var inner = "y"
    if isAlone, next + 1 < tokens.count, case .name(let column) = tokens[next + 1].kind {
      inner = column
    }
    switch token.kind {
    case .symbol("(") where ["log", "log1p", "log2", "log10", "sqrt"].contains(name):
      return error(
        "\(rule), as they are: the model is one of the log of what is expected, and so \(name)() "
          + "is left out, as in '\(inner) ~'.")
    case .symbol("(") where name == "cbind":
      return error(
        "\(rule): cbind() of successes and failures is a binomial model, which this is not.")
    case .symbol("("):
      return error("\(rule), not a function of it: write '\(inner) ~'.")
    case .symbol("/"):
      return error(
        "\(rule), not a rate: what the counts are divided by is an offset, as in "
          + "'\(name) ~ x + offset(log(days))'.")
    default: return error("\(rule): expected '~', found \(token.quotedText).")
    }
  }

  private func expectEnd() throws(FormulaError) {
    switch token.kind {
    case .end: return
    case .symbol("~"): throw error("There can be only one '~'.")
    case .symbol(")"): throw error("This parenthesis was never opened.")
    case .symbol("|"), .symbol("||"):
      throw error("A random term stands in parentheses, as in '(1 | group)'.")
    case .symbol(let symbol) where Self.comparisons.contains(symbol): throw comparisonError()
    case .symbol("="), .symbol(","): throw argumentError()
    default: throw error("Expected an operator, found \(token.quotedText).")
    }
  }
}

/// Reading tokens, for every part of the grammar.
extension FormulaParser {
  var token: FormulaToken { tokens[next] }
  /// Whether the token after the current one is the symbol: a name before `(` is that of a
  /// function.
  func isBefore(_ symbol: String) -> Bool {
    next + 1 < tokens.count && tokens[next + 1].kind == .symbol(symbol)
  }
  /// Whether the token before the current one is the symbol.
  func isAfter(_ symbol: String) -> Bool {
    next > 0 && tokens[next - 1].kind == .symbol(symbol)
  }
  var isAtRandomTerm: Bool { opensRandomTerm[next] }

  mutating func advance() {
    next = min(next + 1, tokens.count - 1)
  }

  /// Moves past the token if it is the symbol.
  mutating func take(_ symbol: String) -> Bool {
    guard token.kind == .symbol(symbol) else { return false }
    advance()
    return true
  }

  /// Where the current token begins.
  var place: FormulaPlace { FormulaPlace(formula: text, position: token.position) }

  /// What '=' and ',' stand for in R's calls has no place in a formula.
  func argumentError() -> FormulaError {
    if token.kind == .symbol(",") {
      return error(
        "Expected an operator, found ','. What R takes beside a formula, as weights, is said by "
          + "options of their own.")
    }
    let name = next > 0 ? tokens[next - 1].kind : .end
    switch name {
    case .name("offset"): return error("An offset is a term, as in 'y ~ x + offset(log(days))'.")
    case .name("weights"): return error("Weights are an option of their own and no term.")
    default:
      return error(
        "'=' joins nothing in a formula: a term is named alone, and a comparison is '==' within "
          + "I(), as in 'I(x == 2)'.")
    }
  }

  private static let comparisons: Set<String> = ["<", ">", "<=", ">=", "==", "!=", "&", "&&", "!"]

  private func comparisonError() -> FormulaError {
    error("Comparisons stand in I(), as in 'I(x > 2)'.")
  }

  func error(_ message: String, at place: FormulaToken? = nil) -> FormulaError {
    FormulaError(message, formula: text, position: (place ?? token).position)
  }

  mutating func expectClosing(of opening: FormulaToken) throws(FormulaError) {
    if take(")") { return }
    if token.kind == .symbol("=") { throw argumentError() }
    if case .symbol(let symbol) = token.kind, Self.comparisons.contains(symbol) {
      throw comparisonError()
    }
    guard token.kind == .end else {
      throw error("Expected an operator or ')', found \(token.quotedText).")
    }
    throw error("This parenthesis is never closed.", at: opening)
  }

  /// Reads what is in parentheses, one level deeper; unlimited depth would exhaust the call stack.
  mutating func nested<Value>(
    _ body: (inout FormulaParser) throws(FormulaError) -> Value
  ) throws(FormulaError) -> Value {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.maximumNesting else {
      throw error("The formula is nested more than \(Self.maximumNesting) levels deep.")
    }
    return try body(&self)
  }

  /// The name of a column that is not the response.
  mutating func parseColumn() throws(FormulaError) -> String {
    guard case .name(let name) = token.kind else {
      throw error("Expected the name of a column, found \(token.quotedText).")
    }
    guard name != response else {
      throw error("'\(name)' is the response and cannot be used on the right side.")
    }
    advance()
    return name
  }
}
