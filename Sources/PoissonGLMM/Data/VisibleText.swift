/// Text from files, as a person may safely see it on a terminal.
package enum VisibleText {
  /// The text with what a terminal would obey instead of showing written as escapes, `\u{1B}` for
  /// example: control characters, and those that turn the direction of reading. Line breaks and
  /// tabs stay.
  package static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    return text.unicodeScalars.map { scalar in
      isHidden(scalar)
        ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
    }.joined()
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case ..<0x20, 0x7F..<0xA0: true
    // The marks of direction, and the separators of lines and paragraphs among them.
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
