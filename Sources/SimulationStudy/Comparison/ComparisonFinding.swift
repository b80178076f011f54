/// The rules of a comparison, in the order of a report.
public enum ComparisonRule: String, Sendable, CaseIterable {
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
public struct ComparisonFinding: Sendable, Equatable {
  public let rule: ComparisonRule
  public let scenario: String
  /// nil where all methods are meant.
  public let method: String?
  /// One sentence: what was found, and what would have been allowed.
  public let evidence: String
  /// Where to look, the worst first; empty where no single replicate shows it.
  public let replicates: [Int]
}
