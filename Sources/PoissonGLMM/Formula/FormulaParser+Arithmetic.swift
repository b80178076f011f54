/// Arithmetic inside functions. Operators bind as in R: `^` over a sign over `%%` over `*` and `/`
/// over `+` and `-` over comparisons over `!` over `&` over `|`.
extension FormulaParser {
  /// An argument of a function: arithmetic, a text, a list, a factor.
  mutating func parseValue() throws(FormulaError) -> FormulaValue {
    let start = place
    var value = try parseConjunction()
    while take("|") || take("||") {
      let operand = place
      value = try .combined((value, start), " | ", .or, (try parseConjunction(), operand))
    }
    return value
  }

  /// `a & b`
  private mutating func parseConjunction() throws(FormulaError) -> FormulaValue {
    let start = place
    var value = try parseNegation()
    while take("&") || take("&&") {
      let operand = place
      value = try .combined((value, start), " & ", .and, (try parseNegation(), operand))
    }
    return value
  }

  /// `!a`
  private mutating func parseNegation() throws(FormulaError) -> FormulaValue {
    guard take("!") else { return try parseComparison() }
    let operand = place
    let value = try nested { (parser) throws(FormulaError) in try parser.parseNegation() }
    var expression = try value.arithmetic(at: operand)
    expression.wrap("!", "", .not)
    return .arithmetic(expression)
  }

  /// `a > b`
  private mutating func parseComparison() throws(FormulaError) -> FormulaValue {
    let start = place
    let value = try parseArithmeticSum()
    guard case .symbol(let symbol) = token.kind, let operation = BinaryOperation(rawValue: symbol),
      operation.isTruth, operation != .and, operation != .or
    else { return value }
    let symbolPlace = place
    advance()
    let operand = place
    let other = try parseArithmeticSum()
    if case .symbol(let next) = token.kind, BinaryOperation(rawValue: next)?.isTruth == true,
      next != "|", next != "&"
    {
      throw error("One comparison at a time: join them by '&', as in 'x > 1 & x < 2'.")
    }
    if let test = try labelTest(value, operation, other, at: symbolPlace) { return test }
    return try .combined((value, start), " \(symbol) ", operation, (other, operand))
  }

  /// `f == "a"`, if one side is a text.
  private func labelTest(
    _ left: FormulaValue, _ operation: BinaryOperation, _ right: FormulaValue,
    at place: FormulaPlace
  ) throws(FormulaError) -> FormulaValue? {
    let (label, other): (String, FormulaValue)
    switch (left, right) {
    case (_, .text(let text)): (label, other) = (text, left)
    case (.text(let text), _): (label, other) = (text, right)
    default: return nil
    }
    guard operation == .equal || operation == .unequal else {
      throw place.error("A text can be compared by '==' and '!=' only.")
    }
    guard let column = other.labelColumn else {
      throw place.error("Only a column can be compared with a text, as in 'f == \"a\"'.")
    }
    return .arithmetic(
      ArithmeticExpression(
        label: column, isAmong: [label], isNegated: operation == .unequal,
        text: "\(left.text) \(operation.rawValue) \(right.text)"))
  }

  private mutating func parseArithmeticSum() throws(FormulaError) -> FormulaValue {
    let start = place
    var value = try parseProduct()
    while case .symbol(let symbol) = token.kind, symbol == "+" || symbol == "-" {
      advance()
      let operand = place
      value = try .combined(
        (value, start), " \(symbol) ", symbol == "+" ? .add : .subtract,
        (try parseProduct(), operand))
    }
    return value
  }

  private mutating func parseProduct() throws(FormulaError) -> FormulaValue {
    let start = place
    var value = try parseSpecial()
    while case .symbol(let symbol) = token.kind, symbol == "*" || symbol == "/" {
      advance()
      let operand = place
      value = try .combined(
        (value, start), symbol == "*" ? " * " : "/", symbol == "*" ? .multiply : .divide,
        (try parseSpecial(), operand))
    }
    return value
  }

