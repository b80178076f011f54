/// Rows that count more than once.
///
/// A frequency is the number of observations that a row of the table stands for: the model is that
/// of a table in which the row stands as often. With an effect for each row, every observation has
/// its own.
enum RowFrequencies {
  /// More rows than these would not fit into memory.
  private static let largestCount = 100_000_000.0

  /// Every row as often as its frequency says.
  /// - Parameters:
  ///   - rows: rows of the table in which no value is missing.
  ///   - name: the column of frequencies, which the table has.
  /// - Throws: `ModelError` if a frequency is not a whole number or all are 0.
  static func repeated(
    _ rows: [Int], of table: DataTable, by name: String
  ) throws(ModelError) -> [Int] {
    guard case .numeric(let frequencies) = table.column(named: name) else {
      throw ModelError("Column '\(name)' is text, but weights are numbers of observations.")
    }
    var total = 0.0
    for row in rows {
      let frequency = frequencies[row]
      guard frequency >= 0, frequency.rounded() == frequency, frequency.isFinite else {
        throw ModelError(
          "\(table.location(ofRow: row)): the weight in column '\(name)' is \(frequency), but a "
            + "row can only count 0, 1, 2, ... times. Weights are numbers of observations; the "
            + "exposure of a count belongs into offset(log(...)).")
      }
      total += frequency
    }
    guard total > 0 else { throw ModelError("All weights in column '\(name)' are 0.") }
    guard total <= largestCount else {
      throw ModelError(
        "The weights in column '\(name)' make \(total) observations; at most 100,000,000 are "
          + "supported.")
    }
    if let most = FitLimit.current?.designValues, total > Double(most) {
      throw ModelError(
        "The weights in column '\(name)' make \(total) observations, which is more than the "
          + "\(most) values that are allowed here.")
    }
    return rows.flatMap { repeatElement($0, count: Int(frequencies[$0])) }
  }
}
