/// Rows of a table for a terminal: columns padded with spaces, two between them, and none at the
/// end of a line.
package enum AlignedColumns {
  /// - Parameters:
  ///   - rows: all with as many cells as the first.
  ///   - hasRule: whether a line of dashes stands behind the first row.
  ///   - isRight: whether a column is aligned to the right.
  /// - Returns: one line for each row.
  package static func lines(
    _ rows: [[String]], hasRule: Bool = false,
    isRight: (_ column: Int) -> Bool = { _ in false }
  ) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return (hasRule ? rows.prefix(1) + [rule] + rows.dropFirst() : rows[...]).map { row in
      var line = row.enumerated().map { column, cell in
        let fill = String(repeating: " ", count: widths[column] - cell.count)
        return isRight(column) ? fill + cell : cell + fill
      }.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}
