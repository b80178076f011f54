import PlatformEssentials

/// What the columns of a table hold, before it is known what each of them is for.
package struct DataSurvey {
  /// One column.
  package struct Column {
    /// As the header has it.
    package let name: String
    /// The different texts in it, in order of appearance.
    package let levels: [String]
    /// For each row the index of its text in `levels`; -1 where the value is missing.
    package let codes: [Int32]
    /// The value of each of `levels`; nil unless all of them are numbers.
    package let numbers: [Double]?

    /// Whether all its values could be counts.
    package var holdsCounts: Bool {
      guard let numbers, !numbers.isEmpty else { return false }
      return numbers.allSatisfy { $0 >= 0 && $0 == $0.rounded() && $0 < 1e15 }
    }

    /// The number of rows without a value.
    package var missing: Int { codes.count { $0 < 0 } }

    /// The text of a row; empty where the value is missing.
    package func text(ofRow row: Int) -> String {
      codes[row] < 0 ? "" : levels[Int(codes[row])]
    }
  }

  /// The columns in the order of the header.
  package let columns: [Column]
  /// The number of rows below the header.
  package let rowCount: Int
  /// How the text was read, with the separator that was found.
  package let format: CSVFormat

  /// Reads all columns of the text of a CSV file.
  /// - Parameters:
  ///   - bytes: the text.
  ///   - name: what messages call it.
  ///   - mostColumns: more columns are not read: the columns are then none.
  /// - Throws: `CSVError` for the first thing that is not as expected.
  package init(
    _ bytes: [UInt8], name: String, format: CSVFormat, mostColumns: Int = .max
  ) throws(CSVError) {
    var format = format
    let header = try Self.header(bytes, name: name, format: format)
    format.separator = header.separator
    self.format = format
    guard header.names.count <= mostColumns else {
      (columns, rowCount) = ([], 0)
      return
    }
    let table = try CSVReader.read(
      MemoryInput(bytes: bytes, name: name),
      columns: header.names.map { ColumnRequest(name: $0, use: .label) }, format: format)
    rowCount = table.rowCount
    columns = header.names.compactMap { name in
      guard case .text(let codes, let levels) = table.column(named: name) else { return nil }
      let numbers = levels.map { DecimalNumber.value($0, format.decimalMark) }
      return Column(
        name: name, levels: levels, codes: codes,
        numbers: numbers.allSatisfy(\.isFinite) ? numbers : nil)
    }
  }

  /// The first row of a text.
  package struct Header {
    /// Its fields, but for empty ones.
    package let names: [String]
    /// The number of fields.
    package let fieldCount: Int
    package let separator: CSVSeparator

    /// Whether a field is a number, as in a row of data: columns are rarely named so.
    package var holdsNumbers: Bool {
      names.contains { name in
        DecimalMark.allCases.contains { !DecimalNumber.value(name, $0).isNaN }
      }
    }
  }

  /// The header row of a text.
  /// - Throws: `CSVError` if there is none.
  package static func header(
    _ bytes: [UInt8], name: String, format: CSVFormat
  ) throws(CSVError) -> Header {
    var tokenizer = try CSVReader.tokenizer(
      of: MemoryInput(bytes: bytes, name: name), wanted: [], format: format, bufferSize: 1 << 16)
    let header = try CSVHeader(&tokenizer, wanted: [], mostNames: 10_000, file: name)
    return Header(
      names: header.names, fieldCount: header.count, separator: tokenizer.separator)
  }

  /// The share of the columns that hold numbers.
  package var numericShare: Double {
    columns.isEmpty ? 0 : Double(columns.count { $0.numbers != nil }) / Double(columns.count)
  }
}

extension DecimalNumber {
  /// The number that a text spells; NaN if it spells none.
  fileprivate static func value(_ text: String, _ mark: DecimalMark) -> Double {
    Array(text.utf8).withUnsafeBufferPointer { parse($0, decimalMark: mark.byte) }
  }
}