  /// `a %% b`, `a %/% b`, `f %in% c("a", "b")`
  private mutating func parseSpecial() throws(FormulaError) -> FormulaValue {
    let start = place
    var value = try parseSigned()
    while case .symbol(let symbol) = token.kind, symbol.hasPrefix("%") {
      let symbolPlace = place
      advance()
      let operand = place
      let other = try parseSigned()
      if let operation = BinaryOperation(rawValue: symbol) {
        value = try .combined((value, start), symbol, operation, (other, operand))
      } else {
        guard let column = value.labelColumn, let labels = other.labels else {
          throw symbolPlace.error(
            "Expected a column and its values, as in 'f %in% c(\"a\", \"b\")'.")
        }
        value = .arithmetic(
          ArithmeticExpression(
            label: column, isAmong: labels, isNegated: false,
            text: "\(value.text) %in% \(other.text)"))
      }
    }
    return value
  }

  private mutating func parseSigned() throws(FormulaError) -> FormulaValue {
    let isNegative = token.kind == .symbol("-")
    guard isNegative || token.kind == .symbol("+") else { return try parseArithmeticPower() }
    advance()
    let operand = place
    let value = try nested { (parser) throws(FormulaError) in try parser.parseSigned() }
    var expression = try value.arithmetic(at: operand)
    expression.wrap(isNegative ? "-" : "+", "", isNegative ? .negate : nil)
    return .arithmetic(expression)
  }

  private mutating func parseArithmeticPower() throws(FormulaError) -> FormulaValue {
    let start = place
    let base = try parsePrimary()
    guard take("^") else { return base }
    // Powers associate to the right, and an exponent may have a sign: x^-2^y is x^(-(2^y)).
    let operand = place
    let exponent = try nested { (parser) throws(FormulaError) in try parser.parseSigned() }
    return try .combined((base, start), "^", .power, (exponent, operand))
  }

  private mutating func parsePrimary() throws(FormulaError) -> FormulaValue {
    let start = token
    switch token.kind {
    case .number(let digits):
      guard let number = Double(digits.hasSuffix("L") ? String(digits.dropLast()) : digits),
        number.isFinite
      else {
        throw error("Expected a number that a computer can hold, found \(token.quotedText).")
      }
      advance()
      return .arithmetic(ArithmeticExpression(constant: number, text: RText.number(number)))
    case .text(let text):
      advance()
      return .text(text)
    case .name(let name):
      if isBefore("(") { return try parseFunction(name) }
      if let constant = Self.constants[name] {
        advance()
        return .arithmetic(
          ArithmeticExpression(constant: constant, text: name, isTruth: name != "pi"))
      }
      return .arithmetic(ArithmeticExpression(column: try parseColumn()))
    case .symbol("("):
      advance()
      let value = try nested { (parser) throws(FormulaError) in
        let value = try parser.parseValue()
        try parser.expectClosing(of: start)
        return value
      }
      guard case .arithmetic(var expression) = value else { return value }
      expression.wrap("(", ")")
      return .arithmetic(expression)
    case .end: throw error("Expected a number or a column, but the formula ends here.")
    default: throw error("Expected a number or a column, found \(token.quotedText).")
    }
  }

  /// What these names mean inside functions.
  private static let constants = ["pi": Double.pi, "TRUE": 1, "FALSE": 0]

  /// A call at the name of its function.
  mutating func parseFunction(_ name: String) throws(FormulaError) -> FormulaValue {
    let start = place
    if name == "c" { return .list(try parseArguments().map(\.value)) }
    guard name != "offset" else { throw error("offset() cannot stand inside arithmetic.") }
    guard let signature = FunctionSignature.byName[name] else {
      throw error(FunctionSignature.unknown(name))
    }
    return try FormulaCall(of: signature, try parseArguments(), at: start).value()
  }

  /// The name of a function and its arguments in parentheses.
  mutating func parseArguments() throws(FormulaError) -> [CallArgument] {
    advance()
    let opening = token
    advance()
    return try nested { (parser) throws(FormulaError) in
      var arguments: [CallArgument] = []
      if parser.take(")") { return arguments }
      repeat {
        arguments.append(try parser.parseArgument())
      } while parser.take(",")
      try parser.expectClosing(of: opening)
      return arguments
    }
  }

  private mutating func parseArgument() throws(FormulaError) -> CallArgument {
    var name: String?
    if case .name(let word) = token.kind, isBefore("=") {
      name = word
      advance()
      advance()
    }
    let start = place
    return CallArgument(name: name, value: try parseValue(), place: start)
  }
}
