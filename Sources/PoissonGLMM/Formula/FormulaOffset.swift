import PlatformEssentials

/// The sum of a formula's `offset()` terms, which have to be possible logs of exposures.
enum FormulaOffset {
  /// Beyond this size an offset is no log of an exposure: exp(100) is 3e43.
  private static let largest = 100.0
  /// Where a column as it is spans more than this, exposures would differ by a factor of three
  /// million: it is likely the exposure itself.
  private static let widest = 15.0

  /// The offset of each row, nil without any term.
  /// - Throws: `ModelError` for a value that is not finite or cannot be an offset.
  static func values(
    _ expressions: [ArithmeticExpression], rows: CompleteRows
  ) throws(ModelError) -> [Double]? {
    var sum: [Double]?
    for expression in expressions {
      let values = try expression.values(in: rows).values
      if let row = values.firstIndex(where: { $0.magnitude > largest }) {
        throw tooLarge(expression, values, row: row, rows: rows)
      }
      sum = sum.map { zip($0, values).map(+) } ?? values
    }
    return sum
  }

  private static func tooLarge(
    _ expression: ArithmeticExpression, _ values: [Double], row: Int, rows: CompleteRows
  ) -> ModelError {
    let value = String(printf: "%.6g", values[row])
    // Of an exposure, all values are positive, and only then it has a logarithm.
    let remedy =
      values.allSatisfy { $0 > 0 }
      ? "if \(expression.text) is the exposure itself, write offset(log(\(expression.text)))"
      : "an exposure t is written offset(log(t))"
    return ModelError(
      "\(rows.location(ofRow: row)): the offset \(expression.text) is \(value), as if the exposure "
        + "were exp(\(value)); an offset is the logarithm of the exposure, within -100 and 100: "
        + "\(remedy).")
  }

  /// Warnings about offsets that are likely exposures without their logarithm.
  static func notices(
    _ expressions: [ArithmeticExpression], rows: CompleteRows
  ) throws(ModelError) -> [String] {
    var notices: [String] = []
    for expression in expressions where expression.onlyColumn != nil {
      let values = try expression.values(in: rows).values
      guard let least = values.min(), let greatest = values.max(), least > 0,
        greatest - least > widest
      else { continue }
      notices.append(
        "The offset \(expression.text) runs from \(String(printf: "%.4g", least)) to "
          + "\(String(printf: "%.4g", greatest)): exposures then differ by a factor of "
          + "exp(\(String(printf: "%.3g", greatest - least))). If \(expression.text) is the "
          + "exposure itself, write offset(log(\(expression.text))).")
    }
    return notices
  }
}
