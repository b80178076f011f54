/// What a comparison says on the whole.
package enum ComparisonVerdict: String, Sendable, CaseIterable {
  /// Nothing has moved beyond rounding.
  case same
  /// Something has, by no more than is allowed.
  case changed
  case regression
}

/// Something that moved beyond rounding and within what is allowed.
struct ComparisonChange: Sendable, Equatable {
  enum Subject: String, Sendable {
    /// Estimates, SDs, intervals, p values, and what is said of the whole fit.
    case numbers
    case bounds
    case iterations
    case failures
    /// Fits that failed and do not now.
    case mended
  }

  let scenario: String
  let method: String
  let what: Subject
  /// Fits in which it moved.
  let fits: Int
  /// One sentence: by how much, and where most.
  let evidence: String
  /// That of the largest move, if it is of one.
  let replicate: Int?

  /// The rule that would call it a regression if it were larger.
  var rule: ComparisonRule {
    switch what {
    case .numbers: .drift
    case .bounds: .optimum
    case .iterations: .iterations
    case .failures, .mended: .failures
    }
  }
}

extension ComparisonRow {
  /// A baseline's numbers are rounded to half of this, in SDs; what is less says nothing.
  static let roundingSDs = 1e-4

  /// What moved and is no regression by the rule that judges it.
  /// - Parameter findings: of this row.
  func changes(besides findings: [ComparisonFinding]) -> [ComparisonChange] {
    let rules = Set(findings.map(\.rule))
    return [
      rules.contains(.drift) ? nil : numberChange, rules.contains(.optimum) ? nil : boundChange,
      rules.contains(.iterations) ? nil : iterationChange,
      rules.contains(.failures) ? nil : failureChange, mendedChange,
    ].compactMap { $0 }
  }

  private func change(
    _ what: ComparisonChange.Subject, _ fits: Int, _ evidence: String, _ replicate: Int? = nil
  ) -> ComparisonChange {
    ComparisonChange(
      scenario: scenario, method: method, what: what, fits: fits, evidence: evidence,
      replicate: replicate)
  }

  private var numberChange: ComparisonChange? {
    let moved = drift.fits.filter { $0.sds > Self.roundingSDs }
    guard let worst = moved.first else { return nil }
    return change(
      .numbers, moved.count,
      "\(ComparisonNumber.share(moved.count, of: drift.fits.count)) moved, most in replicate "
        + "\(worst.replicate): \(worst.wording).", worst.replicate)
  }

  private var boundChange: ComparisonChange? {
    guard let most = optimum.gains.first else { return nil }
    return change(
      .bounds, optimum.gains.count,
      "\(ComparisonNumber.share(optimum.gains.count, of: optimum.compared)) have a higher bound, "
        + "most so replicate \(most.replicate), by \(ComparisonNumber.short(-most.loss)).",
      most.replicate)
  }

  private var iterationChange: ComparisonChange? {
    let changed = pairing.pairs.filter { $0.baseline.iterations != $0.current.iterations }
    guard !changed.isEmpty else { return nil }
    return change(
      .iterations, changed.count,
      "\(NumberText.count(iterations.current)) iterations in place of "
        + "\(NumberText.count(iterations.baseline)).", iterations.grown.first)
  }

  private var failureChange: ComparisonChange? {
    guard let first = pairing.newFailures.first else { return nil }
    return change(
      .failures, pairing.newFailures.count,
      "\(NumberText.count(pairing.newFailures.count, "fit")) failed that did not before, the first "
        + "in replicate \(first.replicate): \(first.reason).", first.replicate)
  }

  private var mendedChange: ComparisonChange? {
    guard let first = pairing.mended.first else { return nil }
    return change(
      .mended, pairing.mended.count,
      "\(NumberText.count(pairing.mended.count, "fit")) that failed before did not, the first in "
        + "replicate \(first).", first)
  }
}
