/// Turns a report into one HTML page that needs no other file: pictures stand in it, and so does
/// its style, for light and dark displays and for narrow ones.
enum HTMLRenderer {
  static func text(of document: ReportDocument) -> String {
    let title = HTMLText.inline(document.title)
    let sections = document.sections.map { section in
      let blocks = section.blocks.map(text).joined(separator: "\n")
      return "<section>\n<h2>\(HTMLText.inline(section.title))</h2>\n\(blocks)\n</section>"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      \(style)
      </style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(sections.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  static func text(of block: ReportBlock) -> String {
    switch block {
    case .paragraph(let content): return "<p>\(HTMLText.inline(content))</p>"
    case .bullets(let items):
      let list = items.map { "<li>\(HTMLText.inline($0))</li>" }.joined(separator: "\n")
      return "<ul>\n\(list)\n</ul>"
    case .table(let table): return text(of: table)
    case .code(let code): return "<pre><code>\(HTMLText.escaped(code))</code></pre>"
    case .folded(let summary, let blocks):
      let content = blocks.map(text).joined(separator: "\n")
      return """
        <details>
        <summary>\(HTMLText.inline(summary))</summary>
        \(content)
        </details>
        """
    case .figure(let figure):
      return """
        <figure>
        \(figure.svg)<figcaption>\(HTMLText.inline(figure.caption))</figcaption>
        </figure>
        """
    }
  }

  /// The table in a box of its own that scrolls where the display is narrow; the keyboard reaches
  /// it.
  static func text(of table: ReportTable) -> String {
    let columns = table.columns.indices.map { index in
      let cells = table.rows.map { index < $0.count ? HTMLText.inline($0[index]) : "" }
      return table.columns[index].alignment == .right ? numbers(cells) : cells
    }
    let header = table.columns.map { column in
      "<th\(attribute(column))>\(HTMLText.inline(column.title))</th>"
    }
    let body = table.rows.indices.map { row in
      // A first cell with a name begins a group of rows.
      let begins = table.rows[row].first.map { !$0.spans.isEmpty } ?? false
      let cells = zip(table.columns, columns).map { column, cells in
        "<td\(attribute(column))>\(cells[row])</td>"
      }
      return "<tr\(begins ? " class=\"first\"" : "")>\(cells.joined())</tr>"
    }
    return """
      <div class="table" tabindex="0">
      <table>
      <thead><tr>\(header.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody>
      </table>
      </div>
      """
  }

  private static func attribute(_ column: ReportTable.Column) -> String {
    column.alignment == .right ? " class=\"number\"" : ""
  }

  /// Marks behind numbers stand in a column of their own, so that digits stay below each other.
  private static func numbers(_ cells: [String]) -> [String] {
    let marks = [Standing.below, .above].map(\.mark)
    guard cells.contains(where: { cell in marks.contains(where: cell.hasSuffix) }) else {
      return cells
    }
    return cells.map { cell in
      let mark = marks.first(where: cell.hasSuffix) ?? ""
      return "\(cell.dropLast(mark.count))<span class=\"mark\">\(mark.dropFirst())</span>"
    }
  }

  private static let style = """
    :root{color-scheme:light dark;--text:#1f2328;--muted:#59636e;--page:#ffffff;--line:#d1d9e0;\
    --faint:#f3f5f7;--link:#0969da}
    @media (prefers-color-scheme:dark){:root{--text:#e6edf3;--muted:#9198a1;--page:#0d1117;\
    --line:#3d444d;--faint:#161b22;--link:#4493f8}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);\
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
    main{max-width:1000px;margin:0 auto;padding:24px 20px 64px}
    h1{font-size:1.7rem;line-height:1.25;margin:0 0 .6em}
    h2{font-size:1.25rem;margin:2.2em 0 .8em;padding-bottom:.25em;border-bottom:1px solid \
    var(--line)}
    code{font:.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\
    background:var(--faint);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
    pre{background:var(--faint);padding:12px 16px;border-radius:6px;overflow-x:auto}
    pre code{background:none;padding:0;overflow-wrap:normal}
    .table{overflow-x:auto;margin:1em 0}
    table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
    th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:bottom}
    td{white-space:nowrap}
    td code,th code{background:none;padding:0}
    th{color:var(--muted);font-weight:600;border-bottom:1px solid var(--line)}
    tr.first td{border-top:1px solid var(--line)}
    .number{text-align:right;padding-left:12px}
    .mark{display:inline-block;width:1.3em}
    details{margin:1em 0}
    summary{cursor:pointer;color:var(--link)}
    figure{margin:1.5em 0}
    figure svg{display:block;max-width:100%;height:auto}
    figcaption{color:var(--muted);font-size:.875rem;margin-top:.4em}
    @media (max-width:600px){main{padding:16px 12px 48px}figure{overflow-x:auto}\
    figure svg{min-width:560px}}
    """
}

/// Text as HTML.
enum HTMLText {
  /// Running text on one line; marks become elements, everything else is content.
  static func inline(_ content: RichText) -> String {
    content.spans.map { span in
      switch span {
      case .text(let text): escaped(singleLine(text))
      case .code(let name): "<code>" + escaped(singleLine(name)) + "</code>"
      case .strong(let content): "<b>" + inline(content) + "</b>"
      }
    }.joined()
  }

  /// Content of an element or of an attribute in double quotes, also in XML.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      // XML has no place for them.
      case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value): result += " "
      case "\u{FFFE}", "\u{FFFF}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func singleLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
