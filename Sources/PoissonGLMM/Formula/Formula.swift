/// A model in the notation of R and lme4:
///
///     y ~ x1 * x2 + (1 + x1 || group) + offset(log(days))
///
/// - The response is the name of a column of counts.
/// - `a + b`, `a:b`, `a * b`, `(a + b)^2`, `a - b`; `0 +` or `- 1` drops the intercept.
/// - A column is numeric or, if it is text, a factor; `factor(a)` makes a factor of numbers.
///   Factors have treatment contrasts against the first level, or dummy variables for all levels,
///   by R's own rule.
/// - `log()`, `exp()`, `sqrt()` and `I()` hold arithmetic with `+ - * / ^`.
/// - `(1 | g)`, `(0 + x | g)`, `(1 + x || g)`: random effects, independent of each other, over one
///   grouping factor `g` or `g:h`. Several such terms add up.
/// - `offset(log(days))` is known; several add up.
/// - A name that is not made of letters, digits, `.` and `_` stands in backticks.
public struct Formula: Sendable, Equatable {
  /// The formula as it was written.
  public let text: String
  /// The column of counts.
  public let response: String
  /// The columns that make up the grouping factor; several for an interaction.
  public let groupingColumns: [String]

  let fixed: TermSet
  let random: [RandomTerm]
  let offsets: [ArithmeticExpression]

  /// Parses a formula.
  /// - Throws: `FormulaError` with the place of the first thing that is not as expected.
  public init(_ text: String) throws(FormulaError) {
    var parser = try FormulaParser(text)
    self = try parser.parse()
  }

  init(
    text: String, response: String, fixed: TermSet, random: [RandomTerm],
    offsets: [ArithmeticExpression], groupingColumns: [String]
  ) {
    self.text = text
    self.response = response
    self.fixed = fixed
    self.random = random
    self.offsets = offsets
    self.groupingColumns = groupingColumns
  }

  /// The grouping factor's name, for example `subject` or `school:class`.
  public var groupName: String { groupingColumns.joined(separator: ":") }

  /// Every column of the data that the formula uses, each once.
  public var columnNames: [String] { columnRequests.map(\.name) }

  /// Every column of the data that the formula uses, each once, with what it is used for.
  public var columnRequests: [ColumnRequest] {
    columnRequests(withResponse: true, withOffset: true)
  }

  /// The same, with or without the response and the offset.
  func columnRequests(withResponse: Bool, withOffset: Bool) -> [ColumnRequest] {
    let requests =
      (withResponse ? [ColumnRequest(name: response, use: .number)] : [])
      + fixed.columnRequests + random.flatMap(\.effects.columnRequests)
      + groupingColumns.map { ColumnRequest(name: $0, use: .label) }
      + (withOffset ? offsets.flatMap(\.columns) : []).map {
        ColumnRequest(name: $0, use: .number)
      }
    var names: [String] = []
    var strictest: [String: ColumnUse] = [:]
    for request in requests {
      guard let use = strictest[request.name] else {
        names.append(request.name)
        strictest[request.name] = request.use
        continue
      }
      strictest[request.name] = use.combined(with: request.use)
    }
    return names.compactMap { name in strictest[name].map { ColumnRequest(name: name, use: $0) } }
  }
}

/// The random effects of one pair of parentheses.
struct RandomTerm: Sendable, Equatable {
  let effects: TermSet
  /// For a term with a single bar, the same term with two: the form to suggest if the term has
  /// several effects.
  let independentForm: String?
}

extension ColumnUse {
  /// The use that satisfies both: numbers can also be labels.
  fileprivate func combined(with other: ColumnUse) -> ColumnUse {
    if self == .number || other == .number { return .number }
    return self == .numberOrText || other == .numberOrText ? .numberOrText : .label
  }
}
