import PoissonGLMM

/// A call of the documented function.
enum FunctionCall {
  static func answer(_ body: [UInt8], limits: RequestLimits) throws -> [UInt8] {
    let request = try GLMMPoissonRequest(json: body)
    try check(request, limits)
    let (answer, _) = glmmPoissonWithWarnings(request)
    if case .error(let sentence) = answer { throw RequestProblem(.unusableData, sentence) }
    return Array(CallAnswer(answer).text.utf8)
  }

  private static func check(_ request: GLMMPoissonRequest, _ limits: RequestLimits) throws {
    let arguments = request.arguments
    var ranges = [("y", arguments.y), ("x", arguments.x), ("groups", arguments.groups)]
    ranges.append(("x_random", arguments.xRandom))
    if let rows = request.newRows {
      ranges += [("new_x", rows.x), ("new_groups", rows.groups), ("new_x_random", rows.xRandom)]
    }
    for (name, range) in ranges {
      guard case .list(let rows) = range else { continue }
      try limits.require(rows: rows.count, of: name)
      // Rows of different lengths are refused later.
      if case .list(let cells)? = rows.first { try limits.require(columns: cells.count, of: name) }
    }
    try limits.require(
      randomEffects: groupCount(arguments.groups) * (1 + columnCount(arguments.xRandom)))
    try limits.require(
      designValues: rowCount(arguments.y)
        * (2 + columnCount(arguments.x) + columnCount(arguments.xRandom)))
  }

  private static func rowCount(_ range: SpreadsheetValue) -> Int {
    if case .list(let rows) = range { rows.count } else { 1 }
  }

  private static func columnCount(_ range: SpreadsheetValue) -> Int {
    guard case .list(let rows) = range, case .list(let cells)? = rows.first else { return 0 }
    return cells.count
  }

  /// How many different first cells the rows have.
  private static func groupCount(_ range: SpreadsheetValue) -> Int {
    guard case .list(let rows) = range else { return 1 }
    var numbers: Set<Double> = []
    for case .list(let cells) in rows {
      if case .number(let number)? = cells.first { numbers.insert(number) }
    }
    return numbers.count
  }
}
