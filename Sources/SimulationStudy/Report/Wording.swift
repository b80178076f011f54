/// Small turns of phrase shared by the sections.
enum Wording {
  /// `95 %`, or `nominal` where the scenarios differ in their level.
  static func level(_ results: StudyResults) -> String {
    let levels = Set(results.scenarios.map(\.alpha))
    guard levels.count == 1, let alpha = levels.first else { return "nominal" }
    return NumberText.percent(1 - alpha) + " %"
  }

  /// `5 %`, or `their nominal level` where the scenarios differ in it.
  static func testLevel(_ results: StudyResults) -> String {
    let levels = Set(results.scenarios.map(\.alpha))
    guard levels.count == 1, let alpha = levels.first else { return "their nominal level" }
    return NumberText.percent(alpha) + " %"
  }

  /// `1,000`, or `200 to 1,000`.
  static func range(_ lowest: Int, _ highest: Int) -> String {
    lowest == highest
      ? NumberText.count(lowest)
      : NumberText.count(lowest) + " to " + NumberText.count(highest)
  }

  /// `12 %`, `1.2 %`, `0.05 %`; what is not nothing never reads as nothing.
  static func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return NumberText.absent }
    let share = Double(part) / Double(whole)
    if part > 0, share < 5e-5 { return "less than 0.01 %" }
    return NumberText.percent(share, decimals: share < 0.01 ? 2 : share < 0.1 ? 1 : 0) + " %"
  }
}

/// Where scenarios with a precision stopped, and why, in words.
enum StoppingWording {
  /// What follows the number of replicates: `enough for an error of every ... of at most 0.005`.
  static func reason(_ stopping: StoppingOutcome, _ target: PrecisionTarget) -> RichText {
    let limit = NumberText.setting(target.monteCarloStandardError)
    let measure: RichText = "\(code: target.measure.rawValue)"
    switch stopping {
    case .precise:
      return "stopped there: the Monte Carlo standard error of every " + measure
        + " is at most \(limit)"
    case .exhausted(let error?):
      return "all used: the Monte Carlo standard error of " + measure
        + " is still up to \(NumberText.significant(error)), and \(limit) was to be reached"
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
    let whole = NumberText.count(outcomes.count, "scenario")
    let parts = [
      (precise, "reached it"), (exhausted, "used all replicates without reaching it"),
      (running, running == 1 ? "is still to be run" : "are still to be run"),
    ].filter { $0.0 > 0 }.map { RichText("\(NumberText.count($0.0)) \($0.1)") }
    return "Of \(whole) with a precision to reach, " + RichText.list(parts)
      + " (see What was simulated)."
  }
}
