import PoissonGLMM
import SimulationStudy

/// A table of words and numbers: the first column to the left, the others to the right.
struct FitOutputTable {
  let header: [String]
  let rows: [[String]]

  /// Columns aligned with spaces, two between them, each line indented by two.
  var text: String {
    let lines = ([header] + rows).map { $0.map(VisibleText.escaped) }
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return "  " + cells.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// The same with a column more at the right; none for an empty heading.
  func adding(_ column: (heading: String, cells: [String])) -> FitOutputTable {
    guard !column.heading.isEmpty else { return self }
    return FitOutputTable(
      header: header + [column.heading], rows: zip(rows, column.cells).map { $0 + [$1] })
  }

  var markdown: String {
    let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
    return ([header, rule] + rows).map { row in
      "| " + row.map(Self.escaped).joined(separator: " | ") + " |\n"
    }.joined()
  }

  /// A bar would end the cell.
  private static func escaped(_ cell: String) -> String {
    MarkdownRenderer.escaped(cell).replacing("|", with: "\\|")
  }
}

/// A part of the results: a table with its title, and sentences on how to read it.
struct FitOutputSection {
  let title: String
  let table: FitOutputTable
  var notes: [String] = []
}
