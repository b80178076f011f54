/// Writing CSV, so that `CSVReader` and every other reader of RFC 4180 get the same fields back.
package enum CSVLine {
  /// One row, ended by a line feed. Fields are quoted where they hold a comma, a quote or a line
  /// end, and where they begin or end with white space, which readers may take off.
  package static func text(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    let needsQuotes =
      field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
      || field.first?.isWhitespace == true || field.last?.isWhitespace == true
    return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}
