import Foundation

/// Numbers for readers, with the digits their Monte Carlo error supports, and no more.
enum NumberText {
  /// Stands where there is no number.
  static let absent = "n/a"

  /// Decimals after which to round a number with this standard error. By the Particle Data Group's
  /// rule, of the error's first three digits 100 to 354 keep two digits, 355 to 949 one, and 950 to
  /// 999 become 1000 with two: so the digits kept never say more than the error allows, and
  /// coverages near and far from nominal come out with equally many.
  /// - Returns: nil where the error is zero, not finite or not known.
  static func decimals(supportedBy standardError: Double?) -> Int? {
    guard let standardError, standardError.isFinite, standardError > 0 else { return nil }
    let exponent = log10(standardError).rounded(.down)
    let leading = (standardError / pow(10, exponent - 2)).rounded()
    let digitsAfterLeading = leading < 355 ? 1 : 0
    return max(0, digitsAfterLeading - Int(exponent))
  }

  private static let maximumDecimals = 6

  /// Fixed-point text; beyond 6 decimals or 6 places before the point, scientific.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return absent }
    guard abs(value) < 1e6, decimals <= maximumDecimals else {
      return String(format: "%.3g", value)
    }
    let decimals = max(0, decimals)
    let text = String(format: "%.\(decimals)f", roundedAsWritten(value, decimals: decimals))
    // A negative number that rounds to zero is zero.
    return text.hasPrefix("-") && !text.contains { "123456789".contains($0) }
      ? String(text.dropFirst()) : text
  }

  /// The value as `measures.csv` writes it, rounded: halves away from zero, as a reader of that
  /// file would. Of 0.9445 and 0.5375 the nearest doubles lie above and below; their binary digits
  /// would round the one up and the other down.
  private static func roundedAsWritten(_ value: Double, decimals: Int) -> Double {
    guard var written = Decimal(string: value.description) else { return value }
    var rounded = Decimal()
    NSDecimalRound(&rounded, &written, decimals, .plain)
    return Double(rounded.description) ?? value
  }

  /// Significant digits, for numbers without an error; from 1,000 on at least whole numbers.
  static func significant(_ value: Double?, digits: Int = 3) -> String {
    guard let value, value.isFinite else { return absent }
    if digits <= 4, (1e3..<1e9).contains(abs(value)) { return count(Int(value.rounded())) }
    return String(format: "%.\(digits)g", value)
  }

  /// A number as somebody wrote it: `0.3`, `2`.
  static func exact(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A number as somebody wrote it, but with four digits where that is long, as the log of a round
  /// SD.
  static func setting(_ value: Double) -> String {
    let text = exact(value)
    return text.count <= 8 ? text : String(format: "%.4g", value)
  }

  /// A number with the decimals its error supports; with three digits where no error says how many.
  /// `digits` is how many there are to be beyond these.
  static func rounded(_ value: Double, decimals: Int?, digitsMore digits: Int = 0) -> String {
    guard let decimals, digits == 0 || decimals + digits <= maximumDecimals else {
      return significant(value, digits: 3 + digits)
    }
    return fixed(value, decimals: decimals + digits)
  }

  /// A number with the decimals its error supports.
  static func rounded(_ value: Double, error: Double?) -> String {
    rounded(value, decimals: decimals(supportedBy: error))
  }

  /// Decimals of a number that stands without its error: those of the error's first digit, so that
  /// a reader who takes the number for good to the last digit is wrong by no more than the error.
  /// nil where there is no error.
  static func decimalsAlone(error: Double?) -> Int? {
    guard let error, error.isFinite, error > 0 else { return nil }
    return max(0, -Int(log10(error).rounded(.down)))
  }

  /// A number that stands without its error.
  static func alone(_ value: Double, error: Double?) -> String {
    rounded(value, decimals: decimalsAlone(error: error))
  }

  /// `0.947 (0.007)`: an estimate with its Monte Carlo standard error, if it has one.
  static func withError(_ value: Double, _ error: Double?) -> String {
    guard let error else { return significant(value, digits: 4) }
    return rounded(value, error: error) + " (" + rounded(error, error: error) + ")"
  }

  /// `12,000`.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// `1 fit`, `2 fits`.
  static func count(_ value: Int, _ noun: String) -> String {
    count(value) + " " + noun + (value == 1 ? "" : "s")
  }

  /// A share in percent with at most `decimals` decimals and no trailing zeros: `95`, `99.9`.
  static func percent(_ share: Double, decimals: Int = 2) -> String {
    var text = fixed(100 * share, decimals: decimals)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }
}
