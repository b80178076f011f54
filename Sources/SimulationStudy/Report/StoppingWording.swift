/// Where scenarios with a precision stopped, and why, in words.
enum StoppingWording {
  /// What follows the number of replicates: `enough for an error of every ... of at most 0.005`.
  static func reason(_ stopping: StoppingOutcome, _ target: PrecisionTarget) -> RichText {
    let limit = ReportNumber.setting(target.monteCarloStandardError)
    let measure: RichText = "\(code: target.measure.rawValue)"
    switch stopping {
    case .precise:
      return "stopped there: the Monte Carlo standard error of every " + measure
        + " is at most \(limit)"
    case .exhausted(let error?):
      return "all used: the Monte Carlo standard error of " + measure
        + " is still up to \(ReportNumber.significant(error)), and \(limit) was to be reached"
    case .exhausted(nil):
      return "all used: not every " + measure
        + " has a number, and an error of \(limit) was to be reached"
    case .running:
      return "not yet enough for an error of every " + measure + " of at most \(limit)"
    }
  }

  /// One sentence of the verdict on all scenarios with a precision; nil if there are none.
  static func summary(_ samples: [ScenarioSample]) -> RichText? {
    let outcomes = samples.compactMap(\.stopping)
    guard !outcomes.isEmpty else { return nil }
    if outcomes.count == 1 {
      switch outcomes[0] {
      case .precise: return "It stopped where it was as precise as asked for."
      case .exhausted: return "It is not as precise as asked for."
      case .running: return nil
      }
    }
    let precise = outcomes.count { if case .precise = $0 { true } else { false } }
    let exhausted = outcomes.count { if case .exhausted = $0 { true } else { false } }
    let running = outcomes.count - precise - exhausted
    let whole = ReportNumber.count(outcomes.count, "scenario")
    let parts = [
      (precise, "reached it"), (exhausted, "used all replicates without reaching it"),
      (running, running == 1 ? "is still to be run" : "are still to be run"),
    ].filter { $0.0 > 0 }.map { RichText("\(ReportNumber.count($0.0)) \($0.1)") }
    return "Of \(whole) with a precision to reach, " + Wording.list(parts)
      + " (see What was simulated)."
  }
}
