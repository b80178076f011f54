import PoissonGLMM

/// Turns a report into GitHub-flavoured Markdown. Table columns are padded, so that the source
/// reads as a table too.
package enum MarkdownRenderer {
  static func text(of document: ReportDocument) -> String {
    var parts = ["# " + inline(document.title)]
    for section in document.sections {
      parts.append("## " + inline(section.title))
      parts += section.blocks.map(text)
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  static func text(of block: ReportBlock) -> String {
    switch block {
    case .paragraph(let content): return inline(content)
    case .bullets(let items): return items.map { "- " + inline($0) }.joined(separator: "\n")
    case .table(let table): return text(of: table)
    case .code(let code): return fenced(code)
    case .folded(let summary, let blocks):
      // GitHub reads Markdown inside the element only after an empty line; the summary stays HTML.
      let content = blocks.map(text).joined(separator: "\n\n")
      return "<details>\n<summary>\(HTMLText.inline(summary))</summary>\n\n\(content)\n\n</details>"
    case .figure(let figure):
      let path = StudyFile.Name.plot(figure.name)
      return "![\(escaped(figure.alternative))](\(path))\n\n\(inline(figure.caption))"
    }
  }

  static func text(of table: ReportTable) -> String {
    let header = table.columns.map { cell($0.title) }
    let body = table.rows.map { $0.map(cell) }
    let widths = table.columns.indices.map { column in
      max(3, ([header] + body).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = table.columns.indices.map { column in
        let text = column < cells.count ? cells[column] : ""
        let fill = String(repeating: " ", count: widths[column] - text.count)
        return table.columns[column].alignment == .left ? text + fill : fill + text
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = table.columns.indices.map { column in
      table.columns[column].alignment == .left
        ? String(repeating: "-", count: widths[column])
        : String(repeating: "-", count: widths[column] - 1) + ":"
    }
    return ([line(header), line(rule)] + body.map(line)).joined(separator: "\n")
  }

  static func inline(_ content: RichText) -> String {
    content.spans.map { span in
      switch span {
      case .text(let text): escaped(text)
      case .code(let name): code(name)
      case .strong(let content): "**" + inline(content) + "**"
      }
    }.joined()
  }

  /// A pipe ends a cell even within code, unless escaped.
  private static func cell(_ content: RichText) -> String {
    inline(content).replacing("|", with: "\\|")
  }

  /// Text without markup: what Markdown and HTML would take for markup is escaped, and so is what
  /// a terminal would obey. A bar stays what it is outside of a table.
  package static func escaped(_ text: String) -> String {
    var result = ""
    var previous: Character = " "
    let characters = Array(VisibleText.escaped(singleLine(text)))
    for (position, character) in characters.enumerated() {
      switch character {
      case "\\", "`", "*", "[", "]", "#", "~", "$": result += "\\" + String(character)
      case "_":
        // Within a word an underscore is plain text, and escaping it would only disturb the reader.
        let next = position + 1 < characters.count ? characters[position + 1] : " "
        result += isWordCharacter(previous) && isWordCharacter(next) ? "_" : "\\_"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      default: result.append(character)
      }
      previous = character
    }
    return result
  }

  private static func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }

  /// A code span, fenced by more backticks than the name holds in a row.
  package static func code(_ name: String) -> String {
    let name = VisibleText.escaped(singleLine(name))
    let longest = name.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    if name.isEmpty { return "" }
    return longest == 0 ? fence + name + fence : "\(fence) \(name) \(fence)"
  }

  private static func fenced(_ code: String) -> String {
    let longest = code.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)\n\(code)\n\(fence)"
  }

  private static func singleLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
