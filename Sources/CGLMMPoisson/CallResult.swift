import PoissonGLMM

/// What a call found, in C's memory. Nothing changes once it is made.
final class CallResult: Sendable {
  let error: CText?
  let warnings: CText
  let json: CText?
  let csv: CText?
  let saved: CBytes?
  let table: CellTable?

  private init(
    error: CText? = nil, warnings: [String] = [], json: String? = nil, csv: String? = nil,
    saved: [UInt8]? = nil, table: CellTable? = nil
  ) {
    self.error = error
    self.warnings = CText(CallAnswer.list(warnings))
    self.json = json.map(CText.init)
    self.csv = csv.map(CText.init)
    self.saved = saved.map(CBytes.init)
    self.table = table
  }

  /// - Parameter error: one sentence.
  convenience init(error: String) {
    self.init(error: CText(error), json: CallAnswer(error: error).text)
  }

  /// The answer of the documented function.
  convenience init(_ answer: GLMMPoissonAnswer, warnings: [String]) {
    switch answer {
    case .error(let sentence): self.init(error: sentence)
    case .table(let rows):
      self.init(
        warnings: warnings, json: CallAnswer(answer).text, table: CellTable(rows))
    }
  }

  /// A fit.
  /// - Parameter keeps: whether it has kept its random effects, which are then told.
  convenience init(_ report: FitReport, keeps: Bool) throws {
    self.init(
      warnings: report.warnings, json: try report.output.json,
      csv: keeps ? try report.output.randomEffectsCSV(report.fit) : nil,
      saved: keeps ? try report.saved().bytes : nil)
  }

  /// Predictions.
  /// - Parameter warnings: those of the fit.
  convenience init(_ report: PredictionReport, warnings: [String]) {
    self.init(warnings: warnings + report.warnings, csv: report.csv)
  }
}

/// Cells of the documented table.
struct CellTable: Sendable {
  private let cells: [[TableCell]]
  private let texts: [[CText?]]

  init(_ rows: [[TableCell]]) {
    cells = rows
    texts = rows.map { row in
      row.map { cell in if case .text(let text) = cell { CText(text) } else { nil } }
    }
  }

  var rowCount: Int { cells.count }
  var columnCount: Int { cells.first?.count ?? 0 }

  func text(_ row: Int64, _ column: Int64) -> CText? {
    has(row, column) ? texts[Int(row)][Int(column)] : nil
  }

  func number(_ row: Int64, _ column: Int64) -> Double {
    guard has(row, column), case .number(let number) = cells[Int(row)][Int(column)] else {
      return .nan
    }
    return number
  }

  private func has(_ row: Int64, _ column: Int64) -> Bool {
    (0..<Int64(rowCount)).contains(row) && (0..<Int64(columnCount)).contains(column)
  }
}
