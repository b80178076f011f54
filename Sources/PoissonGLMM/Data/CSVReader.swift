/// Reads the columns that are asked for from a CSV file (RFC 4180, UTF-8, a header row), a buffer
/// at a time.
///
/// Only those columns are kept: 8 bytes a row for numbers, 4 for labels. An empty field and `NA`
/// are missing values.
public enum CSVReader {
  /// Reads columns, each for its use.
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - columns: the columns wanted; the table has them in this order, without optional ones that
  ///     the header does not name.
  /// - Throws: `CSVError` with the place of the first thing that is not as expected.
  public static func read(
    path: String, columns: [ColumnRequest]
  ) throws(CSVError) -> DataTable {
    try read(ByteInput(path: path), columns: columns)
  }

  /// Reads columns that hold either numbers or text.
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - columns: the names of the columns; the table has them in this order.
  /// - Throws: `CSVError` with the place of the first thing that is not as expected.
  public static func read(path: String, columns: [String]) throws(CSVError) -> DataTable {
    try read(path: path, columns: columns.map { ColumnRequest(name: $0, use: .numberOrText) })
  }

  static func read(
    _ input: ByteInput, columns: [ColumnRequest], bufferSize: Int = 1 << 18
  ) throws(CSVError) -> DataTable {
    var tokenizer = try CSVTokenizer(input: input, bufferSize: bufferSize)
    let header = try readHeader(&tokenizer, input)
    let requests = columns.filter { !$0.isOptional || header.names.contains($0.name) }
    // For each column of the file, the builder that takes its fields, or -1.
    var builderOfColumn = Array(repeating: -1, count: header.names.count)
    for (index, request) in requests.enumerated() {
      let column = try position(of: request.name, in: header, input)
      guard builderOfColumn[column] < 0 else {
        throw CSVError(
          .malformed, file: input.name, "column '\(request.name)' is asked for twice")
      }
      builderOfColumn[column] = index
    }
    var builders = requests.map(ColumnBuilder.init)
    var origin = RowOrigin(name: input.name)
    var hasRows = false
    while try tokenizer.beginRow() {
      hasRows = true
      try readRow(&tokenizer, builderOfColumn, &builders, &origin)
    }
    guard hasRows else {
      throw CSVError(
        .malformed, file: input.name, "expected rows of data below the header, found none")
    }
    let values = builders.map { $0.column() }
    do {
      return try DataTable(
        columns: zip(requests.map(\.name), values).map { ($0, $1) }, origin: origin)
    } catch {
      throw CSVError(.malformed, file: input.name, error.description)
    }
  }

  private struct Header {
    let names: [String]
    let line: Int
  }

  private static func readRow(
    _ tokenizer: inout CSVTokenizer, _ builderOfColumn: [Int], _ builders: inout [ColumnBuilder],
    _ origin: inout RowOrigin
  ) throws(CSVError) {
    let expected = builderOfColumn.count
    var terminator: CSVTokenizer.Terminator
    repeat {
      terminator = try tokenizer.nextField()
      if tokenizer.column == 1 { origin.appendRow(line: tokenizer.line) }
      guard tokenizer.column <= expected else {
        throw tokenizer.error("expected \(fields(expected)), as in the header, found more")
      }
      let builder = builderOfColumn[tokenizer.column - 1]
      if builder >= 0 { try builders[builder].append(from: tokenizer) }
    } while terminator == .comma
    guard tokenizer.column == expected else {
      throw tokenizer.error(
        "expected \(fields(expected)), as in the header, found \(tokenizer.column)")
    }
  }

  private static func fields(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }

  private static func readHeader(
    _ tokenizer: inout CSVTokenizer, _ input: ByteInput
  ) throws(CSVError) -> Header {
    guard try tokenizer.beginRow() else {
      throw CSVError(.malformed, file: input.name, "expected a header row, found an empty file")
    }
    var names: [String] = []
    var terminator: CSVTokenizer.Terminator
    repeat {
      terminator = try tokenizer.nextField()
      let name = try tokenizer.withField { (field) throws(CSVError) in
        String(validating: field, as: UTF8.self)
      }
      guard let name else { throw tokenizer.error("the header is not valid UTF-8") }
      names.append(name)
    } while terminator == .comma
    return Header(names: names, line: tokenizer.line)
  }

  private static func position(
    of name: String, in header: Header, _ input: ByteInput
  ) throws(CSVError) -> Int {
    guard let position = header.names.firstIndex(of: name) else {
      var message = unknownColumn(name, among: header.names)
      if header.names.count == 1,
        let separator = [";", "\t", "|"].first(where: header.names[0].contains)
      {
        let shown = separator == "\t" ? "tabs" : "'\(separator)'"
        message += "; the fields seem to be separated by \(shown), but commas are expected"
      }
      throw CSVError(.malformed, file: input.name, line: header.line, message)
    }
    if let again = header.names[(position + 1)...].firstIndex(of: name) {
      throw CSVError(
        .malformed, file: input.name, line: header.line, column: again + 1,
        "column '\(name)' is there twice, as columns \(position + 1) and \(again + 1)")
    }
    return position
  }
}
