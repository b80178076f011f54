/// How cells that somebody has pasted are written, as far as they tell.
package struct DataGuess {
  /// The text with a header row.
  package let bytes: [UInt8]
  /// What the columns of that text hold.
  package let survey: DataSurvey
  /// Whether the header row is the text's own.
  package let hasOwnHeader: Bool

  /// Finds what was not said.
  /// - Parameters:
  ///   - bytes: the text.
  ///   - name: what messages call it.
  ///   - format: what is known of how it is written, but for its decimal mark.
  ///   - decimalMark: the decimal mark, if it is known.
  ///   - hasHeader: whether the first row names the columns, if it is known.
  ///   - mostColumns: of a text with more, the survey has no columns.
  /// - Throws: `CSVError` for the first thing that is not as expected.
  package init(
    _ bytes: [UInt8], name: String, format: CSVFormat, decimalMark: DecimalMark?,
    hasHeader: Bool?, mostColumns: Int = .max
  ) throws(CSVError) {
    let first = try DataSurvey.header(bytes, name: name, format: format)
    hasOwnHeader = hasHeader ?? !first.holdsNumbers
    var best: (bytes: [UInt8], survey: DataSurvey)?
    var fault: CSVError?
    // Where the first row has decimal commas it does not tell the separator by itself.
    let separators =
      format.separator.map { [$0] }
      ?? (hasOwnHeader ? [first.separator] : [.tab, .semicolon, .bar, .comma])
    for separator in separators {
      for mark in decimalMark.map({ [$0] }) ?? DecimalMark.allCases
      where mark == .point || separator != .comma || decimalMark != nil {
        var known = format
        (known.separator, known.decimalMark) = (separator, mark)
        do {
          let text =
            hasOwnHeader
            ? bytes : try Self.named(bytes, name: name, format: known, mostColumns: mostColumns)
          let survey = try DataSurvey(text, name: name, format: known, mostColumns: mostColumns)
          if best.map({ Self.isBetter(survey, than: $0.survey) }) ?? true { best = (text, survey) }
        } catch {
          // The fault that the library's own choice has is the one to tell.
          if fault == nil || separator == first.separator && mark == .point { fault = error }
        }
      }
    }
    guard let best else {
      throw fault ?? CSVError(.malformed, file: name, "expected a table, found none")
    }
    (self.bytes, survey) = best
  }

  /// Whether more columns are numbers; of texts with one column each at most, none is better.
  private static func isBetter(_ survey: DataSurvey, than other: DataSurvey) -> Bool {
    let (isTable, isOtherTable) = (survey.columns.count > 1, other.columns.count > 1)
    if isTable != isOtherTable { return isTable }
    return survey.numericShare > other.numericShare
  }

  /// The text below a header with the names that a spreadsheet gives columns.
  private static func named(
    _ bytes: [UInt8], name: String, format: CSVFormat, mostColumns: Int
  ) throws(CSVError) -> [UInt8] {
    let count = try DataSurvey.header(bytes, name: name, format: format).fieldCount
    let letters = (0..<min(count, max(mostColumns, 1) + 1)).map(SpreadsheetColumn.letters)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let header = letters.joined(separator: String((format.separator ?? .comma).rawValue)) + "\n"
    return Array(header.utf8) + bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0)
  }
}

/// How spreadsheets name columns.
package enum SpreadsheetColumn {
  /// `A`, `B`, ..., `Z`, `AA`, ... for 0, 1, ...
  package static func letters(_ index: Int) -> String {
    let (rest, last) = (index / 26, index % 26)
    let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(last)))
    return rest == 0 ? letter : letters(rest - 1) + letter
  }
}
