/// Reads the columns that are asked for from a CSV file (RFC 4180 and its relatives, with a header
/// row), a buffer at a time.
///
/// The separator (comma, semicolon, tab or bar) is found in the header, a file compressed by gzip
/// is decompressed, and UTF-16 is known by its mark; `CSVFormat` says what cannot be found. Only
/// the wanted columns are kept: 8 bytes a row for numbers, 4 for labels. An empty field and `NA`
/// are missing values.
public enum CSVReader {
  /// Reads columns, each for its use.
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - columns: the columns wanted; the table has them in this order, without optional ones that
  ///     the header does not name.
  ///   - format: how the file is written.
  /// - Throws: `CSVError` with the place of the first thing that is not as expected.
  public static func read(
    path: String, columns: [ColumnRequest], format: CSVFormat = CSVFormat()
  ) throws(CSVError) -> DataTable {
    try read(ByteInput(path: path), columns: columns, format: format)
  }

  /// Reads columns that hold either numbers or text.
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - columns: the names of the columns; the table has them in this order.
  ///   - format: how the file is written.
  /// - Throws: `CSVError` with the place of the first thing that is not as expected.
  public static func read(
    path: String, columns: [String], format: CSVFormat = CSVFormat()
  ) throws(CSVError) -> DataTable {
    try read(
      path: path, columns: columns.map { ColumnRequest(name: $0, use: .numberOrText) },
      format: format)
  }

  static func read(
    _ input: any ByteSource, columns: [ColumnRequest], format: CSVFormat = CSVFormat(),
    bufferSize: Int = 1 << 18
  ) throws(CSVError) -> DataTable {
    let wanted = Set(columns.map(\.name))
    var tokenizer = try tokenizer(
      of: input, wanted: wanted, format: format, bufferSize: bufferSize)
    let header = try CSVHeader(&tokenizer, wanted: wanted, file: input.name)
    let requests = columns.filter { !$0.isOptional || header.contains($0.name) }
    var builders: [ColumnBuilder] = []
    var places: [Int] = []
    var seen: Set<String> = []
    for request in requests {
      let place = try header.position(of: request.name)
      guard seen.insert(request.name).inserted else {
        throw CSVError(
          .malformed, file: input.name, "column '\(request.name)' is asked for twice")
      }
      for use in request.builderUses {
        builders.append(ColumnBuilder(name: request.name, use: use, format: format))
        places.append(place)
      }
    }
    let rows = RowReader(places: places, fieldCount: header.count, separator: tokenizer.separator)
    var origin = RowOrigin(name: input.name)
    while try tokenizer.beginRow() { try rows.readRow(&tokenizer, &builders, &origin) }
    guard origin.rowCount > 0 else {
      throw CSVError(
        .malformed, file: input.name, "expected rows of data below the header, found none")
    }
    return try table(requests, builders, origin)
  }

  /// The rows of a file, from its header on.
  static func tokenizer(
    of input: any ByteSource, wanted: Set<String>, format: CSVFormat, bufferSize: Int
  ) throws(CSVError) -> CSVTokenizer {
    let source = try TextSource.open(input, encoding: format.encoding)
    let search = SeparatorSearch(try source.peek(SeparatorSearch.length), wanted: wanted)
    var tokenizer = CSVTokenizer(
      input: source, separator: format.separator ?? search.separator, bufferSize: bufferSize)
    if search.hasDirective, try tokenizer.beginRow() {
      while try tokenizer.nextField() == .separator {}
    }
    return tokenizer
  }

  /// The table of the requests, in their order, from their builders.
  private static func table(
    _ requests: [ColumnRequest], _ builders: [ColumnBuilder], _ origin: RowOrigin
  ) throws(CSVError) -> DataTable {
    var columns: [(name: String, values: DataColumn)] = []
    var labels: [String: DataColumn] = [:]
    var next = 0
    for request in requests {
      columns.append((request.name, try builders[next].column(file: origin.name)))
      if request.builderUses.count > 1 {
        labels[request.name] = try builders[next + 1].column(file: origin.name)
      }
      next += request.builderUses.count
    }
    do {
      return try DataTable(columns: columns, labels: labels, origin: origin)
    } catch {
      throw CSVError(.malformed, file: origin.name, error.description)
    }
  }
}

extension ColumnRequest {
  /// What the column is read as: once, or twice if its labels are needed beside its numbers.
  fileprivate var builderUses: [ColumnUse] {
    keepsLabels && use != .label ? [use, .label] : [use]
  }
}

/// Takes the fields of a row to the builders of their columns.
private struct RowReader {
  /// For each column of the file, its first builder, or -1.
  private var builderOfColumn: [Int32]
  /// For each builder, the next one of the same column, or -1.
  private var nextBuilder: [Int]
  private let hint: String

  init(places: [Int], fieldCount: Int, separator: CSVSeparator) {
    builderOfColumn = Array(repeating: -1, count: fieldCount)
    nextBuilder = Array(repeating: -1, count: places.count)
    for (builder, place) in places.enumerated().reversed() {
      nextBuilder[builder] = Int(builderOfColumn[place])
      builderOfColumn[place] = Int32(builder)
    }
    hint = separator == .comma ? "; a text or number that holds a comma needs quotes around it" : ""
  }

  func readRow(
    _ tokenizer: inout CSVTokenizer, _ builders: inout [ColumnBuilder], _ origin: inout RowOrigin
  ) throws(CSVError) {
    let expected = builderOfColumn.count
    var terminator: CSVTokenizer.Terminator
    repeat {
      terminator = try tokenizer.nextField()
      if tokenizer.column == 1 { origin.appendRow(line: tokenizer.line) }
      guard tokenizer.column <= expected else {
        throw tokenizer.error("expected \(fields(expected)), as in the header, found more\(hint)")
      }
      var builder = Int(builderOfColumn[tokenizer.column - 1])
      while builder >= 0 {
        try builders[builder].append(from: tokenizer)
        builder = nextBuilder[builder]
      }
    } while terminator == .separator
    guard tokenizer.column == expected else {
      throw tokenizer.error(
        "expected \(fields(expected)), as in the header, found \(tokenizer.column)")
    }
  }

  private func fields(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }
}
