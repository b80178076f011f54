/// The columns of a model, made from a formula and a table.
public struct ModelFrame: Sendable {
  /// The response: n values, not yet checked to be counts.
  public let counts: [Double]
  /// The fixed-effect design, in R's order: the intercept, main effects, two-way interactions, ...
  public let fixed: [DesignColumn]
  /// The grouping factors, each with its random-effect design, term after term as the formula has
  /// them; none where there are no random effects.
  public let factors: [RandomFactor]
  /// The sum of the offsets, or nil without one.
  public let offset: [Double]?
  /// Whether the grouping factor `row` has one level for each row, the table having no such column.
  let groupsByRow: Bool
  /// The formula, `.` replaced by the columns that it stands for.
  let formula: Formula
  /// How the variables of the formula are coded, with what depends on the rows of this frame.
  let codings: DesignCoding.Codings
  let rows: CompleteRows

  /// The random-effect design of the first grouping factor; empty without one.
  public var random: [DesignColumn] { factors.first?.terms ?? [] }

  /// The group of each row in the first grouping factor; without one all rows are one group.
  public var grouping: Grouping { factors.first?.grouping ?? .whole(rows: counts.count) }

  /// Rows of the table left out because a used column is missing there.
  public var droppedRows: Int { rows.droppedCount }

  /// The line of the file on which a row of the model begins, or its number in the table, from 1,
  /// if that was not read from a file.
  /// - Parameter row: counted from 0 among the rows that are not left out.
  public func number(ofRow row: Int) -> Int { rows.number(ofRow: row) }

  /// Where a row of the model came from, for messages: `visits.csv:12`, or `row 11`.
  /// - Parameter row: counted from 0 among the rows that are not left out.
  public func location(ofRow row: Int) -> String { rows.location(ofRow: row) }

  /// The columns of the table that the formula uses, each once.
  public var columnNames: [String] {
    columnRequests(withResponse: true, withOffset: true).map(\.name)
  }

  /// `columnNames` but for the first, the response, in the rows of the model.
  package var columnsBesideResponse: [DataColumn] {
    columnNames.dropFirst().compactMap(rows.column)
  }

  /// The column that says how often each row counts.
  let weights: String?

  /// `columnNames` and that of the weights, each once.
  var usedColumnNames: [String] {
    columnNames + (weights.map { columnNames.contains($0) ? [] : [$0] } ?? [])
  }

  /// What a user should know about how the formula was read with this table, one sentence each.
  public let notices: [String]

  /// Applies a formula to a table. Rows with a missing value in a used column are left out.
  /// - Parameters:
  ///   - formula: the model's formula.
  ///   - data: a table with its columns; where the formula has a `.`, with all columns that this is
  ///     to stand for.
  ///   - references: the level of factors that comes first, with which treatment contrasts compare
  ///     the others, by the name of the column. Where the formula itself says so, by `relevel()` or
  ///     `factor(f, levels = ...)`, that counts.
  ///   - weights: the column that says how often each row counts; the model is that of a table in
  ///     which it stands as often. It is not among the columns of a `.`.
  /// - Throws: `ModelError` if a column is not there or not as the formula needs it, a value is not
  ///   finite, no row is left, a reference is not a level of a factor of the formula, or a weight
  ///   is not a whole number.
  public init(
    formula: Formula, data: DataTable, references: [String: String] = [:], weights: String? = nil
  ) throws(ModelError) {
    let expanded: Formula
    do {
      expanded = try formula.expanded(over: data.columnNames.filter { $0 != weights })
    } catch {
      throw ModelError(error.description)
    }
    self.formula = expanded
    self.weights = weights
    let requests = expanded.columnRequests
    let used = requests.filter { !$0.isOptional || data.column(named: $0.name) != nil }
    groupsByRow = used.count < requests.count
    let rows = try CompleteRows(of: data, columns: used.map(\.name), weights: weights)
    self.rows = rows
    try TextPredictor.requireFewLevels(expanded, rows: rows)
    counts = try rows.numbers(expanded.response, for: "a response")
    let sets = [expanded.fixed] + expanded.randomFactors.flatMap(\.sets)
    try Self.check(references, in: sets, rows: rows)
    codings = try DesignCoding.codings(of: sets, rows: rows, references: references)
    fixed = try DesignCoding.columns(of: expanded.fixed, rows: rows, codings: codings)
    let groupings = Self.groupings(of: expanded, rows: rows, groupsByRow: groupsByRow)
    var factors: [RandomFactor] = []
    for (factor, grouping) in zip(expanded.randomFactors, groupings) {
      let sets = try Self.randomColumns(of: factor, rows: rows, codings: codings)
      factors.append(
        RandomFactor(
          name: factor.name, grouping: grouping, terms: sets.flatMap { $0 },
          correlatedSets: Self.ranges(sets.map(\.count))))
    }
    self.factors = factors
    offset = try FormulaOffset.values(expanded.offsets, rows: rows)
    notices =
      Self.notices(expanded, groupsByRow: groupsByRow)
      + Self.notices(weights, rows: rows, of: data)
      + (try FormulaOffset.notices(expanded.offsets, rows: rows))
  }

