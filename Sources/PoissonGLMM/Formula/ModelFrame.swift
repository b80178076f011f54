/// The columns of a model, made from a formula and a table.
public struct ModelFrame: Sendable {
  /// The response: n values, not yet checked to be counts.
  public let counts: [Double]
  /// The fixed-effect design, in R's order: the intercept, main effects, two-way interactions, ...
  public let fixed: [DesignColumn]
  /// The grouping factors, at least one, each with its random-effect design, term after term as the
  /// formula has them.
  public let factors: [RandomFactor]
  /// The sum of the offsets, or nil without one.
  public let offset: [Double]?
  /// Whether the grouping factor `row` has one level for each row, the table having no such column.
  let groupsByRow: Bool
  let formula: Formula
  let rows: CompleteRows

  /// The random-effect design of the first grouping factor.
  public var random: [DesignColumn] { factors[0].terms }

  /// The group of each row in the first grouping factor.
  public var grouping: Grouping { factors[0].grouping }

  /// Rows of the table left out because a used column is missing there.
  public var droppedRows: Int { rows.droppedCount }

  /// The columns of the table that the formula uses, each once.
  public var columnNames: [String] {
    columnRequests(withResponse: true, withOffset: true).map(\.name)
  }

  /// What a user should know about how the formula was read with this table, one sentence each.
  public var notices: [String] {
    groupsByRow
      ? ["'\(Formula.rowName)' is one level for each row: the data have no such column."] : []
  }

  /// Applies a formula to a table. Rows with a missing value in a used column are left out.
  /// - Throws: `ModelError` if a column is not there or not as the formula needs it, a value is not
  ///   finite, or no row is left.
  public init(formula: Formula, data: DataTable) throws(ModelError) {
    self.formula = formula
    let requests = formula.columnRequests
    let used = requests.filter { !$0.isOptional || data.column(named: $0.name) != nil }
    groupsByRow = used.count < requests.count
    rows = try CompleteRows(of: data, columns: used.map(\.name))
    try TextPredictor.requireFewLevels(formula, rows: rows)
    counts = try rows.numbers(formula.response, for: "a response")
    fixed = try DesignCoding.columns(of: formula.fixed, rows: rows)
    let groupings = Self.groupings(of: formula, rows: rows, groupsByRow: groupsByRow)
    var factors: [RandomFactor] = []
    for (factor, grouping) in zip(formula.randomFactors, groupings) {
      let sets = try Self.randomColumns(of: factor, rows: rows)
      factors.append(
        RandomFactor(
          name: factor.name, grouping: grouping, terms: sets.flatMap { $0 },
          correlatedSets: Self.ranges(sets.map(\.count))))
    }
    self.factors = factors
    offset = try Self.offset(formula.offsets, rows: rows)
  }

  /// Columns that the model takes for something else than they were probably meant to be, one
  /// sentence each, with the remedy: to be said before the time for a fit is spent. They are among
  /// the warnings of the model, too.
  public var columnWarnings: [String] {
    ColumnWarnings.all(formula, rows: rows, groupsByRow: groupsByRow)
  }

  /// The model of this frame.
  /// - Throws: `ModelError` for the first value that cannot be modelled, with its place in the
  ///   data.
  public func model(priors: Priors = Priors()) throws(ModelError) -> PoissonMixedModel {
    do {
      return try PoissonMixedModel(
        counts: counts, fixed: fixed, factors: factors, offset: offset, priors: priors,
        notices: notices + columnWarnings)
    } catch {
      throw located(error, in: rows)
    }
  }

  /// An error with its place in the table. The model counts its own rows; the user knows those of
  /// the table.
  func located(_ error: ModelError, in rows: CompleteRows) -> ModelError {
    guard let row = error.row else { return error }
    let prefix = "Row \(row + 1): "
    guard error.description.hasPrefix(prefix) else { return error }
    return ModelError("\(rows.location(ofRow: row)): \(error.description.dropFirst(prefix.count))")
  }

  /// The columns of each set of correlated effects of a factor.
  static func randomColumns(
    of factor: FormulaFactor, rows: CompleteRows, levels: DesignCoding.Levels? = nil
  ) throws(ModelError) -> [[DesignColumn]] {
    var names: Set<String> = []
    var sets: [[DesignColumn]] = []
    for effects in factor.sets {
      let columns = try DesignCoding.columns(of: effects, rows: rows, levels: levels)
      for column in columns where !names.insert(column.name).inserted {
        throw ModelError(
          "The random effect '\(column.name)' of '\(factor.name)' is in the formula twice.")
      }
      sets.append(columns)
    }
    return sets
  }

  /// The levels of each factor of a formula.
  private static func groupings(
    of formula: Formula, rows: CompleteRows, groupsByRow: Bool
  ) -> [Grouping] {
    var known: [String: Grouping] = [:]
    for name in formula.groupingColumns {
      known[name] =
        groupsByRow && name == Formula.rowName ? rows.rowGrouping : rows.grouping(name)
    }
    return formula.randomFactors.map { factor in
      let parts = factor.columns.compactMap { known[$0] }
      return parts.dropFirst().reduce(parts[0]) { $0.interaction($1) }
    }
  }

  /// Consecutive ranges of these lengths, from 0.
  private static func ranges(_ lengths: [Int]) -> [Range<Int>] {
    var end = 0
    return lengths.map { length in
      end += length
      return (end - length)..<end
    }
  }

  static func offset(
    _ expressions: [ArithmeticExpression], rows: CompleteRows
  ) throws(ModelError) -> [Double]? {
    var sum: [Double]?
    for expression in expressions {
      let values = try expression.values(in: rows)
      sum = sum.map { zip($0, values).map(+) } ?? values
    }
    return sum
  }
}

extension PoissonMixedModel {
  /// The model that a formula makes of a table. Rows with a missing value in a used column are left
  /// out.
  /// - Throws: `ModelError` for the first thing in the data that cannot be modelled, with its
  ///   place.
  public init(
    formula: Formula, data: DataTable, priors: Priors = Priors()
  ) throws(ModelError) {
    self = try ModelFrame(formula: formula, data: data).model(priors: priors)
  }
}

extension Grouping {
  /// The groups of rows that agree in both groupings, labelled `a:b`.
  func interaction(_ other: Grouping) -> Grouping {
    let keys = zip(groupOfRow, other.groupOfRow).map { $0 * other.count + $1 }
    return Grouping(keys: keys) { key in
      "\(labels[key / other.count]):\(other.labels[key % other.count])"
    }
  }
}
