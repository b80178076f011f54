import PoissonGLMM

/// A request for the fit of a formula, or for its predictions: an object such as
///
///     {"formula": "y ~ x + (1 | g)", "csv": "y,x,g\n2,0.5,a\n", "options": {"alpha": 0.1}}
///
/// with `csv` or, in its place, `columns`: an object of lists of numbers or texts, null where a
/// value is missing. Predictions have `new_csv` or `new_columns` as well. The options are those of
/// the C library.
struct ModelRequest {
  let formula: String
  let data: FitData
  let newRows: FitData?
  let options: FitSettings.Options
  private let limits: RequestLimits

  /// - Parameter predicts: whether it has new rows.
  /// - Throws: `GLMMPoissonError` with line and column for what is not JSON, `FitSettings.Fault` or
  ///   `RequestProblem` for the first other fault.
  init(json body: [UInt8], predicts: Bool, limits: RequestLimits) throws {
    var members = try RequestMembers(
      json: body,
      keys: ["formula", "csv", "columns", "options"] + (predicts ? ["new_csv", "new_columns"] : []))
    guard let formula = try members.text("formula") else {
      throw RequestProblem(.malformed, "formula is required: a text such as \"y ~ x + (1 | g)\".")
    }
    self.formula = formula
    self.limits = limits
    data = try Self.data(&members, csv: "csv", columns: "columns", limits)
    newRows =
      predicts ? try Self.data(&members, csv: "new_csv", columns: "new_columns", limits) : nil
    var options = try members.options("options")
    // Fits share the processors among themselves; the results do not depend on it.
    options.settings.threads = 1
    // However the file was written: its text is here.
    options.settings.dataFormat.encoding = .utf8
    self.options = options
  }

  private static func data(
    _ members: inout RequestMembers, csv: String, columns: String, _ limits: RequestLimits
  ) throws -> FitData {
    let text = try members.text(csv)
    let table = try members.columns(columns)
    switch (text, table) {
    case (nil, nil):
      throw RequestProblem(
        .malformed, "\(csv) is required, the text of a file, or \(columns) in its place.")
    case (.some, .some):
      throw RequestProblem(.malformed, "\(csv) and \(columns) cannot both be given.")
    case (let text?, nil):
      let bytes = Array(text.utf8)
      try limits.require(csv: bytes, of: csv)
      return .text(bytes, name: csv)
    case (nil, let table?):
      try limits.require(rows: table.rowCount, of: columns)
      try limits.require(columns: table.columnNames.count, of: columns)
      return .table(table)
    }
  }

  private func prepared() throws -> PreparedFit {
    do {
      let prepared = try PreparedFit(formula: formula, data: data, settings: options.settings)
      try limits.require(prepared.frame)
      return prepared
    } catch let error as FormulaError where error.formula != formula {
      // The place is one in a contrast, and not in the formula.
      throw RequestProblem(.malformed, error.message)
    }
  }

  /// The fit, as `fit --format json` prints it.
  func fitAnswer() throws -> [UInt8] {
    let prepared = try prepared()
    let report = try prepared.report(keepsRandomEffects: false)
    return Array(try report.output.json.utf8)
  }

  /// The predictions, as `predict --format json` prints them; the warnings of the fit come first.
  func predictAnswer() throws -> [UInt8] {
    let settings = options.settings
    let prepared = try prepared()
    let (frame, model) = (prepared.frame, prepared.model)
    guard let newRows else { throw RequestProblem(.failure, "There are no new rows.") }
    // Faults in the new rows are found before the time for a fit is spent.
    let rows = try PredictionReport.rows(
      frame, model, of: newRows, format: settings.dataFormat, scale: options.scale,
      groups: options.groups)
    let fit = try model.fit(settings.options(keepsRandomEffects: true))
    let report = try PredictionReport(
      try Predictor(model, fit: fit), frame: frame, rows: rows, scale: options.scale,
      alpha: settings.alpha, threads: settings.threads)
    return Array(try report.json(fitWarnings: fit.warnings).utf8)
  }
}
