/// The columns of a model, made from a formula and a table.
public struct ModelFrame: Sendable {
  /// The response: n values, not yet checked to be counts.
  public let counts: [Double]
  /// The fixed-effect design, in R's order: the intercept, main effects, two-way interactions, ...
  public let fixed: [DesignColumn]
  /// The random-effect design, term after term as the formula has them.
  public let random: [DesignColumn]
  /// The group of each row.
  public let grouping: Grouping
  /// The sum of the offsets, or nil without one.
  public let offset: [Double]?
  let formula: Formula
  let rows: CompleteRows

  /// Rows of the table left out because a used column is missing there.
  public var droppedRows: Int { rows.droppedCount }

  /// Applies a formula to a table. Rows with a missing value in a used column are left out.
  /// - Throws: `ModelError` if a column is not there or not as the formula needs it, a value is not
  ///   finite, or no row is left.
  public init(formula: Formula, data: DataTable) throws(ModelError) {
    rows = try CompleteRows(of: data, columns: formula.columnNames)
    counts = try rows.numbers(formula.response, for: "a response")
    fixed = try DesignCoding.columns(of: formula.fixed, rows: rows)
    random = try Self.randomColumns(formula.random, rows: rows)
    grouping = Self.grouping(formula.groupingColumns.map(rows.grouping))
    offset = try Self.offset(formula.offsets, rows: rows)
    self.formula = formula
  }

  /// The model of this frame.
  /// - Throws: `ModelError` for the first value that cannot be modelled, with its place in the
  ///   data.
  public func model(priors: Priors = Priors()) throws(ModelError) -> PoissonMixedModel {
    do {
      return try PoissonMixedModel(
        counts: counts, fixed: fixed, random: random, grouping: grouping, offset: offset,
        priors: priors)
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

  static func randomColumns(
    _ terms: [RandomTerm], rows: CompleteRows, levels: DesignCoding.Levels? = nil
  ) throws(ModelError) -> [DesignColumn] {
    var columns: [DesignColumn] = []
    for term in terms {
      let own = try DesignCoding.columns(of: term.effects, rows: rows, levels: levels)
      if own.count > 1, let independent = term.independentForm {
        throw ModelError(
          "A factor has several effects, for which a single bar asks for correlations, "
            + "which the model does not have: write '\(independent)' for independent ones.")
      }
      if let twice = own.first(where: { column in columns.contains { $0.name == column.name } }) {
        throw ModelError("The random effect '\(twice.name)' is in the formula twice.")
      }
      columns += own
    }
    return columns
  }

  private static func grouping(_ parts: [Grouping]) -> Grouping {
    parts.dropFirst().reduce(parts[0]) { $0.interaction($1) }
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
