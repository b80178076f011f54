/// A range whose cells are known to be finite numbers; its rows may still differ in length.
struct NumericRows: Equatable {
  /// All cells, row by row.
  private(set) var values: [Double] = []
  /// The number of cells of each row, at least 1.
  private(set) var rowLengths: [Int] = []

  /// The number of rows, at least 1.
  var count: Int { rowLengths.count }

  /// Checks every cell, in the documented order and with the documented texts.
  /// - Parameters:
  ///   - argument: what the caller passed; a bare cell stands for a range of one row and column.
  ///   - name: its name in the texts.
  init(_ argument: SpreadsheetValue, name: String) throws(GLMMPoissonError) {
    guard case .list(let rows) = argument else {
      try appendRow([argument], name: name)
      return
    }
    if rows.isEmpty { throw .invalidInput("\(name) cannot be empty.") }
    rowLengths.reserveCapacity(rows.count)
    values.reserveCapacity(rows.count)
    for (index, row) in rows.enumerated() {
      guard case .list(let cells) = row else {
        throw .invalidInput("\(name) row \(index) must be a list.")
      }
      if cells.isEmpty { throw .invalidInput("\(name) row \(index) cannot be empty.") }
      try appendRow(cells, name: name)
    }
  }

  private mutating func appendRow(
    _ cells: [SpreadsheetValue], name: String
  ) throws(GLMMPoissonError) {
    for (column, cell) in cells.enumerated() {
      guard let number = cell.numericValue else {
        throw .invalidInput("\(name)[\(count)][\(column)] must be numeric.")
      }
      if !number.isFinite {
        throw .invalidInput("\(name)[\(count)][\(column)] must be finite.")
      }
      values.append(number)
    }
    rowLengths.append(cells.count)
  }

  /// The columns of the range, once its rows are known to be equally long.
  /// - Throws: the documented text for the first row that is not as long as row 0.
  func columns(name: String) throws(GLMMPoissonError) -> [[Double]] {
    let expected = rowLengths[0]
    for (index, length) in rowLengths.enumerated() where length != expected {
      throw .invalidInput("\(name) row \(index) has \(length) columns, expected \(expected).")
    }
    return (0..<expected).map { column in
      stride(from: column, to: values.count, by: expected).map { values[$0] }
    }
  }

  /// The one column of a range that has to be a column.
  func onlyColumn(name: String) throws(GLMMPoissonError) -> [Double] {
    let columns = try columns(name: name)
    if columns.count != 1 {
      throw .invalidInput("\(name) must be a column vector (single column).")
    }
    return columns[0]
  }

  /// Checks that every cell is of a size that a model takes; the rows have to be equally long.
  func requireModerateSize(name: String) throws(GLMMPoissonError) {
    let columns = rowLengths[0]
    for (index, value) in values.enumerated()
    where value.magnitude > ModelValidation.largestMagnitude {
      throw .invalidInput(
        "\(name)[\(index / columns)][\(index % columns)] must be at most 2^500 in magnitude.")
    }
  }
}
