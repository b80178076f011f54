/// The data of a model, from wherever they come.
package enum FitData: Sendable {
  /// A CSV file; `-` is standard input.
  case file(path: String)
  /// The text of a CSV file, under the name that messages give it.
  case text([UInt8], name: String)
  /// Columns in memory.
  case table(DataTable)

  /// The name by which results call the data.
  package var name: String {
    switch self {
    case .file(let path): path
    case .text(_, let name): name
    case .table: "columns"
    }
  }

  /// The names of all columns.
  private func columnNames(_ format: CSVFormat) throws(CSVError) -> [String] {
    switch self {
    case .file(let path): try CSVReader.columnNames(path: path, format: format)
    case .text(let bytes, let name):
      try CSVReader.columnNames(MemoryInput(bytes: bytes, name: name), format: format)
    case .table(let table): table.columnNames
    }
  }

  /// The columns that are asked for; those of a table are there already.
  package func table(
    _ requests: [ColumnRequest], format: CSVFormat
  ) throws(CSVError) -> DataTable {
    switch self {
    case .file(let path): try CSVReader.read(path: path, columns: requests, format: format)
    case .text(let bytes, let name):
      try CSVReader.read(
        MemoryInput(bytes: bytes, name: name), columns: requests, format: format)
    case .table(let table): table
    }
  }

  /// A formula where `.` stands for the other columns of these data.
  package func formula(_ text: String, _ settings: FitSettings) throws -> Formula {
    let formula = try Formula(text)
    guard formula.hasOpenColumns else { return formula }
    return try formula.expanded(
      over: columnNames(settings.dataFormat).filter { $0 != settings.weights })
  }

  /// These data in the columns of a formula.
  /// - Throws: `CSVError` or `ModelError`.
  package func frame(_ formula: Formula, _ settings: FitSettings) throws -> ModelFrame {
    var requests = formula.columnRequests
    if let weights = settings.weights, !requests.contains(where: { $0.name == weights }) {
      requests.append(ColumnRequest(name: weights, use: .number))
    }
    return try ModelFrame(
      formula: formula, data: table(requests, format: settings.dataFormat),
      references: settings.references, weights: settings.weights)
  }
}
