import Foundation

/// Numbers of a comparison, for readers.
enum ComparisonNumber {
  static func short(_ value: Double) -> String { ReportNumber.significant(value, digits: 3) }

  static func ratio(_ value: Double) -> String { ReportNumber.fixed(value, decimals: 2) }

  static func withError(_ value: Double, _ error: Double) -> String {
    error > 0 ? "\(ReportNumber.withError(value, error)) with its MCSE" : short(value)
  }

  /// `+0.010 ± 0.004`: a difference with the decimals that its MCSE supports; `0` where there is
  /// none.
  static func change(_ value: Double, _ error: Double) -> String {
    guard value.isFinite, error.isFinite else { return ReportNumber.absent }
    guard value != 0 || error != 0 else { return "0" }
    guard let decimals = ReportNumber.decimals(supportedBy: error) else {
      return signed(short(value)) + " ± 0"
    }
    return signed(rounded(value, decimals)) + " ± " + rounded(error, decimals)
  }

  /// In scientific notation where there are many decimals.
  private static func rounded(_ value: Double, _ decimals: Int) -> String {
    if decimals <= 6 { return ReportNumber.fixed(value, decimals: decimals) }
    let digits = value == 0 ? -1 : decimals + Int(log10(abs(value)).rounded(.down))
    return digits < 0 ? "0" : String(format: "%.\(digits)e", value)
  }

  private static func signed(_ number: String) -> String {
    number.hasPrefix("-") || !number.contains { "123456789".contains($0) } ? number : "+" + number
  }

  /// `1.21 [1.19, 1.23]`, or without an interval where there is none.
  static func interval(_ time: TimeRatio) -> String {
    guard let interval = time.interval else { return ratio(time.median) }
    return "\(ratio(time.median)) [\(ratio(interval.lower)), \(ratio(interval.upper))]"
  }

  /// `12 of 200 fits`.
  static func share(_ part: Int, of whole: Int) -> String {
    "\(ReportNumber.count(part)) of \(ReportNumber.count(whole, "fit"))"
  }
}
