/// The value of an argument, or of a whole call.
enum FormulaValue: Sendable {
  case arithmetic(ArithmeticExpression)
  case text(String)
  case factor(FactorExpression)
  case basis(BasisExpression)
  /// `c(1, 2)`
  case list([FormulaValue])

  /// The value as R writes it.
  var text: String {
    switch self {
    case .arithmetic(let expression): expression.text
    case .text(let text): RText.text(text)
    case .factor(let factor): factor.text
    case .basis(let basis): basis.text
    case .list(let values): "c(\(values.map(\.text).joined(separator: ", ")))"
    }
  }

  /// The labels in a text, a number or a list of them; nil if there is anything else.
  var labels: [String]? {
    switch self {
    case .text(let text): return [text]
    case .arithmetic(let expression):
      return expression.constant.map { [Grouping.label(ofNumber: $0)] }
    case .list(let values):
      let labels = values.compactMap(\.labels)
      return labels.count == values.count ? labels.flatMap { $0 } : nil
    case .factor, .basis: return nil
    }
  }

  /// The numbers in a number or a list of them; nil if there is anything else.
  var numbers: [Double]? {
    switch self {
    case .arithmetic(let expression): return expression.constant.map { [$0] }
    case .list(let values):
      let numbers = values.compactMap(\.numbers)
      return numbers.count == values.count ? numbers.flatMap { $0 } : nil
    case .text, .factor, .basis: return nil
    }
  }

  /// The value as arithmetic.
  /// - Throws: `FormulaError` at `place` if it is anything else.
  func arithmetic(at place: FormulaPlace) throws(FormulaError) -> ArithmeticExpression {
    switch self {
    case .arithmetic(let expression): return expression
    case .factor(let factor):
      let name = factor.text.prefix { $0 != "(" }
      throw place.error("\(name)() cannot stand inside arithmetic.")
    case .basis(let basis):
      let name = basis.text.prefix { $0 != "(" }
      throw place.error(
        "\(name)() makes several columns: it cannot stand inside arithmetic.")
    case .text: throw place.error("Expected a number or a column, found a text.")
    case .list: throw place.error("Expected a number or a column, found a list.")
    }
  }

  /// `left OPERATOR right`
  static func combined(
    _ left: (value: FormulaValue, place: FormulaPlace), _ symbol: String,
    _ operation: BinaryOperation, _ right: (value: FormulaValue, place: FormulaPlace)
  ) throws(FormulaError) -> FormulaValue {
    var expression = try left.value.arithmetic(at: left.place)
    expression.combine(symbol, operation, with: try right.value.arithmetic(at: right.place))
    return .arithmetic(expression)
  }

  /// The column whose labels the value is, if it is no more than a column.
  var labelColumn: String? {
    switch self {
    case .arithmetic(let expression): expression.onlyColumn
    case .factor(let factor): if case .column(let name) = factor.source { name } else { nil }
    default: nil
    }
  }
}
