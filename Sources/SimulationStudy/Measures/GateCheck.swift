/// What became of a gate.
public struct GateResult: Sendable, Equatable {
  /// What became of a gate.
  public enum Status: String, Sendable {
    /// The number is within the limits.
    case passed
    /// The number is outside the limits.
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
  /// Whether the number is within the limits.
  public let status: Status
  /// Whether the study may be accepted as far as this gate goes.
  public var passed: Bool { status == .passed }
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
          gate: gate, row: row, alpha: alpha, status: gate.status(of: row?.estimate))
      }
    }
  }

}

extension Gate {
  /// What becomes of the gate if its number is `value`.
  func status(of value: Double?) -> GateResult.Status {
    guard let value, value.isFinite else { return .missing }
    return lower <= value && value <= upper ? .passed : .failed
  }
}
