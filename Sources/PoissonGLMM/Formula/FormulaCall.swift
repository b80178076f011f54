/// One argument of a call.
struct CallArgument {
  /// The name before `=`, if there is one.
  let name: String?
  let value: FormulaValue
  /// Where the value begins.
  let place: FormulaPlace

  /// The value as arithmetic.
  func arithmetic() throws(FormulaError) -> ArithmeticExpression {
    try value.arithmetic(at: place)
  }

  /// Whether the value is TRUE; nil if it is neither that nor FALSE.
  var truth: Bool? {
    guard case .arithmetic(let expression) = value else { return nil }
    switch expression.onlyColumn {
    case "T": return true
    case "F": return false
    default: return expression.isTruth ? expression.constant.map { $0 != 0 } : nil
    }
  }

  /// The error that says what was expected in place of the value.
  func expected(_ what: String) -> FormulaError {
    place.error("Expected \(what), found \(quoted(value.text)).")
  }
}

/// A call of a function, its arguments matched to the function's parameters.
struct FormulaCall {
  let signature: FunctionSignature
  /// The name of the function.
  let place: FormulaPlace
  /// The call as R writes it.
  let text: String
  /// The first argument, without which there is no call.
  let first: CallArgument
  private let arguments: [String: CallArgument]

  subscript(parameter: String) -> CallArgument? { arguments[parameter] }

  /// Matches arguments to parameters as R does, without its abbreviations: those with a name by
  /// their names, the others in order to what is left.
  /// - Throws: `FormulaError` at the first argument that the function does not have.
  init(
    of signature: FunctionSignature, _ arguments: [CallArgument], at place: FormulaPlace
  ) throws(FormulaError) {
    let (name, usage) = (signature.name, signature.usage)
    var matched: [String: CallArgument] = [:]
    for argument in arguments {
      guard let parameter = argument.name else { continue }
      guard name != "I" else {
        throw argument.place.error("A comparison is '==', as in 'I(x == 2)', not '='.")
      }
      guard signature.parameters.contains(parameter) else {
        let hint = nearestName(to: parameter, among: signature.parameters)
          .map { " (did you mean '\($0)'?)" }
        throw argument.place.error(
          "\(quoted(parameter)) is not an argument of \(name)()\(hint ?? ""): "
            + "it is written \(usage).")
      }
      guard matched.updateValue(argument, forKey: parameter) == nil else {
        throw argument.place.error("\(name)() has '\(parameter)' twice.")
      }
    }
    var free = signature.parameters.filter { matched[$0] == nil }[...]
    for argument in arguments where argument.name == nil {
      guard let parameter = free.popFirst() else {
        throw argument.place.error("\(name)() has too many arguments: it is written \(usage).")
      }
      matched[parameter] = argument
    }
    guard let first = matched[signature.parameters[0]] else {
      throw place.error("\(name)() lacks its argument: it is written \(usage).")
    }
    let written = arguments.map { argument in
      (argument.name.map { "\($0) = " } ?? "") + argument.value.text
    }
    self.signature = signature
    self.place = place
    self.first = first
    self.arguments = matched
    text = "\(name)(\(written.joined(separator: ", ")))"
  }

  /// An argument that must be there.
  func required(_ parameter: String) throws(FormulaError) -> CallArgument {
    guard let argument = arguments[parameter] else {
      throw place.error(
        "\(signature.name)() lacks '\(parameter)': it is written \(signature.usage).")
    }
    return argument
  }

  /// An argument that must be TRUE or FALSE; false if it is not there.
  func flag(_ parameter: String) throws(FormulaError) -> Bool {
    guard let argument = arguments[parameter] else { return false }
    guard let value = argument.truth else {
      throw argument.expected("TRUE or FALSE for '\(parameter)'")
    }
    return value
  }

  /// An argument that must be a whole number from `least` on; nil if it is not there.
  func wholeNumber(_ parameter: String, from least: Int) throws(FormulaError) -> Int? {
    guard let argument = arguments[parameter] else { return nil }
    let most = BasisExpression.maximumColumns
    guard let numbers = argument.value.numbers, numbers.count == 1,
      let number = Int(exactly: numbers[0]), least...most ~= number
    else {
      throw argument.expected("a whole number from \(least) to \(most) for '\(parameter)'")
    }
    return number
  }

  /// An argument that must be a number or a list of different numbers; nil if it is not there.
  /// - Returns: the numbers, ascending.
  func differentNumbers(_ parameter: String) throws(FormulaError) -> [Double]? {
    guard let argument = arguments[parameter] else { return nil }
    guard let numbers = argument.value.numbers, !numbers.isEmpty, numbers.allSatisfy(\.isFinite),
      Set(numbers).count == numbers.count, numbers.count <= BasisExpression.maximumColumns
    else { throw argument.expected("different numbers, as in '\(parameter) = c(1, 2)'") }
    return numbers.sorted()
  }
}
