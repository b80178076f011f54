/// A study beside its baseline, replicate by replicate on the same streams.
public struct StudyComparison: Sendable {
  /// Whether the times of the two sides may be compared.
  public enum Timing: Sendable, Equatable {
    case compared
    /// Why not, in words that follow "Times are not compared, because".
    case notCompared(String)
  }

  let baseline: ComparedStudy
  let current: ComparedStudy
  let thresholds: ComparisonThresholds
  public let timing: Timing
  /// One for each scenario and method, but for scenarios whose data are others.
  let rows: [ComparisonRow]
  /// The regressions, by rule.
  public let findings: [ComparisonFinding]

  /// - Throws: `ComparisonError` where either side has a scenario or a method that the other has not,
  ///   where a scenario has changed, or the current run lacks replicates.
  public init(
    baseline: ComparedStudy, current: ComparedStudy,
    thresholds: ComparisonThresholds = ComparisonThresholds()
  ) throws(ComparisonError) {
    try Self.checkNames(baseline, current)
    self.baseline = baseline
    self.current = current
    self.thresholds = thresholds
    let timing = Self.timing(baseline.environment, current.environment)
    self.timing = timing
    var rows: [ComparisonRow] = []
    var findings: [ComparisonFinding] = []
    for old in baseline.scenarios {
      guard let new = current.scenarios.first(where: { $0.name == old.name }) else { continue }
      let pairings = try Self.pairings(old, new, in: (baseline.name, current.name))
      if StreamRule.haveChanged(pairings) {
        findings.append(Self.streamFinding(old.name, pairings))
      } else {
        rows += pairings.map {
          ComparisonRow(new, $0, comparesTime: timing == .compared, thresholds)
        }
      }
    }
    let tests = rows.reduce(0) { $0 + $1.bias.count + $1.coverage.count }
    let level = thresholds.significance / Double(max(1, tests))
    findings += rows.flatMap { $0.findings(thresholds, level: level) }
    self.rows = rows
    self.findings = ComparisonRule.allCases.flatMap { rule in findings.filter { $0.rule == rule } }
  }

  public var hasRegression: Bool { !findings.isEmpty }

  private static func checkNames(
    _ baseline: ComparedStudy, _ current: ComparedStudy
  ) throws(ComparisonError) {
    let (old, new) = (baseline.scenarios.map(\.name), current.scenarios.map(\.name))
    guard !old.isEmpty else { throw ComparisonError("'\(baseline.name)' has no scenarios.") }
    try refuseMissing(old, from: new, what: "scenario", holder: baseline.name, other: current.name)
    try refuseMissing(new, from: old, what: "scenario", holder: current.name, other: baseline.name)
  }

  private static func refuseMissing(
    _ names: [String], from others: [String], what: String, holder: String, other: String
  ) throws(ComparisonError) {
    let missing = names.filter { !others.contains($0) }
    guard let first = missing.first else { return }
    let rest = missing.count > 1 ? " and \(missing.count - 1) more" : ""
    throw ComparisonError(
      "The \(what) '\(first)'\(rest) of '\(holder)' is missing in '\(other)'.")
  }

  private static func pairings(
    _ old: ComparedScenario, _ new: ComparedScenario, in names: (old: String, new: String)
  ) throws(ComparisonError) -> [MethodPairing] {
    let what = "method of scenario '\(old.name)'"
    try refuseMissing(
      old.methods, from: new.methods, what: what + ",", holder: names.old, other: names.new)
    try refuseMissing(
      new.methods, from: old.methods, what: what + ",", holder: names.new, other: names.old)
    guard old.content == new.content else {
      throw ComparisonError(
        "Scenario '\(old.name)' is not the same in '\(names.new)' and in '\(names.old)': "
          + "\(ScenarioDifference.wording(old: old.content, new: new.content)).")
    }
    var pairings: [MethodPairing] = []
    for (method, before) in zip(old.methods, old.records) {
      let position = new.methods.firstIndex(of: method) ?? 0
      let after = new.records[position]
      let replicates = Set(after.map(\.replicate))
      let missing = before.filter { !replicates.contains($0.replicate) }
      if let first = missing.first, !new.mayStopEarly || missing.count == before.count {
        throw ComparisonError(
          "'\(names.new)' lacks \(missing.count) replicates of scenario '\(old.name)' that "
            + "'\(names.old)' has, such as \(first.replicate).")
      }
      guard !before.isEmpty else {
        throw ComparisonError(
          "'\(names.old)' has no fit of method '\(method)' on scenario '\(old.name)'.")
      }
      let pairing = MethodPairing(method: method, baseline: before, current: after)
      guard !pairing.pairs.isEmpty || !pairing.newFailures.isEmpty else {
        throw ComparisonError(
          "There is nothing to compare: every fit of method '\(method)' on scenario '\(old.name)' failed in '\(names.old)'."
        )
      }
      pairings.append(pairing)
    }
    return pairings
  }

  private static func streamFinding(
    _ scenario: String, _ pairings: [MethodPairing]
  ) -> ComparisonFinding {
    let correlation = StreamRule.squaredCorrelation(pairings) ?? 0
    return ComparisonFinding(
      rule: .stream, scenario: scenario, method: nil,
      evidence:
        "Old and new estimates have nothing to do with each other (median squared correlation "
        + "\(ReportNumber.fixed(correlation, decimals: 2))): the data are others. Nothing else of this "
        + "scenario was compared.",
      replicates: pairings.first?.pairs.first.map { [$0.replicate] } ?? [])
  }

  private static func timing(_ old: RunEnvironment?, _ new: RunEnvironment?) -> Timing {
    guard let old, let new else { return .notCompared("the machine of one of them is not known") }
    if old.processor != new.processor || old.processor == "unknown" {
      return .notCompared(
        "the processors are not known to be equal (\(old.processor) and \(new.processor))")
    }
    if old.cores != new.cores {
      return .notCompared("the machines have \(old.cores) and \(new.cores) cores")
    }
    if old.operatingSystem != new.operatingSystem {
      return .notCompared(
        "the operating systems are \(old.operatingSystem) and \(new.operatingSystem)")
    }
    if old.workers != new.workers {
      return .notCompared("\(old.workers) and \(new.workers) fits ran at the same time")
    }
    return .compared
  }
}
