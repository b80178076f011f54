import PlatformEssentials

/// Numbers and texts as R writes them in the names of a model's columns.
enum RText {
  /// The number with as many digits as tell it apart, 15 at most, in the shorter of the two
  /// notations, the fixed one if they are equally long: R's `formatReal`.
  static func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : String(value) }
    let digits = (1..<15).first { Double(String(printf: "%.*e", $0 - 1, value)) == rounded(value) }
    let significant = digits ?? 15
    let scientific = String(printf: "%.*e", significant - 1, value)
    let exponent = scientific.split(separator: "e").last.flatMap { Int($0) } ?? 0
    let fixed = String(printf: "%.*f", max(0, significant - 1 - exponent), value)
    return fixed.count <= scientific.count ? fixed : scientific
  }

  /// The value to 15 digits.
  private static func rounded(_ value: Double) -> Double? {
    Double(String(printf: "%.14e", value))
  }

  /// The text between quotation marks.
  static func text(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
