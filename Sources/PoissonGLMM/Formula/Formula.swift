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
/// - `(1 | g)`, `(0 + x | g)`: random effects of the levels of a grouping factor; several such
///   terms add up, of the same or other factors. The effects of `(1 + x | g)` are correlated, those
///   of `(1 + x || g)` independent: it is `(1 | g) + (0 + x | g)`. As in lme4 a double bar splits
///   terms, not the levels of a factor: `(f || g)` is `(1 | g) + (0 + f | g)`, and the effects of
///   the levels of `f` are correlated.
/// - A grouping factor is a column, an interaction `g:h`, or nested: `(1 | g/h)` is
///   `(1 | g) + (1 | g:h)`. `row` has one level for each row, if no column has that name.
/// - `offset(log(days))` is known; several add up.
/// - A name that is not made of letters, digits, `.` and `_` stands in backticks.
public struct Formula: Sendable, Equatable {
  /// The formula as it was written.
  public let text: String
  /// The column of counts.
  public let response: String
  /// The grouping factors, at least one, in order of appearance, with their random effects.
  public let randomFactors: [FormulaFactor]

  let fixed: TermSet
  let offsets: [ArithmeticExpression]

  /// Parses a formula.
  /// - Throws: `FormulaError` with the place of the first thing that is not as expected.
  public init(_ text: String) throws(FormulaError) {
    var parser = try FormulaParser(text)
    self = try parser.parse()
  }

  init(
    text: String, response: String, fixed: TermSet, randomFactors: [FormulaFactor],
    offsets: [ArithmeticExpression]
  ) {
    self.text = text
    self.response = response
    self.fixed = fixed
    self.randomFactors = randomFactors
    self.offsets = offsets
  }

  /// The name of the grouping factor that has one level for each row, if no column has that name.
  static let rowName = "row"

  /// The first grouping factor's name, for example `subject` or `school:class`.
  public var groupName: String { randomFactors[0].name }

  /// The columns that make up the grouping factors, each once.
  public var groupingColumns: [String] {
    var seen: Set<String> = []
    return randomFactors.flatMap(\.columns).filter { seen.insert($0).inserted }
  }

  /// Every column of the data that the formula uses, each once; `row` is among them even where the
  /// data need not have it.
  public var columnNames: [String] { columnRequests.map(\.name) }

  /// Every column of the data that the formula uses, each once, with what it is used for. The
  /// request for the grouping factor `row` is optional.
  public var columnRequests: [ColumnRequest] {
    columnRequests(withResponse: true, withOffset: true)
  }

  /// The same, with or without the response and the offset.
  func columnRequests(withResponse: Bool, withOffset: Bool) -> [ColumnRequest] {
    let requests =
      (withResponse ? [ColumnRequest(name: response, use: .number)] : [])
      + fixed.columnRequests + randomFactors.flatMap { $0.sets.flatMap(\.columnRequests) }
      + groupingColumns.map {
        ColumnRequest(name: $0, use: .label, isOptional: $0 == Self.rowName)
      }
      + (withOffset ? offsets.flatMap(\.columns) : []).map {
        ColumnRequest(name: $0, use: .number)
      }
    var names: [String] = []
    var strictest: [String: ColumnRequest] = [:]
    for request in requests {
      guard let known = strictest[request.name] else {
        names.append(request.name)
        strictest[request.name] = request
        continue
      }
      // A column that names groups and has numbers in a term is read as both.
      let use = known.use.combined(with: request.use)
      strictest[request.name] = ColumnRequest(
        name: request.name, use: use, isOptional: known.isOptional && request.isOptional,
        keepsLabels: use != .label && groupingColumns.contains(request.name))
    }
    return names.compactMap { strictest[$0] }
  }
}

extension ColumnUse {
  /// The use that satisfies both: labels can be kept beside numbers.
  fileprivate func combined(with other: ColumnUse) -> ColumnUse {
    if self == .number || other == .number { return .number }
    return self == .numberOrText || other == .numberOrText ? .numberOrText : .label
  }
}
