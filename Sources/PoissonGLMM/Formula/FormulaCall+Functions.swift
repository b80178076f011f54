/// What each function makes of its arguments.
extension FormulaCall {
  /// The value of the call.
  /// - Throws: `FormulaError` at an argument that is not as the function has it.
  func value() throws(FormulaError) -> FormulaValue {
    switch signature.name {
    case "factor", "as.factor": return .factor(try factor())
    case "relevel": return .factor(try relevel())
    case "poly", "ns", "bs": return .basis(try basis())
    case "scale": return .arithmetic(try scale())
    case "ifelse": return .arithmetic(try choice())
    case "pmin": return .arithmetic(try combination(.smaller))
    case "pmax": return .arithmetic(try combination(.larger))
    default: return .arithmetic(try elementary())
    }
  }

  private func elementary() throws(FormulaError) -> ArithmeticExpression {
    var expression = try first.arithmetic()
    switch signature.name {
    case "I": return expression.written(as: text)
    case "as.numeric": return expression.written(as: text, isTruth: false)
    case "as.integer": expression.finish(.function(.trunc))
    case "log":
      guard let base = self["base"] else {
        expression.finish(.function(.log))
        break
      }
      try appendLogarithm(to: &expression, base: base)
    case let name:
      guard let function = ElementaryFunction(rawValue: name) else { break }
      expression.finish(.function(function))
    }
    return expression.written(as: text)
  }

  /// The logarithm to a base. R takes those to 2 and 10 directly.
  private func appendLogarithm(
    to expression: inout ArithmeticExpression, base argument: CallArgument
  ) throws(FormulaError) {
    let base = try argument.arithmetic()
    switch base.constant {
    case 2: expression.finish(.function(.log2))
    case 10: expression.finish(.function(.log10))
    default:
      expression.finish(.function(.log))
      expression.append(base)
      expression.finish(.function(.log))
      expression.finish(.operation(.divide))
    }
  }

  private func combination(
    _ operation: BinaryOperation
  ) throws(FormulaError) -> ArithmeticExpression {
    var expression = try first.arithmetic()
    expression.append(try required("y").arithmetic())
    expression.finish(.operation(operation))
    return expression.written(as: text)
  }

  private func choice() throws(FormulaError) -> ArithmeticExpression {
    var expression = try first.arithmetic()
    let yes = try required("yes").arithmetic()
    let no = try required("no").arithmetic()
    expression.append(yes)
    expression.append(no)
    expression.finish(.choose, isTruth: yes.isTruth && no.isTruth)
    return expression.written(as: text)
  }

  private func scale() throws(FormulaError) -> ArithmeticExpression {
    var expression = try first.arithmetic()
    func part(_ parameter: String) throws(FormulaError) -> ArithmeticExpression.Scaling.Part {
      guard let argument = self[parameter] else { return .estimated }
      if let isWanted = argument.truth { return isWanted ? .estimated : .none }
      guard let numbers = argument.value.numbers, numbers.count == 1, numbers[0].isFinite,
        parameter == "center" || numbers[0] != 0
      else {
        let kind = parameter == "center" ? "" : " other than 0"
        throw argument.expected("TRUE, FALSE or a number\(kind) for '\(parameter)'")
      }
      return .given(numbers[0])
    }
    expression.finish(.scale(.init(center: try part("center"), scale: try part("scale"))))
    return expression.written(as: text)
  }

  private func factor() throws(FormulaError) -> FactorExpression {
    let inner = try factorArgument()
    guard let argument = self["levels"] else {
      return FactorExpression(
        text: text, source: inner.source, levels: inner.levels, reference: inner.reference)
    }
    guard let levels = argument.value.labels, levels.count > 1, Set(levels).count == levels.count
    else {
      throw argument.expected(
        "two levels or more, each once, as in 'levels = c(\"a\", \"b\")'")
    }
    return FactorExpression(text: text, source: inner.source, levels: levels)
  }

  private func relevel() throws(FormulaError) -> FactorExpression {
    let inner = try factorArgument()
    let argument = try required("ref")
    guard case .text(let reference) = argument.value else {
      throw argument.expected("a level in quotation marks, as in 'ref = \"a\"'")
    }
    return FactorExpression(
      text: text, source: inner.source, levels: inner.levels, reference: reference)
  }

  /// The factor that a call's first argument is, or that is made of it.
  private func factorArgument() throws(FormulaError) -> FactorExpression {
    if case .factor(let factor) = first.value { return factor }
    let expression = try first.arithmetic()
    return FactorExpression(
      text: expression.text,
      source: expression.onlyColumn.map { .column($0) } ?? .expression(expression))
  }
}
