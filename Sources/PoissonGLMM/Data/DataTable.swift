/// Named columns of equal length.
public struct DataTable: Sendable, Equatable {
  /// The names of the columns, each once.
  public private(set) var columnNames: [String]
  /// The number of rows.
  public private(set) var rowCount: Int
  private(set) var columns: [String: DataColumn]
  /// The labels of columns whose numbers are used as well.
  let labels: [String: DataColumn]
  let origin: RowOrigin?

  /// A table from columns.
  /// - Throws: `ModelError` for a repeated name, columns of different lengths, or a label's index
  ///   that is out of range.
  public init(columns: [(name: String, values: DataColumn)]) throws(ModelError) {
    try self.init(columns: columns, origin: nil)
  }

  init(
    columns: [(name: String, values: DataColumn)], labels: [String: DataColumn] = [:],
    origin: RowOrigin?
  ) throws(ModelError) {
    // A file has rows even if none of its columns was asked for.
    (columnNames, rowCount, self.columns) = ([], origin?.rowCount ?? 0, [:])
    self.labels = labels
    self.origin = origin
    for (name, values) in columns { try add(name, values) }
  }

  /// A table without a column.
  package init() {
    (columnNames, rowCount, columns, labels, origin) = ([], 0, [:], [:], nil)
  }

  /// Adds a column.
  /// - Throws: `ModelError` for a name that is there, another length than that of the other
  ///   columns, or a label's index that is out of range.
  package mutating func add(_ name: String, _ values: DataColumn) throws(ModelError) {
    if let first = columnNames.first, values.count != rowCount {
      throw ModelError(
        "Column '\(name)' has \(values.count) rows, but '\(first)' has \(rowCount).")
    }
    if case .text(let codes, let levels) = values,
      let row = codes.firstIndex(where: { $0 < -1 || Int($0) >= levels.count })
    {
      throw ModelError(
        "Row \(row + 1) of column '\(name)' has the label number \(codes[row]), but there are "
          + "\(levels.count) labels.")
    }
    guard columns[name] == nil else { throw ModelError("Column '\(name)' is there twice.") }
    columnNames.append(name)
    columns[name] = values
    rowCount = values.count
  }

  /// The values of a column, or nil if there is no such column.
  public func column(named name: String) -> DataColumn? { columns[name] }

  /// The values of a column as the names of groups, or nil if there is no such column: text as the
  /// file has it, also where the column's numbers were asked for.
  package func labels(named name: String) -> DataColumn? { labels[name] ?? columns[name] }

  /// The same rows with some of the columns.
  func selected(_ names: [String]) -> DataTable {
    DataTable(self, names: names.filter { columns[$0] != nil })
  }

  private init(_ other: DataTable, names: [String]) {
    columnNames = names
    rowCount = other.rowCount
    columns = other.columns.filter { names.contains($0.key) }
    labels = other.labels.filter { names.contains($0.key) }
    origin = other.origin
  }

  /// The number by which messages call row `row` (0, 1, ...): that of its line in the file, or its
  /// own, from 1, if the table was not read from a file.
  func number(ofRow row: Int) -> Int { origin?.line(ofRow: row) ?? row + 1 }

  /// Where row `row` (0, 1, ...) came from, for messages: `visits.csv:12`, or `row 11` if the table
  /// was not read from a file.
  public func location(ofRow row: Int) -> String {
    guard let origin else { return "row \(row + 1)" }
    return "\(origin.name):\(origin.line(ofRow: row))"
  }
}

/// The file a table was read from and the line on which each of its rows begins.
struct RowOrigin: Sendable, Equatable {
  /// The file's name as the user gave it.
  let name: String
  /// Rows that do not begin on the line after their predecessor's, ascending; the first entry is
  /// row 0.
  private(set) var jumps: [Jump] = []
  private var nextLine = 0
  private(set) var rowCount = 0

  struct Jump: Sendable, Equatable {
    let row: Int
    let line: Int
  }

  init(name: String) {
    self.name = name
  }

  /// The origin of rows whose jumps are known.
  init(name: String, jumps: [(row: Int, line: Int)], rowCount: Int) {
    self.name = name
    self.jumps = jumps.map { Jump(row: $0.row, line: $0.line) }
    self.rowCount = rowCount
    nextLine = line(ofRow: rowCount)
  }

  /// Records that the next row begins on line `line`.
  mutating func appendRow(line: Int) {
    if line != nextLine { jumps.append(Jump(row: rowCount, line: line)) }
    nextLine = line + 1
    rowCount += 1
  }

  /// The line, counted from 1, on which row `row` (0, 1, ...) begins.
  func line(ofRow row: Int) -> Int {
    var low = 0
    var high = jumps.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if jumps[middle].row <= row { low = middle } else { high = middle }
    }
    guard low < high else { return row + 1 }
    return jumps[low].line + row - jumps[low].row
  }
}

/// The values of one column of a table.
public enum DataColumn: Sendable, Equatable {
  /// One number per row; NaN where the value is missing.
  case numeric([Double])
  /// One label per row, as an index into `levels`, the distinct labels in order of first
  /// appearance; -1 where the value is missing.
  case text(codes: [Int32], levels: [String])

  /// The number of rows.
  public var count: Int {
    switch self {
    case .numeric(let values): values.count
    case .text(let codes, _): codes.count
    }
  }

  /// Whether the value in row `row` is missing.
  func isMissing(row: Int) -> Bool {
    switch self {
    case .numeric(let values): values[row].isNaN
    case .text(let codes, _): codes[row] < 0
    }
  }
}

/// The use of a column, which says what values it may have.
public enum ColumnUse: Sendable, Equatable {
  /// Every value must be a number.
  case number
  /// Either every value is a number or none is, which the whole column decides; text makes it
  /// categorical.
  case numberOrText
  /// Any text or number, as a name for a category or group, as it is written: `1` and `01` are two
  /// labels, whatever else the column holds.
  case label
}

/// A column asked for by name.
public struct ColumnRequest: Sendable, Equatable {
  /// The name of the column.
  public let name: String
  /// The use of its values.
  public let use: ColumnUse
  /// Whether the column is left out, rather than an error, where the data do not have it.
  public let isOptional: Bool
  /// Whether the values are needed as labels, too, beside what `use` says.
  public let keepsLabels: Bool

  /// A request for a column.
  /// - Parameters:
  ///   - name: the name of the column.
  ///   - use: the use of its values.
  ///   - isOptional: whether the data need not have the column.
  ///   - keepsLabels: whether the values are needed as labels, too.
  public init(
    name: String, use: ColumnUse, isOptional: Bool = false, keepsLabels: Bool = false
  ) {
    self.name = name
    self.use = use
    self.isOptional = isOptional
    self.keepsLabels = keepsLabels
  }
}