  private static func notices(_ formula: Formula, groupsByRow: Bool) -> [String] {
    var notices: [String] = []
    if case .columns(let names) = formula.otherColumns {
      notices.append("'.' stands for \(listed(names.map(shortened))).")
    }
    if groupsByRow {
      notices.append(
        "'\(Formula.rowName)' is one level for each row: the data have no such column.")
    }
    return notices
  }

  private static func notices(
    _ weights: String?, rows: CompleteRows, of data: DataTable
  ) -> [String] {
    guard let weights else { return [] }
    return [
      "Rows count as often as '\(weights)' says: \(rows.count) observations from "
        + "\(data.rowCount - rows.droppedCount) rows."
    ]
  }

  /// Requires that every reference is one of a column that is a factor of the formula.
  private static func check(
    _ references: [String: String], in sets: [TermSet], rows: CompleteRows
  ) throws(ModelError) {
    guard !references.isEmpty else { return }
    let factors = sets.flatMap { set in
      set.usedVariables.compactMap { index -> String? in
        let variable = set.variables[index]
        guard let name = variable.factorColumn else { return nil }
        if case .column = variable { return rows.isNumeric(name) ? nil : name }
        return name
      }
    }
    for name in references.keys.sorted() where !factors.contains(name) {
      let hint = nearestName(to: name, among: factors).map { " (did you mean '\($0)'?)" } ?? ""
      throw ModelError(
        "There is a reference level for \(quoted(name))\(hint), which is not a factor of the "
          + "formula; for a column of numbers write factor(...).")
    }
  }

  /// Columns that the model takes for something else than they were probably meant to be, one
  /// sentence each, with the remedy: to be said before the time for a fit is spent. They are among
  /// the warnings of the model, too.
  public var columnWarnings: [String] {
    ColumnWarnings.all(formula, rows: rows, groupsByRow: groupsByRow)
  }

  /// The model of this frame.
  /// - Parameters:
  ///   - priors: the parameters of the prior distributions.
  ///   - family: the distribution of a count given its mean.
  /// - Throws: `ModelError` for the first value that cannot be modelled, with its place in the
  ///   data.
  public func model(
    priors: Priors = Priors(), family: CountFamily = .poisson
  ) throws(ModelError) -> PoissonMixedModel {
    do {
      return try PoissonMixedModel(
        counts: counts, fixed: fixed, factors: factors, offset: offset, priors: priors,
        family: family, notices: notices + columnWarnings,
        eventless: EventlessCells(
          counts: counts, set: formula.fixed, rows: rows, codings: codings))
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
    of factor: FormulaFactor, rows: CompleteRows, codings: DesignCoding.Codings
  ) throws(ModelError) -> [[DesignColumn]] {
    var names: Set<String> = []
    var sets: [[DesignColumn]] = []
    for effects in factor.sets {
      let columns = try DesignCoding.columns(of: effects, rows: rows, codings: codings)
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
