import Foundation

/// Why two studies cannot be compared. `description` is one sentence, or two where the second says
/// what to do.
package struct ComparisonError: Error, Equatable, CustomStringConvertible, Sendable {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The rules of a comparison, in the order of a report.
package enum ComparisonRule: String, Sendable, CaseIterable {
  /// The data are others: a random stream has changed.
  case stream
  /// Estimates, SDs or intervals moved.
  case drift
  /// The evidence bound is lower.
  case optimum
  case bias
  case coverage
  /// A calibration's curve has left its band.
  case calibration
  /// Fits that worked fail.
  case failures
  case iterations
  case time
}

/// A difference that counts as a regression.
struct ComparisonFinding: Sendable, Equatable {
  let rule: ComparisonRule
  let scenario: String
  /// nil where all methods are meant.
  let method: String?
  /// One sentence: what was found, and what would have been allowed.
  let evidence: String
  /// Where to look, the worst first; empty where no single replicate shows it.
  let replicates: [Int]
}

/// Numbers of a comparison, for readers.
enum ComparisonNumber {
  static func short(_ value: Double) -> String { NumberText.significant(value, digits: 3) }

  static func ratio(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

  static func withError(_ value: Double, _ error: Double) -> String {
    error > 0 ? "\(NumberText.withError(value, error)) with its MCSE" : short(value)
  }

  /// `+0.010 ± 0.004`: a difference with the decimals that its MCSE supports; `0` where there is
  /// none.
  static func change(_ value: Double, _ error: Double) -> String {
    guard value.isFinite, error.isFinite else { return NumberText.absent }
    guard value != 0 || error != 0 else { return "0" }
    guard let decimals = NumberText.decimals(supportedBy: error) else {
      return signed(short(value)) + " ± 0"
    }
    return signed(rounded(value, decimals)) + " ± " + rounded(error, decimals)
  }

  /// In scientific notation where there are many decimals.
  private static func rounded(_ value: Double, _ decimals: Int) -> String {
    if decimals <= 6 { return NumberText.fixed(value, decimals: decimals) }
    let digits = value == 0 ? -1 : decimals + Int(log10(abs(value)).rounded(.down))
    return digits < 0 ? "0" : String(format: "%.\(digits)e", value)
  }

  private static func signed(_ number: String) -> String {
    number.hasPrefix("-") || !number.contains { "123456789".contains($0) } ? number : "+" + number
  }

  /// `12 of 200 fits`.
  static func share(_ part: Int, of whole: Int) -> String {
    "\(NumberText.count(part)) of \(NumberText.count(whole, "fit"))"
  }
}
