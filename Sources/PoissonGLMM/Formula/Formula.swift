/// A model in the notation of R and lme4:
///
///     y ~ x1 * x2 + (1 + x1 || group) + offset(log(days))
///
/// - The response is the name of a column of counts.
/// - `a + b`, `a:b`, `a * b`, `(a + b)^2`, `a - b`; `0 +` or `- 1` drops the intercept.
/// - `a / b`, `a %in% b`; `.` for all columns but the response, grouping factors and offsets.
/// - A column is numeric or, if it is text, a factor; `factor(a)` makes a factor of numbers.
///   Factors have treatment contrasts against the first level, that of `relevel(a, ref = "GP")` or
///   `factor(a, levels = c("GP", "MS"))`, or dummy variables for all levels, by R's own rule.
/// - `I()` holds arithmetic with `+ - * / ^ %% %/%` and comparisons, also of labels:
///   `I(x > 2 & a == "GP")` is a factor of `FALSE` and `TRUE`. So do `log()`, `log1p()`, `log2()`,
///   `log10()`, `exp()`, `expm1()`, `sqrt()`, `abs()`, `round()` and the like, the trigonometric
///   and hyperbolic functions, `pmin()`, `pmax()`, `ifelse()`, `as.numeric()`; `pi` is the number.
/// - `scale(x)` is centred and scaled; `poly(x, 3)` are orthogonal polynomials, with `raw = TRUE`
///   powers; `ns(x, 4)` and `bs(x, df = 5, degree = 2)` are splines, natural ones and B-splines, by
///   their number of columns or by `knots = c(1, 2)`. Columns have R's values and R's names. What
///   they take from the data is that of the rows used, and is kept for rows to be predicted.
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
  /// The grouping factors in order of appearance, with their random effects; none where there are
  /// no random effects.
  public let randomFactors: [FormulaFactor]

  let fixed: TermSet
  let offsets: [ArithmeticExpression]
  let otherColumns: OtherColumns

  /// What `.` stands for.
  enum OtherColumns: Sendable, Equatable {
    /// There is no `.` in the formula.
    case notUsed
    /// The columns of the data are not known yet.
    case open
    case columns([String])
  }

  /// Parses a formula.
  /// - Throws: `FormulaError` with the place of the first thing that is not as expected.
  public init(_ text: String) throws(FormulaError) {
    var parser = try FormulaParser(text)
    self = try parser.parse()
  }

  init(
    text: String, response: String, fixed: TermSet, randomFactors: [FormulaFactor],
    offsets: [ArithmeticExpression], otherColumns: OtherColumns
  ) {
    self.text = text
    self.response = response
    self.fixed = fixed
    self.randomFactors = randomFactors
    self.offsets = offsets
    self.otherColumns = otherColumns
  }

  /// The name of the grouping factor that has one level for each row, if no column has that name.
  static let rowName = "row"

  /// What stands for all other columns.
  static let otherColumnsName = "."

  /// Whether there is a `.`, for all other columns, of which is not known yet what they are.
  public var hasOpenColumns: Bool { otherColumns == .open }

  /// The same formula where `.` stands for those of `columns` that are not the response, in a
  /// grouping factor or in an offset.
  /// - Parameter columns: the names of all columns of the data.
  /// - Throws: `FormulaError` if `.` stands for none, or for too many.
  public func expanded(over columns: [String]) throws(FormulaError) -> Formula {
    guard hasOpenColumns else { return self }
    let taken = Set([response] + groupingColumns + offsets.flatMap(\.columns))
    var parser = try FormulaParser(text, otherColumns: columns.filter { !taken.contains($0) })
    return try parser.parse()
  }

  /// The first grouping factor's name, for example `subject` or `school:class`; nil without one.
  public var groupName: String? { randomFactors.first?.name }

  /// The columns that make up the grouping factors, each once.
  public var groupingColumns: [String] {
    var seen: Set<String> = []
    return randomFactors.flatMap(\.columns).filter { seen.insert($0).inserted }
  }

  /// Every column of the data that the formula uses, each once; `row` is among them even where the
  /// data need not have it.
  public var columnNames: [String] { columnRequests.map(\.name) }

  /// The columns whose levels may be in a term, by themselves or as `factor(...)`.
  var factorColumns: Set<String> {
    Set(([fixed] + randomFactors.flatMap(\.sets)).flatMap(\.factorColumns))
  }

  /// Every column of the data that the formula uses, each once, with what it is used for. The
  /// request for the grouping factor `row` is optional. The columns that a `.` stands for are among
  /// them once the formula is `expanded(over:)` all columns.
  public var columnRequests: [ColumnRequest] {
    columnRequests(withResponse: true, withOffset: true)
  }

  /// The same, with or without the response, the offset and the grouping factors.
  func columnRequests(
    withResponse: Bool, withOffset: Bool, withGroups: Bool = true
  ) -> [ColumnRequest] {
    let requests =
      (withResponse ? [ColumnRequest(name: response, use: .number)] : [])
      + fixed.columnRequests + randomFactors.flatMap { $0.sets.flatMap(\.columnRequests) }
      + (withGroups ? groupingColumns : []).map {
        ColumnRequest(name: $0, use: .label, isOptional: $0 == Self.rowName)
      }
      + (withOffset ? offsets.flatMap(\.columnRequests) : [])
    var names: [String] = []
    var strictest: [String: ColumnRequest] = [:]
    for request in requests where !(hasOpenColumns && request.name == Self.otherColumnsName) {
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
