import PlatformEssentials

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
    return try columnNames(ByteInput(path: path), format: format)
  }

  static func columnNames(
    _ input: any ByteSource, format: CSVFormat
  ) throws(CSVError) -> [String] {
    var tokenizer = try tokenizer(of: input, wanted: [], format: format, bufferSize: 1 << 16)
    // No formula can name a column without a name, and more than these are too many terms.
    return try CSVHeader(&tokenizer, wanted: [], mostNames: 10_000, file: input.name).names
  }
}
