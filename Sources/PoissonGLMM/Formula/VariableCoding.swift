/// How a variable of a formula becomes columns, with all that depends on the rows of the fit: the
/// levels of factors, what `scale()` takes away and divides by, the coefficients of `poly()`, the
/// knots of splines. New rows are coded by the same.
enum VariableCoding: Sendable {
  case column(String)
  case numbers(ScaledExpression)
  case factor(FactorSource, levels: [String])
  case powers(ScaledExpression, degree: Int)
  case polynomials(ScaledExpression, OrthogonalPolynomials)
  case splines(ScaledExpression, SplineColumns)

  /// An expression with the numbers that its calls of `scale()` have found.
  struct ScaledExpression: Sendable {
    let expression: ArithmeticExpression
    let standardizations: [ArithmeticExpression.Standardization]

    /// The value for each row.
    func values(in rows: CompleteRows) throws(ModelError) -> [Double] {
      try expression.values(in: rows, standardizations: standardizations).values
    }
  }

  enum FactorSource: Sendable {
    case column(String)
    case expression(ScaledExpression)
  }

  /// The values that a variable has.
  enum Values {
    case numbers([Double])
    case factor(Factor)
    /// Columns of numbers.
    case matrix([[Double]])

    /// The number of columns, for a factor with all its levels.
    var count: Int {
      switch self {
      case .numbers: 1
      case .factor(let factor): factor.levels.count
      case .matrix(let columns): columns.count
      }
    }
  }

  /// The coding of a variable that the rows of a fit make.
  /// - Parameter references: the level that comes first, by the name of the column.
  /// - Throws: `ModelError` if the variable cannot be coded with these rows.
  init(
    _ variable: FormulaVariable, rows: CompleteRows, references: [String: String]
  ) throws(ModelError) {
    switch variable {
    case .column(let name) where rows.isNumeric(name):
      self = .column(name)
    case .column(let name):
      let factor = FactorExpression(text: name, source: .column(name))
      self = try Self.coding(of: factor, rows: rows, references: references)
    case .factor(let factor):
      self = try Self.coding(of: factor, rows: rows, references: references)
    case .expression(let expression):
      let (scaled, values) = try Self.scaled(expression, rows: rows)
      guard expression.isTruth else {
        self = .numbers(scaled)
        break
      }
      guard values.contains(0), values.contains(1) else {
        throw ModelError(
          "\(expression.text) is \(values[0] == 1 ? "TRUE" : "FALSE") in every row used: it has no "
            + "effect.")
      }
      self = .factor(.expression(scaled), levels: Factor.truthLevels)
    case .basis(let basis):
      let (scaled, values) = try Self.scaled(basis.argument, rows: rows)
      switch basis.kind {
      case .polynomial(let degree, true): self = .powers(scaled, degree: degree)
      case .polynomial(let degree, false):
        self = .polynomials(
          scaled, try OrthogonalPolynomials(degree: degree, values: values, name: basis.text))
      case .spline(let shape, let isNatural):
        self = .splines(
          scaled,
          try SplineColumns(shape, isNatural: isNatural, values: values, name: basis.text))
      }
    }
  }

  /// The values in `rows`, those of the fit or new ones.
  /// - Throws: `ModelError` for the first value that cannot be coded.
  func values(in rows: CompleteRows) throws(ModelError) -> Values {
    switch self {
    case .column(let name):
      return .numbers(try rows.numbers(name, for: "the fitted model"))
    case .numbers(let scaled): return .numbers(try scaled.values(in: rows))
    case .factor(let source, let levels):
      return .factor(try Self.recoded(source, levels: levels, rows: rows))
    case .powers(let scaled, let degree):
      let values = try scaled.values(in: rows)
      var columns = [values]
      for _ in 1..<degree {
        columns.append(zip(columns[columns.count - 1], values).map(*))
      }
      return .matrix(columns)
    case .polynomials(let scaled, let polynomials):
      return .matrix(polynomials.columns(at: try scaled.values(in: rows)))
    case .splines(let scaled, let splines):
      return .matrix(try splines.columns(at: try scaled.values(in: rows)))
    }
  }

  static func scaled(
    _ expression: ArithmeticExpression, rows: CompleteRows
  ) throws(ModelError) -> (ScaledExpression, [Double]) {
    try expression.requireLabels(in: rows)
    let (values, standardizations) = try expression.values(in: rows)
    return (
      ScaledExpression(expression: expression, standardizations: standardizations), values
    )
  }
}
