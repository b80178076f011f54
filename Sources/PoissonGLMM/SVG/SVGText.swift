import PlatformEssentials

/// Text in a picture: its width, and as much of it as there is room for.
enum SVGText {
  /// The width of a line in units of the font's size, of a wide sans-serif face, so that it is
  /// rarely wider on the reader's machine.
  static func width(_ text: String) -> Double {
    text.reduce(0) { $0 + width($1) }
  }

  private static func width(_ character: Character) -> Double {
    guard let value = character.unicodeScalars.first?.value, value < 0x250 else { return 1.1 }
    switch character {
    case "i", "j", "l", ".", ",", ":", ";", "'", "|", "!": return 0.32
    case " ", "f", "t", "r", "(", ")", "[", "]", "-", "/", "I": return 0.42
    case "m", "w", "M", "W", "@", "%": return 0.98
    case _ where character.isUppercase: return 0.74
    default: return 0.61
    }
  }

  /// The text, or its beginning and its end with an ellipsis between them.
  /// - Parameter room: in units of the font's size.
  static func shortened(_ text: String, to room: Double) -> String {
    guard width(text) > room else { return text }
    let characters = Array(text)
    var (head, tail) = (characters.count / 2, characters.count - characters.count / 2)
    while head + tail > 0 {
      if head > tail { head -= 1 } else { tail -= 1 }
      let short =
        String(characters[..<head]) + "…" + String(characters[(characters.count - tail)...])
      if width(short) <= room { return short }
    }
    return "…"
  }

  /// A number as a person reads it: four digits.
  static func number(_ value: Double) -> String { String(printf: "%.4g", value) }

  /// The text in lines that each have room, broken between words.
  /// - Parameter room: in units of the font's size.
  static func lines(_ text: String, room: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = lines.last, width(last + " " + word) <= room {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }

  /// The text as content of an element or of an attribute; what XML does not allow, and what would
  /// reorder the text around it, becomes a replacement character.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result += " "
      case _ where isInvisible(scalar): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .privateUse: true
    default: false
    }
  }
}
