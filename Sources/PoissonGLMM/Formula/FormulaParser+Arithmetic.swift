/// Arithmetic inside functions. Operators bind as in R: `^` over a sign over `*` and `/` over `+`
/// and `-`.
extension FormulaParser {
  /// `log(...)`, `exp(...)`, `sqrt(...)` or `I(...)`, at its name.
  mutating func parseFunction(_ name: String) throws(FormulaError) -> ArithmeticExpression {
    let step: ArithmeticExpression.Step?
    switch name {
    case "log": step = .logarithm
    case "exp": step = .exponential
    case "sqrt": step = .squareRoot
    case "I": step = nil
    case "factor", "offset": throw error("\(name)() cannot stand inside arithmetic.")
    default:
      throw error(
        "\(quoted(name)) is not a known function: "
          + "there are log(), exp(), sqrt() and I(), factor() and offset()."
      )
    }
    var expression = try parseArgument()
    expression.wrap("\(name)(", ")", step)
    return expression
  }

  /// The name of a function and its one argument in parentheses.
  mutating func parseArgument() throws(FormulaError) -> ArithmeticExpression {
    advance()
    let opening = token
    advance()
    return try nested { (parser) throws(FormulaError) in
      let expression = try parser.parseArithmeticSum()
      if parser.token.kind == .symbol(",") { throw parser.error("Expected one argument only.") }
      try parser.expectClosing(of: opening)
      return expression
    }
  }

  private mutating func parseArithmeticSum() throws(FormulaError) -> ArithmeticExpression {
    var expression = try parseProduct()
    while true {
      if take("+") {
        expression.combine(" + ", .add, with: try parseProduct())
      } else if take("-") {
        expression.combine(" - ", .subtract, with: try parseProduct())
      } else {
        return expression
      }
    }
  }

  private mutating func parseProduct() throws(FormulaError) -> ArithmeticExpression {
    var expression = try parseSigned()
    while true {
      if take("*") {
        expression.combine(" * ", .multiply, with: try parseSigned())
      } else if take("/") {
        expression.combine("/", .divide, with: try parseSigned())
      } else {
        return expression
      }
    }
  }

  private mutating func parseSigned() throws(FormulaError) -> ArithmeticExpression {
    let isNegative = token.kind == .symbol("-")
    guard isNegative || token.kind == .symbol("+") else { return try parseArithmeticPower() }
    advance()
    var expression = try nested { (parser) throws(FormulaError) in try parser.parseSigned() }
    expression.wrap(isNegative ? "-" : "+", "", isNegative ? .negate : nil)
    return expression
  }

  private mutating func parseArithmeticPower() throws(FormulaError) -> ArithmeticExpression {
    var base = try parsePrimary()
    guard take("^") else { return base }
    // Powers associate to the right, and an exponent may have a sign: x^-2^y is x^(-(2^y)).
    let exponent = try nested { (parser) throws(FormulaError) in try parser.parseSigned() }
    base.combine("^", .power, with: exponent)
    return base
  }

  private mutating func parsePrimary() throws(FormulaError) -> ArithmeticExpression {
    let start = token
    switch token.kind {
    case .number(let digits):
      guard let number = Double(digits), number.isFinite else {
        throw error("Expected a number that a computer can hold, found \(token.quotedText).")
      }
      advance()
      return ArithmeticExpression(constant: number, text: digits)
    case .name(let name):
      if isBeforeParenthesis { return try parseFunction(name) }
      return ArithmeticExpression(column: try parseColumn())
    case .symbol("("):
      advance()
      var expression = try nested { (parser) throws(FormulaError) in
        let expression = try parser.parseArithmeticSum()
        try parser.expectClosing(of: start)
        return expression
      }
      expression.wrap("(", ")", nil)
      return expression
    case .end: throw error("Expected a number or a column, but the formula ends here.")
    default: throw error("Expected a number or a column, found \(token.quotedText).")
    }
  }
}
