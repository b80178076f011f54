import PlatformEssentials

/// Numbers as sentences have them.
enum PlainWords {
  /// Three digits; those of a large number stand before zeros.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value > 0 ? "beyond all bounds" : "\(value)" }
    if (999.5..<1e6).contains(value) {
      let unit: Double = value < 9995 ? 10 : value < 99_950 ? 100 : 1000
      return String(printf: "%.0f", (value / unit).rounded() * unit)
    }
    let text = String(printf: "%#.3g", value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// A share in percent, of which a tenth is told below ten, and two digits below one.
  static func percent(_ share: Double) -> String {
    let value = 100 * share.magnitude
    return String(printf: value < 0.995 ? "%.2g %%" : value < 9.95 ? "%.1f %%" : "%.0f %%", value)
  }

  /// The probability of a direction, never told as certain.
  static func probability(_ p: Double) -> String {
    if p > 0.9995 { return "above 99.9 %" }
    return String(printf: "%.1f %%", 100 * p)
  }

  /// `95 %`
  static func level(_ alpha: Double) -> String { String(printf: "%.4g %%", 100 * (1 - alpha)) }

  /// `1 level`, `2 levels`
  static func levels(_ count: Int) -> String { "\(count) level\(count == 1 ? "" : "s")" }

  /// `a, b and c`
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}

/// A sentence that may have several parts, each of which is a line of a list where there are many.
struct PlainSentence: Encodable, Equatable {
  let beginning: String
  let parts: [String]

  /// The whole sentence.
  var text: String { beginning + " " + parts.joined(separator: "; ") + "." }
}
