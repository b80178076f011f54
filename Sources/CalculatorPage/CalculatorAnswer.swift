import CalculatorAPI
import PlatformEssentials
import PoissonGLMM

/// What the page shows for the cells, roles, formula and options that it sends: how the cells were
/// read, the model as roles and as a formula, and with `"fit": true` the answer with its tables,
/// pictures and files. What is wrong with the input stands in it, under `problem`, with the field
/// where it is.
/// - Parameters:
///   - body: the page's request, JSON.
///   - limits: what it may cost; the caller sees to the limit of time.
/// - Returns: JSON.
/// - Throws: `RequestProblem` for what is no request of the page or too large; `FitError` where the
///   time for the fit is over.
public func calculatorAnswer(_ body: [UInt8], limits: RequestLimits) throws -> [UInt8] {
  let request = try PageRequest(json: body)
  var document = AnswerDocument()
  do {
    try PageAnswer(request, limits).fill(&document)
  } catch {
    let names = [request.dataName, request.savedName(hasOwnHeader: false)]
    guard let fault = PageFault(error, dataNames: names) else { throw error }
    document.problem = fault
  }
  return try document.json()
}

/// The way from a request to its answer. Each step leaves in the document what it has found, so
/// that a fault of a later one does not take it away.
private struct PageAnswer {
  let request: PageRequest
  let limits: RequestLimits

  init(_ request: PageRequest, _ limits: RequestLimits) {
    (self.request, self.limits) = (request, limits)
  }

  func fill(_ document: inout AnswerDocument) throws {
    guard let text = request.text else {
      document.model = try model(columns: request.columns ?? [], guess: nil)
      return
    }
    let bytes = Array(text.utf8)
    try limits.require(csv: bytes, of: "The table")
    let format = try request.format()
    let guess = try DataGuess(
      bytes, name: request.dataName, format: format,
      decimalMark: try request.decimalMark(), hasHeader: request.header,
      mostColumns: limits.columns)
    try limits.require(rows: guess.survey.rowCount, of: "The table")
    document.cells = AnswerDocument.Cells(guess)
    guard !guess.survey.columns.isEmpty else {
      throw PageFault(
        .data, "No column has a name in the first row, which either names them or is data already.")
    }
    let model = try model(
      columns: guess.survey.columns.map(\.name), guess: RoleGuess(guess.survey))
    document.model = model
    guard request.fit ?? false else { return }
    var settings = try request.settings(threads: 1)
    settings.dataFormat = guess.survey.format
    document.fit = try PageFit(
      request, guess: guess, formula: model.formula, settings: settings, limits: limits
    ).answer
  }

  /// The model that the request has, as a formula or as roles, or else a likely one.
  private func model(columns: [String], guess: RoleGuess?) throws -> AnswerDocument.Model {
    guard let text = request.formula else {
      var roles = columns.map { (column: $0, role: request.roles?[$0] ?? ColumnRole.unused) }
      if request.roles == nil, let guess { roles = guess.roles }
      let hasIntercept = request.intercept ?? true
      return AnswerDocument.Model(
        formula: Formula.text(roles: roles, hasIntercept: hasIntercept),
        roles: Dictionary(roles, uniquingKeysWith: { first, _ in first }),
        intercept: hasIntercept, isToldByRoles: true)
    }
    var formula = try Formula(text)
    if formula.hasOpenColumns { formula = try formula.expanded(over: columns) }
    try requireColumns(of: formula, among: columns)
    return AnswerDocument.Model(
      formula: text,
      roles: Dictionary(
        columns.map { ($0, formula.role(of: $0)) }, uniquingKeysWith: { first, _ in first }),
      intercept: formula.hasIntercept, isToldByRoles: formula.isToldByRoles(of: columns))
  }

  /// Requires that the data have the columns, so that what is misspelled is told at its place.
  private func requireColumns(of formula: Formula, among columns: [String]) throws(PageFault) {
    for column in formula.columnRequests
    where !column.isOptional && !columns.contains(column.name) {
      let sentence = unknownColumn(column.name, among: columns)
      throw PageFault(
        .formula, sentence.prefix(1).uppercased() + sentence.dropFirst() + ".",
        position: formula.position(ofColumn: column.name))
    }
  }
}

extension AnswerDocument.Cells {
  private static let previewRows = 5

  fileprivate init(_ guess: DataGuess) {
    let survey = guess.survey
    header = guess.hasOwnHeader
    separator = survey.format.separator.map(RepeatingCommand.name) ?? "comma"
    decimal = String(survey.format.decimalMark.rawValue)
    rows = survey.rowCount
    columns = survey.columns.map { column in
      Column(
        name: column.name, kind: column.numbers == nil ? "text" : "number",
        distinct: column.levels.count, missing: column.missing,
        holdsCounts: column.holdsCounts)
    }
    preview = (0..<min(Self.previewRows, rows)).map { row in
      survey.columns.map { $0.text(ofRow: row) }
    }
  }
}
