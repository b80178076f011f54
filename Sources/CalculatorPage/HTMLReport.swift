import PlatformEssentials
import PoissonGLMM

/// An answer as one HTML file that needs nothing else: no script, no request, light and dark.
struct HTMLReport {
  let text: String

  init(_ answer: FittedAnswer, pictures: [FitPicture]) {
    let body =
      "<h1>\(Self.escaped(answer.title))</h1>\n"
      + answer.sentences.map(Self.sentence).joined()
      + Self.list(answer.warnings, title: "Warnings")
      + answer.sections.map(Self.section).joined()
      + "<section><h2>How it was computed</h2>\n"
      + Self.table(AnswerTable(caption: "The fit", header: ["", ""], rows: answer.facts))
      + "<p>The command that repeats it:</p>\n<pre>\(Self.escaped(answer.command))</pre>\n"
      + (answer.spreadsheet.formula.map {
        "<p>The spreadsheet formula:</p>\n<pre>\(Self.escaped($0))</pre>\n"
      } ?? "")
      + "<p>\(Self.escaped(answer.spreadsheet.note))</p></section>\n"
    text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Poisson mixed model: \(Self.escaped(answer.title))</title>
      <style>
      \(Self.style)\(FitPicture.styleSheet)</style>
      </head>
      <body>
      <main>
      \(body)</main>
      </body>
      </html>

      """
  }

  private static let style = """
    :root{color-scheme:light dark}
    body{font:17px/1.55 Georgia,"Times New Roman",serif;margin:0;color:#1f2933;background:#fcfcfa}
    main{max-width:46rem;margin:0 auto;padding:2rem 1.2rem}
    h1,h2,caption,table,pre,summary{font-family:Helvetica,Arial,sans-serif}
    h1{font-size:1.5rem} h2{font-size:1.15rem;margin-top:2.2rem}
    table{border-collapse:collapse;font-size:.85rem}
    .scroll{overflow-x:auto;margin:1rem 0}
    caption{text-align:left;font-weight:600;padding:.3rem 0}
    th,td{padding:.25rem .7rem .25rem 0;text-align:right;font-variant-numeric:tabular-nums}
    td{white-space:nowrap} thead th{vertical-align:bottom}
    th:first-child,td:first-child{text-align:left}
    thead th{border-bottom:1px solid #8a949e} tbody tr+tr>*{border-top:1px solid #e3e8ed}
    svg{max-width:100%;height:auto} figure{margin:1rem 0}
    pre{white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.5 monospace}
    @media (prefers-color-scheme:dark){body{color:#e6ebf0;background:#14181c}
    tbody tr+tr>*{border-color:#333c45}}

    """

  private static func escaped(_ text: String) -> String {
    VisibleText.escaped(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }

  /// A sentence that may have several lines: no number is parted from its percent sign.
  private static func sentence(_ sentence: PlainSentence) -> String {
    guard sentence.parts.count > 1 else { return "<p>\(bound(sentence.text))</p>\n" }
    let last = sentence.parts.count - 1
    return "<p>\(escaped(sentence.beginning))</p>\n<ul>\n"
      + sentence.parts.enumerated().map { index, part in
        "<li>\(bound(part))\(index == last ? "." : ";")</li>\n"
      }.joined() + "</ul>\n"
  }

  private static func bound(_ text: String) -> String {
    escaped(text).replacing(" %", with: "\u{A0}%")
  }

  private static func list(_ items: [String], title: String) -> String {
    items.isEmpty
      ? ""
      : "<section><h2>\(title)</h2>\n<ul>\n"
        + items.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul></section>\n"
  }

  private static func section(_ section: AnswerSection) -> String {
    "<section><h2>\(escaped(section.title))</h2>\n"
      + section.notes.map { "<p>\(escaped($0))</p>\n" }.joined()
      + section.tables.map(table).joined()
      + section.pictures.map { picture in
        "<figure>\(picture.svg)<details><summary>Numbers</summary>\(table(picture.numbers))"
          + "</details></figure>\n"
      }.joined() + "</section>\n"
  }

  private static func table(_ table: AnswerTable) -> String {
    func row(_ cells: [String], first: String, other: String) -> String {
      "<tr>"
        + cells.enumerated().map { index, cell in
          let tag = index == 0 ? first : other
          let scope = tag == "th" ? " scope=\"\(first == other ? "col" : "row")\"" : ""
          // Long names of columns may break behind an underscore.
          let text = first == other ? escaped(cell).replacing("_", with: "_<wbr>") : escaped(cell)
          return "<\(tag)\(scope)>\(text)</\(tag)>"
        }.joined() + "</tr>\n"
    }
    let hasHeader = table.header.contains { !$0.isEmpty }
    // Who goes by keys can scroll only what can have the focus.
    return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      + "aria-label=\"\(escaped(table.caption))\">\n"
      + "<table><caption>\(escaped(table.caption))</caption>\n"
      + (hasHeader ? "<thead>\(row(table.header, first: "th", other: "th"))</thead>\n" : "")
      + "<tbody>\n" + table.rows.map { row($0, first: "th", other: "td") }.joined()
      + "</tbody></table></div>\n"
  }
}
