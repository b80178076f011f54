/// A function of a model's parameters as a person writes it: `exp(treated)`,
/// `exp(2 * log_sd(Intercept))`, `x1 / x2`.
///
/// It is arithmetic as inside a formula's functions. Parameters stand by their names, as results
/// have them; of several that fit the longest counts, and backticks may be around any.
public struct ParameterFunction: Sendable, Equatable {
  /// The function as it was written.
  public let text: String
  /// The places in the list of names of the parameters that it depends on.
  public let arguments: [Int]
  private let expression: ArithmeticExpression

  /// - Parameters:
  ///   - text: the function.
  ///   - names: those of all parameters.
  /// - Throws: `FormulaError` if it is no arithmetic on parameters.
  public init(_ text: String, of names: [String]) throws(FormulaError) {
    self.text = text
    var parser = try FormulaParser(Self.quoting(names, in: text))
    let expression = try parser.parseArithmetic()
    func error(_ message: String) -> FormulaError {
      FormulaError(message, formula: text, position: 0)
    }
    guard !expression.isScaled else {
      throw error("scale() is of the rows of data, which a function of parameters does not have.")
    }
    var arguments: [Int] = []
    for input in expression.inputs {
      guard case .column(let name) = input else {
        throw error("A parameter is a number: it cannot be compared with a text.")
      }
      guard let place = names.firstIndex(of: name) else {
        let hint = nearestName(to: name, among: names).map { " (did you mean '\($0)'?)" }
        throw error(
          "There is no parameter \(quoted(name))\(hint ?? ""); there are "
            + "\(listed(names.map(quoted))).")
      }
      arguments.append(place)
    }
    guard !arguments.isEmpty else { throw error("It depends on no parameter.") }
    self.arguments = arguments
    self.expression = expression
  }

  /// The value for each row.
  /// - Parameter columns: for each of `arguments` the values of the parameter, one a row.
  public func values(_ columns: [[Double]]) -> [Double] {
    expression.evaluate(columns, rows: columns.first?.count ?? 0).values
  }

  /// The text with backticks around the names that a formula would read otherwise, such as
  /// `log_sd(Intercept)` or `x1:treated`.
  private static func quoting(_ names: [String], in text: String) -> String {
    let special = names.filter { !$0.allSatisfy(FormulaToken.isNameCharacter) }
      .sorted { $0.count > $1.count }.map { Array($0) }
    let characters = Array(text)
    var result = ""
    var position = 0
    while position < characters.count {
      let isInName = position > 0 && FormulaToken.isNameCharacter(characters[position - 1])
      let found = isInName ? nil : special.first { characters[position...].starts(with: $0) }
      if characters[position] == "`" {
        let end = characters[(position + 1)...].firstIndex(of: "`") ?? characters.count - 1
        result += String(characters[position...end])
        position = end + 1
      } else if let found, !continues(characters, at: position + found.count) {
        result += "`" + String(found) + "`"
        position += found.count
      } else {
        result.append(characters[position])
        position += 1
      }
    }
    return result
  }

  /// Whether what stands at a place goes on with a name.
  private static func continues(_ characters: [Character], at place: Int) -> Bool {
    place < characters.count
      && (FormulaToken.isNameCharacter(characters[place]) || characters[place] == ":")
  }
}
