/// gnuplot's SVG made into a picture for reports: on a light page and on a dark one, beside others
/// in one page, and for readers who do not see it.
enum FigureSVG {
  /// - Parameters:
  ///   - document: what gnuplot wrote for the figure.
  ///   - name: of the figure; makes identifiers unique within a page.
  ///   - alternative: says what is to be seen.
  /// - Returns: nil where the document is not whole.
  static func text(
    of document: String, name: String, alternative: String, height: Double
  ) -> String? {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: true)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("<defs>") }),
      let end = lines.lastIndex(where: { $0.hasPrefix("</svg>") }), start < end
    else { return nil }
    var body: [String] = []
    var isFilter = false
    for line in lines[start..<end] {
      // Of text boxes, which are not used.
      if line.contains("<filter") { isFilter = true }
      if isFilter {
        if line.contains("</filter>") { isFilter = false }
        continue
      }
      var text = cleaned(line, prefix: name)
      // gnuplot's names of curves, which a browser would show under the mouse.
      if text.hasPrefix("<g id="), text.contains("<title>") { text = "<g>" }
      if text == "</g>", let previous = body.last, previous.hasPrefix("<g"),
        !previous.contains("</")
      {
        // A group without content.
        body.removeLast()
        continue
      }
      body.append(text)
    }
    // The group of the whole canvas was opened before the definitions.
    let (width, height) = (Int(FigureLayout.width), Int(height))
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
      class="study-figure" role="img" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" aria-labelledby="\(name)-title">
      <title id="\(name)-title">\(HTMLText.escaped(alternative))</title>
      <style>
      \(style)
      </style>
      <g>
      """
    return head + "\n" + body.joined(separator: "\n") + "\n</svg>\n"
  }

  /// Colours are attributes with their values for light pages, so that programs without style
  /// sheets draw the picture; a dark page replaces each by its partner.
  static let style: String = {
    let replacements = FigureInk.all.flatMap { ink in
      ["stroke", "fill", "color"].map {
        ".study-figure [\($0)=\"\(ink.light)\"]{\($0):\(ink.dark)}"
      }
    }
    return """
      .study-figure{background:none}
      .study-figure text{font-family:system-ui,-apple-system,"Segoe \
      UI",Roboto,Helvetica,Arial,sans-serif}
      @media (prefers-color-scheme:dark){
      \(replacements.joined(separator: "\n"))
      }
      """
  }()

  /// A line without indentation, colours as `#rrggbb` and double quotes, identifiers with a prefix.
  private static func cleaned(_ line: Substring, prefix: String) -> String {
    var text = String(line.drop { $0 == "\t" || $0 == " " })
    if text.hasPrefix("<text>"), text.hasSuffix("</text>") {
      // gnuplot escapes all but this, and "]]>" is not allowed in XML.
      let content = text.dropFirst("<text>".count).dropLast("</text>".count)
      return "<text>" + content.replacing(">", with: "&gt;") + "</text>"
    }
    text = text.replacing("'", with: "\"")
    if text.contains("gp") {
      text = text.replacing("id=\"gp", with: "id=\"\(prefix)-gp")
        .replacing("href=\"#gp", with: "href=\"#\(prefix)-gp")
    }
    text = text.replacing(" font-family=\"Helvetica\"", with: "")
      .replacing(titleSize, with: titleSize + " font-weight=\"600\"")
    var result = ""
    var rest = text[...]
    while let start = rest.range(of: "rgb("),
      let end = rest[start.upperBound...].firstIndex(of: ")")
    {
      let components = rest[start.upperBound..<end].split(separator: ",").map {
        Int($0.filter(\.isNumber)) ?? 0
      }
      result += rest[..<start.lowerBound] + "#" + components.map(hexadecimal).joined()
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static let titleSize = "font-size=\"\(Int(FigureLayout.titleSize)).00\""

  private static func hexadecimal(_ component: Int) -> String {
    let text = String(min(255, component), radix: 16)
    return text.count == 1 ? "0" + text : text
  }
}
