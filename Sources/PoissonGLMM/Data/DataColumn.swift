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

/// What the values of a column are wanted for, and so what they may be.
public enum ColumnUse: Sendable, Equatable {
  /// Every value must be a number.
  case number
  /// Either every value is a number or none is; text makes the column categorical.
  case numberOrText
  /// Any text or number, as a name for a category or group. In a column of numbers two spellings of
  /// the same number (`1`, `1.0`) are one label, under its first spelling; but where a number has
  /// more digits than a `Double` can tell apart (15), all labels are text.
  case label
}

/// A column asked for by name.
public struct ColumnRequest: Sendable, Equatable {
  public let name: String
  public let use: ColumnUse

  public init(name: String, use: ColumnUse) {
    self.name = name
    self.use = use
  }
}
