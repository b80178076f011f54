/// Writing CSV, so that `CSVReader` and every other reader of RFC 4180 get the same fields back.
package enum CSVLine {
  /// One row of a table of results, ended by a line feed, as `exact` writes it but for texts that a
  /// spreadsheet would take for formulas and run: these get an apostrophe in front, which makes
  /// them text.
  package static func text(_ fields: [String]) -> String {
    exact(fields.map { isFormula($0) ? "'" + $0 : $0 })
  }

  /// One row of data, ended by a line feed. Fields are quoted where they hold a comma, a quote or a
  /// line end, and where they begin or end with white space, which readers may take off.
  package static func exact(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes =
      field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
      || field.first?.isWhitespace == true || field.last?.isWhitespace == true
    return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }

  /// Whether a spreadsheet would compute a field instead of showing it. White space before the sign
  /// does not hinder some of them, and the last four signs are the first four in the width of
  /// Chinese letters. A number with a sign is a number.
  private static func isFormula(_ field: String) -> Bool {
    let signs = "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars
    guard let first = field.unicodeScalars.first(where: { !$0.properties.isWhitespace }),
      signs.contains(first)
    else { return false }
    return Double(field) == nil
  }
}
