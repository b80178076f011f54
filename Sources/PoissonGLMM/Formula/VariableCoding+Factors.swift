/// Factors: the levels that they have from the rows of a fit, and those of other rows.
extension VariableCoding {
  /// The coding of a factor that the rows of a fit make.
  static func coding(
    of factor: FactorExpression, rows: CompleteRows, references: [String: String]
  ) throws(ModelError) -> VariableCoding {
    let source: FactorSource
    var reference = factor.reference
    switch factor.source {
    case .column(let name):
      source = .column(name)
      if reference == nil, factor.levels == nil { reference = references[name] }
    case .expression(let expression):
      source = .expression(try scaled(expression, rows: rows).0)
    }
    let occurring = try self.factor(source, rows: rows).levels
    var levels = occurring
    if let given = factor.levels {
      levels = given.map { Factor.spelling(of: $0, among: occurring) ?? $0 }
      if let missing = occurring.first(where: { !levels.contains($0) }) {
        throw ModelError(
          "\(factor.text): the data have the level \(quoted(missing)) too, which is not among "
            + "those given.")
      }
    }
    guard occurring.count > 1 else {
      let subject =
        if case .column(let name) = factor.source { "Column '\(name)'" } else { factor.text }
      throw ModelError(
        "\(subject) is '\(occurring.first ?? "")' in every row used: "
          + "a factor needs two levels or more.")
    }
    if let reference {
      let spelled = Factor.spelling(of: reference, among: levels)
      guard let index = levels.firstIndex(where: { $0 == spelled }) else {
        let name = if case .column(let column) = factor.source { column } else { factor.text }
        throw ModelError(unknownLevel(reference, of: name, levels: levels))
      }
      levels.insert(levels.remove(at: index), at: 0)
    }
    return .factor(source, levels: levels)
  }

  /// The factor in `rows`, whose levels must be among those of the fit.
  static func recoded(
    _ source: FactorSource, levels: [String], rows: CompleteRows
  ) throws(ModelError) -> Factor {
    switch try factor(source, rows: rows).recoded(to: levels) {
    case .success(let factor): return factor
    case .failure(let unknown):
      let what =
        switch source {
        case .column(let name): "column '\(name)'"
        case .expression(let scaled): scaled.expression.text
        }
      throw ModelError(
        "\(rows.location(ofRow: unknown.row)): \(what) is \(quoted(unknown.level)), a "
          + "level that the fitted data do not have; theirs are \(listed(levels.map(quoted))).")
    }
  }

  private static func factor(
    _ source: FactorSource, rows: CompleteRows
  ) throws(ModelError) -> Factor {
    switch source {
    case .column(let name): return rows.factor(name)
    case .expression(let scaled):
      let values = try scaled.values(in: rows)
      return scaled.expression.isTruth ? Factor(truths: values) : Factor(computed: values)
    }
  }
}
