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
