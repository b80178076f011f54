/// Small turns of phrase shared by the sections.
enum Wording {
  /// `95 %`, or `nominal` where the scenarios differ in their level.
  static func level(_ results: StudyResults) -> String {
    let levels = Set(results.scenarios.map(\.alpha))
    guard levels.count == 1, let alpha = levels.first else { return "nominal" }
    return ReportNumber.percent(1 - alpha) + " %"
  }

  /// `5 %`, or `their nominal level` where the scenarios differ in it.
  static func testLevel(_ results: StudyResults) -> String {
    let levels = Set(results.scenarios.map(\.alpha))
    guard levels.count == 1, let alpha = levels.first else { return "their nominal level" }
    return ReportNumber.percent(alpha) + " %"
  }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ items: [RichText]) -> RichText {
    guard let last = items.last else { return .empty }
    if items.count == 1 { return last }
    return Array(items.dropLast()).joined(separator: ", ") + " and " + last
  }

  /// `1,000`, or `200 to 1,000`.
  static func range(_ lowest: Int, _ highest: Int) -> String {
    lowest == highest
      ? ReportNumber.count(lowest)
      : ReportNumber.count(lowest) + " to " + ReportNumber.count(highest)
  }

  /// `12 %`, `1.2 %`, `0.05 %`; what is not nothing never reads as nothing.
  static func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return ReportNumber.absent }
    let share = Double(part) / Double(whole)
    if part > 0, share < 5e-5 { return "less than 0.01 %" }
    return ReportNumber.percent(share, decimals: share < 0.01 ? 2 : share < 0.1 ? 1 : 0) + " %"
  }
}
