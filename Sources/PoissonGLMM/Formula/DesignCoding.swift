/// Columns of a design matrix from the terms of a formula, coded as R does.
struct DesignCoding {
  /// More columns than this are a factor with too many levels, not a model.
  static let maximumColumns = 1000

  private enum Values {
    case numbers([Double])
    case factor(Factor)
  }

  private let set: TermSet
  /// The values of each variable of the set; nil for those in no term.
  private var values: [Values?]

  /// The levels of factors, by variable.
  typealias Levels = [FormulaVariable: [String]]

  private init(_ set: TermSet, rows: CompleteRows, levels: Levels?) throws(ModelError) {
    self.set = set
    values = Array(repeating: nil, count: set.variables.count)
    for index in Set(set.terms.joined()).sorted() {
      values[index] = try Self.evaluate(set.variables[index], rows, levels)
    }
  }

  /// The levels of the factors that `sets` make of `rows`.
  static func levels(of sets: [TermSet], rows: CompleteRows) -> Levels {
    var levels: Levels = [:]
    for variable in sets.flatMap(\.variables) where levels[variable] == nil {
      switch variable {
      case .column(let name) where rows.isNumeric(name): break
      case .column(let name), .factor(let name): levels[variable] = rows.factor(name).levels
      case .expression: break
      }
    }
    return levels
  }

  /// The columns of `set`: the intercept if it has one, then those of each term.
  /// - Parameter levels: the factors and levels of other rows, if the rows are to be coded like
  ///   those.
  /// - Throws: `ModelError` for a value that is not finite, a factor with one level, a level that
  ///   is not among those given, or too many columns.
  static func columns(
    of set: TermSet, rows: CompleteRows, levels: Levels? = nil
  ) throws(ModelError) -> [DesignColumn] {
    let coding = try DesignCoding(set, rows: rows, levels: levels)
    try coding.limitColumns()
    var columns = set.hasIntercept ? [DesignColumn.intercept(rows: rows.count)] : []
    for position in set.terms.indices { columns += coding.columns(ofTermAt: position) }
    return columns
  }

  /// The interaction of the term's variables. That of the first variable varies fastest.
  private func columns(ofTermAt position: Int) -> [DesignColumn] {
    var product: [DesignColumn] = []
    for variable in set.terms[position] {
      let own = columns(of: variable, inTermAt: position)
      product =
        product.isEmpty
        ? own
        : own.flatMap { column in
          product.map { earlier in
            DesignColumn(
              name: "\(earlier.name):\(column.name)",
              values: zip(earlier.values, column.values).map(*))
          }
        }
    }
    return product
  }

  private func columns(of variable: Int, inTermAt position: Int) -> [DesignColumn] {
    let name = set.variables[variable].name
    switch values[variable] {
    case .numbers(let numbers): return [DesignColumn(name: name, values: numbers)]
    case .factor(let factor):
      let first = hasContrasts(variable, inTermAt: position) ? 1 : 0
      return factor.levels.indices.dropFirst(first).map { level in
        DesignColumn(
          name: name + factor.levels[level], values: factor.levelOfRow.map { $0 == level ? 1 : 0 })
      }
    case nil: return []
    }
  }

  /// Whether a factor has treatment contrasts in a term, rather than dummy variables for all
  /// levels.
  ///
  /// R's rule (`terms.formula`, after Chambers & Hastie 1992, page 38): contrasts, if without the
  /// factor the term is empty or within an earlier term; but without an intercept, the first factor
  /// of all has dummy variables.
  private func hasContrasts(_ variable: Int, inTermAt position: Int) -> Bool {
    let rest = Set(set.terms[position]).subtracting([variable])
    if rest.isEmpty { return set.hasIntercept || !isFirstFactor(variable, inTermAt: position) }
    if isFirstFactor(variable, inTermAt: position), !set.hasIntercept { return false }
    return set.terms[..<position].contains { rest.isSubset(of: $0) }
  }

  private func isFirstFactor(_ variable: Int, inTermAt position: Int) -> Bool {
    for (other, term) in set.terms.enumerated() {
      if let first = term.first(where: isFactor) { return first == variable && other == position }
    }
    return false
  }

  private func isFactor(_ variable: Int) -> Bool {
    if case .factor = values[variable] { true } else { false }
  }

  private func limitColumns() throws(ModelError) {
    var total = 0
    for (position, term) in set.terms.enumerated() {
      var count = 1
      for variable in term {
        guard case .factor(let factor) = values[variable] else { continue }
        count *= factor.levels.count - (hasContrasts(variable, inTermAt: position) ? 1 : 0)
        if count > Self.maximumColumns { break }
      }
      total += count
      guard total <= Self.maximumColumns else {
        let name = term.map { set.variables[$0].name }.joined(separator: ":")
        throw ModelError(
          "With '\(name)' the model has more than \(Self.maximumColumns) effects; "
            + "levels that many are better taken as groups, as in '(1 | g)'.")
      }
    }
  }

  private static func evaluate(
    _ variable: FormulaVariable, _ rows: CompleteRows, _ levels: Levels?
  ) throws(ModelError) -> Values {
    switch variable {
    case .column(let name) where levels != nil && levels?[variable] == nil:
      return .numbers(try rows.numbers(name, for: "the fitted model"))
    case .column(let name), .factor(let name):
      guard let known = levels?[variable] else { break }
      switch rows.factor(name).recoded(to: known) {
      case .success(let factor): return .factor(factor)
      case .failure(let unknown):
        let shown = known.prefix(20).map { quoted($0) }.joined(separator: ", ")
        throw ModelError(
          "\(rows.location(ofRow: unknown.row)): column '\(name)' is \(quoted(unknown.level)), a "
            + "level that the fitted data do not have; theirs are \(shown)"
            + (known.count > 20 ? " and \(known.count - 20) more." : "."))
      }
    case .expression: break
    }
    switch variable {
    case .column(let name) where rows.isNumeric(name):
      return .numbers(try rows.numbers(name, for: name))
    case .column(let name), .factor(let name):
      let factor = rows.factor(name)
      guard factor.levels.count > 1 else {
        throw ModelError(
          "Column '\(name)' is '\(factor.levels.first ?? "")' in every row used: "
            + "a factor needs two levels or more."
        )
      }
      return .factor(factor)
    case .expression(let expression):
      return .numbers(try expression.values(in: rows))
    }
  }
}

extension ArithmeticExpression {
  /// The value for each row.
  /// - Throws: `ModelError` for the first row with a value that is not finite.
  func values(in rows: CompleteRows) throws(ModelError) -> [Double] {
    var inputs: [[Double]] = []
    for column in columns { inputs.append(try rows.numbers(column, for: text)) }
    let values = evaluate(inputs, rows: rows.count)
    if let row = values.firstIndex(where: { !$0.isFinite }) {
      let given = zip(columns, inputs).map { "\($0) = \(Grouping.label(ofNumber: $1[row]))" }
      throw ModelError(
        "\(rows.location(ofRow: row)): \(text) is not a finite number, with "
          + given.joined(separator: ", "))
    }
    return values
  }
}
