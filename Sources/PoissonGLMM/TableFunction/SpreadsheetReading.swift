extension GLMMPoissonArguments {
  /// The arguments as they are meant in a spreadsheet, whose functions are handed less than a
  /// person has typed: an empty cell is an empty text, TRUE and FALSE are the numbers 1 and 0, and
  /// a range reaches as far as the person has marked, to the last row of the sheet maybe.
  ///
  /// - Rows at the end that are empty in every range are dropped.
  /// - A single value in the place of `xRandom` can be no predictor where `y` has several rows. The
  ///   documented examples put others there: a number between 0 and 1 is `alpha`, and TRUE, FALSE,
  ///   1 or 0 is `fitIntercept`, unless that argument is given in its own place too.
  /// - For `fitIntercept` the numbers 1 and 0 stand for TRUE and FALSE, and a range of one cell for
  ///   its cell. Other numbers are left to the checks.
  /// - Parameter cells: what was passed; `.null` for an optional argument that was left out.
  public init(spreadsheet cells: GLMMPoissonArguments) {
    self.init(y: cells.y, x: cells.x, groups: cells.groups)
    var single = cells.xRandom.singleValue
    var ranges = [y, x, groups]
    if single == nil { ranges.append(cells.xRandom) }
    ranges = SpreadsheetValue.withoutEmptyEnd(ranges)
    (y, x, groups) = (ranges[0], ranges[1], ranges[2])
    if single == nil || !y.hasSeveralRows {
      single = nil
      xRandom = ranges.count > 3 ? ranges[3] : cells.xRandom
    }

    var (givenIntercept, givenAlpha) = (cells.fitIntercept, cells.alpha)
    if let single {
      switch single.numericValue {
      case let number? where number > 0 && number < 1 && givenAlpha == .null: givenAlpha = single
      case .some(0) where givenIntercept == .null: givenIntercept = single
      case .some(1) where givenIntercept == .null: givenIntercept = single
      default: xRandom = cells.xRandom
      }
    }
    if givenIntercept != .null { fitIntercept = givenIntercept.truthOfCell }
    if givenAlpha != .null { alpha = givenAlpha.singleValue ?? givenAlpha }
    if cells.approximation != .null { approximation = cells.approximation }
  }
}

extension GLMMPoissonNewRows {
  /// New rows as they are meant in a spreadsheet: those at the end that are empty in every range
  /// are dropped.
  public init(spreadsheet cells: GLMMPoissonNewRows) {
    let ranges = SpreadsheetValue.withoutEmptyEnd([cells.x, cells.groups, cells.xRandom])
    self.init(x: ranges[0], groups: ranges[1], xRandom: ranges[2])
  }
}

extension SpreadsheetValue {
  /// The value of a bare cell or of a range of one cell; nil for what has more or none, and for
  /// what was left out.
  fileprivate var singleValue: SpreadsheetValue? {
    switch self {
    case .null: nil
    case .number, .bool, .text: self
    case .list(let rows):
      if rows.count == 1, case .list(let cells) = rows[0], cells.count == 1 {
        cells[0]
      } else {
        nil
      }
    }
  }

  fileprivate var truthOfCell: SpreadsheetValue {
    switch singleValue {
    case .number(0)?: .bool(false)
    case .number(1)?: .bool(true)
    case let value?: value
    case nil: self
    }
  }

  fileprivate var hasSeveralRows: Bool {
    if case .list(let rows) = self { rows.count > 1 } else { false }
  }

  private var isEmptyCell: Bool { self == .null || self == .text("") }

  private var isEmptyRow: Bool {
    guard case .list(let cells) = self else { return false }
    return !cells.isEmpty && cells.allSatisfy(\.isEmptyCell)
  }

  /// Ranges without the rows at their end that are empty in each of them, or beyond its end. One
  /// row stays, for the checks to name.
  fileprivate static func withoutEmptyEnd(_ ranges: [SpreadsheetValue]) -> [SpreadsheetValue] {
    let filled = ranges.map { range in
      guard case .list(let rows) = range else { return 0 }
      return rows.lastIndex { !$0.isEmptyRow }.map { $0 + 1 } ?? 0
    }
    let count = max(filled.max() ?? 0, 1)
    return ranges.map { range in
      guard case .list(let rows) = range, rows.count > count else { return range }
      return .list(Array(rows.prefix(count)))
    }
  }
}
