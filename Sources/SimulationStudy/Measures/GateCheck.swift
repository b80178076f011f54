/// What became of a gate.
public struct GateResult: Sendable, Equatable {
  /// What became of a gate.
  public enum Status: String, Sendable {
    /// The number is within the limits.
    case passed
    /// The number is outside the limits, by no more than so few replicates do by chance. Counts as
    /// passed: the study does not disprove what the gate requires.
    case withinError = "within error"
    /// The number is outside the limits, and so are those that the error allows.
    case failed
    /// The study has no such row, or the row has no number. Counts as not passed.
    case missing
  }

  /// What was required.
  public let gate: Gate
  /// The row the gate speaks of, if the study has it.
  public let row: MeasureRow?
  /// Intervals of the gate's scenario have the level 1 - alpha.
  let alpha: Double
  /// Whether the number is within the limits, as far as its Monte Carlo error tells.
  public let status: Status
  /// Whether the study may be accepted as far as this gate goes.
  public var passed: Bool { status == .passed || status == .withinError }
}

/// Compares a study's numbers with what its scenarios require.
public enum GateCheck {
  /// One result a gate, in the order of the gates.
  /// - Parameter scenarios: the gates of each, and its alpha.
  static func evaluate(
    _ scenarios: [(gates: [Gate], alpha: Double)], rows: [MeasureRow]
  ) -> [GateResult] {
    guard scenarios.contains(where: { !$0.gates.isEmpty }) else { return [] }
    let rowOfKey = Dictionary(rows.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    return scenarios.flatMap { gates, alpha in
      gates.map { gate in
        let key = MeasureRow.Key(
          scenario: gate.scenario, method: gate.method, parameter: gate.parameter,
          measure: gate.measure)
        let row = rowOfKey[key]
        return GateResult(
          gate: gate, row: row, alpha: alpha, status: gate.status(of: row?.estimate, in: row))
      }
    }
  }

}

extension Gate {
  /// The standard errors by which a number has to be outside a limit to disprove it: a gate that
  /// holds fails by chance once in 740 runs at most, however few replicates they have, and many
  /// replicates leave little beside the limit.
  static let standardErrors = 3.0

  /// What becomes of the gate if its number is `value`.
  /// - Parameter row: where the number is from, for its error; without one the limits are sharp.
  func status(of value: Double?, in row: MeasureRow? = nil) -> GateResult.Status {
    guard let value, value.isFinite else { return .missing }
    if lower <= value && value <= upper { return .passed }
    // Limits between which there is nothing allow nothing.
    guard let row, lower <= upper else { return .failed }
    let isAllowed =
      value < lower
      ? lower - value <= Self.standardErrors * error(at: lower, in: row)
      : value - upper <= Self.standardErrors * error(at: upper, in: row)
    return isAllowed ? .withinError : .failed
  }

  /// The Monte Carlo standard error of the row's number if the truth were at a limit. That of a
  /// share is known, and not 0 where all or none of few replicates count; of other measures it is
  /// the one that was estimated.
  private func error(at limit: Double, in row: MeasureRow) -> Double {
    guard row.measure.isProportion else { return row.monteCarloStandardError ?? 0 }
    return max(0, limit * (1 - limit) / Double(max(1, row.used))).squareRoot()
  }
}
