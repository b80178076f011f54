/// The rows of a table in which no used column is missing, each as often as its frequency says.
struct CompleteRows: Sendable {
  private let table: DataTable
  /// Their indices in the table, or nil if all rows are complete and columns need not be copied.
  private let rows: [Int]?
  let count: Int
  /// How many rows of the table are not complete.
  let droppedCount: Int

  /// - Parameter weights: the column of frequencies; without it every row counts once.
  /// - Throws: `ModelError` if a column is not there, a frequency is not a whole number, or no row
  ///   is complete.
  init(
    of table: DataTable, columns used: [String], weights: String? = nil
  ) throws(ModelError) {
    self.table = table
    let names = used + (weights.map { used.contains($0) ? [] : [$0] } ?? [])
    var columns: [DataColumn] = []
    for name in names {
      guard let column = table.column(named: name) else {
        let message = unknownColumn(name, among: table.columnNames)
        throw ModelError("In the data, \(message).")
      }
      columns.append(column)
    }
    let complete = (0..<table.rowCount).filter { row in
      !columns.contains { $0.isMissing(row: row) }
    }
    droppedCount = table.rowCount - complete.count
    if let weights, !complete.isEmpty {
      let repeated = try RowFrequencies.repeated(complete, of: table, by: weights)
      (rows, count) = (repeated, repeated.count)
      return
    }
    rows = complete.count == table.rowCount ? nil : complete
    count = complete.count
    guard count > 0 else {
      guard table.rowCount > 0 else { throw ModelError("There are no rows in the data.") }
      let lacking = zip(names, columns).compactMap { name, column in
        let missing = (0..<table.rowCount).count { column.isMissing(row: $0) }
        return missing > 0 ? "column '\(name)' in \(missing)" : nil
      }
      throw ModelError(
        "No row of the data is complete: of \(table.rowCount), a value is missing in "
          + "\(lacking.joined(separator: ", ")).")
    }
  }

  /// All rows of a table, none of which may have a missing value.
  /// - Throws: `ModelError` if a column is not there, there is no row, or a value is missing.
  init(allOf table: DataTable, columns names: [String]) throws(ModelError) {
    var first: (row: Int, name: String)?
    for name in names {
      guard let column = table.column(named: name) else { continue }
      if let row = (0..<min(table.rowCount, first?.row ?? table.rowCount)).first(
        where: column.isMissing)
      {
        first = (row, name)
      }
    }
    if let first {
      throw ModelError(
        "\(table.location(ofRow: first.row)): column '\(first.name)' has no value, "
          + "without which there is no prediction.")
    }
    try self.init(of: table, columns: names)
  }

  /// The table that the rows are from, the incomplete ones too, with some of its columns.
  func usedTable(_ names: [String]) -> DataTable { table.selected(names) }

  /// Where row `row` (0, 1, ... among the complete ones) came from.
  func location(ofRow row: Int) -> String {
    table.location(ofRow: rows?[row] ?? row)
  }

  /// The line of the file or the number in the table, from 1.
  func number(ofRow row: Int) -> Int { table.number(ofRow: rows?[row] ?? row) }

  /// The values of a column that must be numbers.
  /// - Parameter purpose: what needs them, for the message.
  func numbers(_ name: String, for purpose: String) throws(ModelError) -> [Double] {
    guard case .numeric(let values) = table.column(named: name) else {
      throw ModelError("Column '\(name)' is text, but \(purpose) needs numbers.")
    }
    return selected(values)
  }

  func isNumeric(_ name: String) -> Bool {
    if case .numeric = table.column(named: name) { true } else { false }
  }

  /// The values of a column as levels of a factor.
  func factor(_ name: String) -> Factor {
    switch table.column(named: name) {
    case .numeric(let values): Factor(numbers: selected(values))
    case .text(let codes, let levels): Factor(codes: selected(codes), labels: levels)
    case nil: Factor(numbers: [])
    }
  }

  /// The values of a column as groups: labels as they are written, even if they are numbers.
  func grouping(_ name: String) -> Grouping {
    switch table.labels(named: name) {
    case .numeric(let values): Grouping(numbers: selected(values))
    case .text(let codes, let levels):
      Grouping(keys: selected(codes)) { levels[Int($0)] }
    case nil: Grouping(labels: [])
    }
  }

  /// A column in these rows, numbers that name groups as they are written; nil if there is none.
  func column(_ name: String) -> DataColumn? {
    switch table.labels(named: name) {
    case .numeric(let values): .numeric(selected(values))
    case .text(let codes, let levels): .text(codes: selected(codes), levels: levels)
    case nil: nil
    }
  }

  /// The labels that a column of text has in these rows, in order of appearance in the table; none
  /// for a column of numbers alone.
  func labels(_ name: String) -> [String] {
    guard case .text(let codes, let levels) = table.labels(named: name) else { return [] }
    guard let rows else { return levels }
    var occurs = [Bool](repeating: false, count: levels.count)
    for row in rows { occurs[Int(codes[row])] = true }
    return zip(levels, occurs).compactMap { $1 ? $0 : nil }
  }

  /// One group for each row, labelled by the row's number in messages; `5`, `5 (2)` and so on where
  /// a row counts more than once.
  var rowGrouping: Grouping {
    guard let rows else {
      return Grouping(keys: Array(0..<count)) { String(number(ofRow: $0)) }
    }
    // How often each row has stood before.
    var repeats = [Int](repeating: 0, count: count)
    for row in rows.indices.dropFirst() where rows[row] == rows[row - 1] {
      repeats[row] = repeats[row - 1] + 1
    }
    return Grouping(keys: Array(0..<count)) { row in
      let number = number(ofRow: row)
      return repeats[row] == 0 ? "\(number)" : "\(number) (\(repeats[row] + 1))"
    }
  }

  private func selected<Value>(_ values: [Value]) -> [Value] {
    rows.map { $0.map { values[$0] } } ?? values
  }
}
