import PoissonGLMM

/// Turns a report into plain text for a terminal: no markup, and lines of at most 80 columns but
/// for tables. Pictures are left out.
enum PlainTextRenderer {
  /// What every terminal shows without breaking the line.
  static let columns = 80

  static func text(of document: ReportDocument) -> String {
    var parts = [headed(document.title, by: "=")]
    for section in document.sections {
      parts.append(headed(section.title, by: "-"))
      parts.append(text(of: section.blocks))
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  static func text(of blocks: [ReportBlock]) -> String {
    blocks.map(text).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  static func text(of block: ReportBlock) -> String {
    switch block {
    case .paragraph(let content): return wrapped(inline(content))
    case .bullets(let items):
      return items.map { wrapped("- " + inline($0), indent: "  ") }.joined(separator: "\n")
    case .table(let table): return text(of: table)
    case .code(let code):
      return code.split(separator: "\n", omittingEmptySubsequences: false)
        .map { "  " + VisibleText.escaped(String($0)) }.joined(separator: "\n")
    case .folded(let summary, let blocks):
      return wrapped(inline(summary)) + "\n\n" + text(of: blocks)
    case .figure: return ""
    }
  }

  static func text(of table: ReportTable) -> String {
    AlignedColumns.lines(
      [table.columns.map { inline($0.title) }] + table.rows.map { $0.map(inline) }, hasRule: true
    ) { table.columns[$0].alignment == .right }
    .joined(separator: "\n")
  }

  static func inline(_ content: RichText) -> String {
    content.spans.map { span in
      switch span {
      case .text(let text), .code(let text):
        VisibleText.escaped(text.split(whereSeparator: \.isNewline).joined(separator: " "))
      case .strong(let content): inline(content)
      }
    }.joined()
  }

  /// - Parameter indent: of all lines but the first.
  static func wrapped(_ text: String, indent: String = "") -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if line.isEmpty {
        line = lines.isEmpty ? String(word) : indent + word
      } else if line.count + 1 + word.count <= columns {
        line += " " + word
      } else {
        lines.append(line)
        line = indent + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }

  private static func headed(_ title: RichText, by rule: String) -> String {
    let title = inline(title)
    return title + "\n" + String(repeating: rule, count: min(title.count, columns))
  }
}
