import Foundation

/// Numbers as people read them.
enum NumberText {
  /// Decimals that give the smallest standard deviation three digits, between 2 and 6.
  static func decimals(standardDeviations: [Double]) -> Int {
    let smallest = standardDeviations.filter { $0 > 0 }.min() ?? 1
    return Int(min(max(2 - log10(smallest).rounded(.down), 2), 6))
  }

  /// With fixed decimals, unless these would leave too little of a number with this standard
  /// deviation.
  static func fixed(_ value: Double, decimals: Int, standardDeviation: Double) -> String {
    if standardDeviation < pow(10, Double(1 - decimals)) || value.magnitude >= 1e8 {
      return String(format: "%.3e", value)
    }
    return String(format: "%.\(decimals)f", value)
  }

  /// Four significant digits.
  static func significant(_ value: Double) -> String {
    let text = String(format: "%#.4g", value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// The same, or `<1e-7` of a number below `floor`, a power of ten or 0.
  static func significant(_ value: Double, above floor: Double) -> String {
    guard value < floor else { return significant(value) }
    return "<1e\(Int(log10(floor).rounded()))"
  }

  static func z(_ value: Double) -> String {
    String(format: value.magnitude < 1e6 ? "%.2f" : "%.2e", value)
  }

  static func probability(_ value: Double) -> String {
    // So far out in the tail, only the order of magnitude is meaningful.
    if value < 1e-12 { return "<1e-12" }
    return String(format: value < 1e-4 ? "%.1e" : "%.4f", value)
  }
}
