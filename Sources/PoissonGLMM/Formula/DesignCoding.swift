/// Columns of a design matrix from the terms of a formula, coded as R does.
struct DesignCoding {
  /// More columns than this are a factor with too many levels, not a model.
  static let maximumColumns = 1000

  private let set: TermSet
  /// The values of each variable of the set; nil for those in no term.
  private var values: [VariableCoding.Values?]

  /// How variables are coded.
  typealias Codings = [FormulaVariable: VariableCoding]

  private init(_ set: TermSet, rows: CompleteRows, codings: Codings) throws(ModelError) {
    self.set = set
    values = Array(repeating: nil, count: set.variables.count)
    for index in set.usedVariables {
      values[index] = try codings[set.variables[index]]?.values(in: rows)
    }
  }

  /// The codings of the variables of `sets` that `rows`, those of a fit, make.
  /// - Parameter references: the level of factors that comes first, by the name of the column.
  /// - Throws: `ModelError` for a variable that cannot be coded: a value that is not finite, a
  ///   factor with one level.
  static func codings(
    of sets: [TermSet], rows: CompleteRows, references: [String: String]
  ) throws(ModelError) -> Codings {
    var codings: Codings = [:]
    for set in sets {
      for variable in set.usedVariables.map({ set.variables[$0] }) where codings[variable] == nil {
        codings[variable] = try VariableCoding(variable, rows: rows, references: references)
      }
    }
    return codings
  }

  /// The columns of `set`: the intercept if it has one, then those of each term.
  /// - Parameter codings: those of the set's variables.
  /// - Throws: `ModelError` for a value that is not finite, a level that the codings do not have,
  ///   or too many columns.
  static func columns(
    of set: TermSet, rows: CompleteRows, codings: Codings
  ) throws(ModelError) -> [DesignColumn] {
    let coding = try DesignCoding(set, rows: rows, codings: codings)
    try coding.limitColumns(rows: rows.count)
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
    case .matrix(let columns):
      return columns.enumerated().map { index, values in
        DesignColumn(name: columns.count > 1 ? "\(name)\(index + 1)" : name, values: values)
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

  private func limitColumns(rows: Int) throws(ModelError) {
    var total = 0
    for (position, term) in set.terms.enumerated() {
      var count = 1
      for variable in term {
        let isFactor = isFactor(variable) && hasContrasts(variable, inTermAt: position)
        count *= (values[variable]?.count ?? 1) - (isFactor ? 1 : 0)
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
    if let most = FitLimit.current?.designValues, total * rows > most {
      throw ModelError(
        "The model has \(total) effects in \(rows) rows, which is more than the \(most) values "
          + "that are allowed here.")
    }
  }
}
