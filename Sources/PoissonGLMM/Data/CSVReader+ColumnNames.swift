import Foundation

extension CSVReader {
  /// The names in the header row of a CSV file: what `.` in a formula is expanded over before the
  /// columns are read.
  /// - Parameters:
  ///   - path: a file that can be opened again to read its columns: no pipe, and not standard
  ///     input.
  ///   - format: how the file is written.
  /// - Throws: `CSVError` if the file cannot be read twice, or has no header.
  public static func columnNames(
    path: String, format: CSVFormat = CSVFormat()
  ) throws(CSVError) -> [String] {
    var status = stat()
    guard path != "-", stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFIFO else {
      throw CSVError(
        .cannotOpen, file: path == "-" ? "standard input" : path,
        "'.' for all other columns needs a file, which is read twice; name the columns instead")
    }
    let source = try TextSource.open(ByteInput(path: path), encoding: format.encoding)
    let search = SeparatorSearch(try source.peek(SeparatorSearch.length), wanted: [])
    var tokenizer = CSVTokenizer(
      input: source, separator: format.separator ?? search.separator, bufferSize: 1 << 16)
    if search.hasDirective, try tokenizer.beginRow() {
      while try tokenizer.nextField() == .separator {}
    }
    guard try tokenizer.beginRow() else {
      throw CSVError(.malformed, file: path, "expected a header row, found an empty file")
    }
    var names: [String] = []
    var terminator: CSVTokenizer.Terminator
    repeat {
      terminator = try tokenizer.nextField()
      let name = try tokenizer.withField { (field) throws(CSVError) in
        String(validating: field, as: UTF8.self)
      }
      guard let name else {
        throw tokenizer.error("the header is not valid UTF-8; \(TextEncoding.latin1.hint)")
      }
      // No formula can name a column without a name, and more than these are too many terms.
      if !name.isEmpty, names.count < 10_000 { names.append(name) }
    } while terminator == .separator
    return names
  }
}
