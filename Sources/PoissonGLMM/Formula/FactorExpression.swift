/// A factor that a formula makes: `factor(year)`, `factor(x > 2)`, `relevel(site, ref = "GP")`.
struct FactorExpression: Sendable, Hashable {
  enum Source: Sendable, Hashable {
    /// The levels are the labels of a column.
    case column(String)
    /// The levels are the values of an expression.
    case expression(ArithmeticExpression)
  }

  /// The expression as R writes it.
  let text: String
  let source: Source
  /// The levels in their order, if the formula gives them.
  let levels: [String]?
  /// The level that comes first, if the formula says so.
  let reference: String?

  init(text: String, source: Source, levels: [String]? = nil, reference: String? = nil) {
    self.text = text
    self.source = source
    self.levels = levels
    self.reference = reference
  }

  var columnRequests: [ColumnRequest] {
    switch source {
    case .column(let name): [ColumnRequest(name: name, use: .label)]
    case .expression(let expression): expression.columnRequests
    }
  }
}

extension ArithmeticExpression {
  var columnRequests: [ColumnRequest] {
    inputs.map { input in
      switch input {
      case .column(let name): ColumnRequest(name: name, use: .number)
      case .label(let name, _): ColumnRequest(name: name, use: .label)
      }
    }
  }
}
