/// A study beside its baseline, replicate by replicate on the same streams.
package struct StudyComparison: Sendable {
  /// Whether the times of the two sides may be compared.
  enum Timing: Sendable, Equatable {
    case compared
    /// Why not, in words that follow "Times are not compared, because".
    case notCompared(String)
  }

  let baseline: ComparedStudy
  let current: ComparedStudy
  let thresholds: ComparisonThresholds
  let timing: Timing
  /// Runs in which times were measured; the compared studies are the first.
  let rounds: Int
  /// Level of the interval of each row's ratio of times.
  let timeLevel: Double
  /// Replicates that only one side has, where that is allowed, by scenario.
  let uncompared: [Uncompared]
  /// One for each scenario and method; scenarios with other data are left out.
  let rows: [ComparisonRow]
  /// The regressions, by rule.
  let findings: [ComparisonFinding]
  /// What moved beyond rounding without being a regression.
  let changes: [ComparisonChange]

  /// - Parameter rounds: further runs of the same two programs, for their times; in turn on one
  ///   machine. Fewer replicates are enough.
  /// - Throws: `ComparisonError` where either side has a scenario or a method that the other has
  ///   not, where a scenario has changed, the current run lacks replicates, or a round is one of
  ///   other studies. More replicates than the baseline has are no error: those that both have are
  ///   compared.
  package init(
    baseline: ComparedStudy, current: ComparedStudy, rounds: [Round] = [],
    thresholds: ComparisonThresholds = ComparisonThresholds()
  ) throws(ComparisonError) {
    try Self.checkNames(baseline, current)
    self.baseline = baseline
    self.current = current
    self.thresholds = thresholds
    self.rounds = rounds.count + 1
    var findings: [ComparisonFinding] = []
    var compared: [(scenario: ComparedScenario, pairings: [MethodPairing])] = []
    var uncompared: [Uncompared] = []
    for old in baseline.scenarios {
      guard let new = current.scenarios.first(where: { $0.name == old.name }) else { continue }
      let pairings = try Self.pairings(old, new, in: (baseline.name, current.name))
      uncompared += [Uncompared(old, new)].filter { !$0.isEmpty }
      if let evidence = StreamRule.evidence(
        pairings, fingerprints: (old.fingerprint, new.fingerprint))
      {
        findings.append(Self.streamFinding(old.name, evidence))
      } else {
        compared.append((new, pairings))
      }
    }
    let timing =
      ([Round(baseline: baseline, current: current)] + rounds).lazy.map(\.timing)
      .first { $0 != .compared } ?? .compared
    self.timing = timing
    let count = compared.reduce(0) { $0 + $1.pairings.count }
    timeLevel = 1 - (1 - thresholds.timeConfidence) / Double(max(1, count))
    var rows: [ComparisonRow] = []
    for (scenario, pairings) in compared {
      let parameters = Set(pairings.flatMap(\.parameters)).count
      for pairing in pairings {
        let again = try rounds.map { round throws(ComparisonError) in
          try round.pairing(of: pairing.method, on: scenario, sides: (baseline.name, current.name))
        }
        rows.append(
          ComparisonRow(
            scenario, pairing, parameters: parameters,
            time: timing == .compared
              ? TimeRatio(rounds: [pairing] + again, confidence: timeLevel) : nil, thresholds))
      }
    }
    let tests = rows.reduce(0) { $0 + $1.bias.count + $1.coverage.count }
    let level = thresholds.significance / Double(max(1, tests))
    var changes: [ComparisonChange] = []
    for row in rows {
      let own = row.findings(thresholds, level: level)
      findings += own
      changes += row.changes(besides: own)
    }
    self.changes = changes
    self.uncompared = uncompared
    self.rows = rows
    self.findings = ComparisonRule.allCases.flatMap { rule in findings.filter { $0.rule == rule } }
  }

  /// The numbers of a scenario's replicates that only one side has.
  struct Uncompared: Sendable, Equatable {
    let scenario: String
    let onlyInBaseline: Int
    let onlyInCurrent: Int

    var isEmpty: Bool { onlyInBaseline + onlyInCurrent == 0 }

    init(_ baseline: ComparedScenario, _ current: ComparedScenario) {
      let old = Set(baseline.records.joined().map(\.replicate))
      let new = Set(current.records.joined().map(\.replicate))
      scenario = baseline.name
      onlyInBaseline = old.subtracting(new).count
      onlyInCurrent = new.subtracting(old).count
    }
  }

  package var hasRegression: Bool { !findings.isEmpty }

  package var verdict: ComparisonVerdict {
    hasRegression ? .regression : changes.isEmpty ? .same : .changed
  }

  /// Whether the baseline is of a version that kept less of each fit, which is not compared.
  var baselineLacksNumbers: Bool {
    rows.contains { row in
      row.pairing.pairs.contains { pair in
        let old = Set(pair.baseline.quantities.map(\.name))
        return !pair.current.quantities.allSatisfy { old.contains($0.name) }
          || pair.current.parameters.contains {
            $0.pValue != nil && pair.baseline[$0.parameter]?.pValue == nil
          }
      }
    }
  }

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
          "There is nothing to compare: every fit of method '\(method)' on scenario '\(old.name)' "
            + "failed in '\(names.old)'."
        )
      }
      pairings.append(pairing)
    }
    return pairings
  }

  private static func streamFinding(
    _ scenario: String, _ evidence: (text: String, replicate: Int?)
  ) -> ComparisonFinding {
    ComparisonFinding(
      rule: .stream, scenario: scenario, method: nil,
      evidence: "\(evidence.text): nothing else of this scenario was compared.",
      replicates: evidence.replicate.map { [$0] } ?? [])
  }
}

extension StudyComparison {
  /// Two programs run in turn, once each.
  package struct Round: Sendable {
    let baseline: ComparedStudy
    let current: ComparedStudy

    package init(baseline: ComparedStudy, current: ComparedStudy) {
      self.baseline = baseline
      self.current = current
    }

    /// Whether the machines were equal.
    var timing: Timing {
      guard let old = baseline.environment, let new = current.environment else {
        return .notCompared("the machine of one of them is not known")
      }
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

    /// The fits of one method on one scenario.
    /// - Parameter sides: whose runs these are to be.
    func pairing(
      of method: String, on scenario: ComparedScenario, sides: (baseline: String, current: String)
    ) throws(ComparisonError) -> MethodPairing {
      MethodPairing(
        method: method, baseline: try records(method, scenario, baseline, of: sides.baseline),
        current: try records(method, scenario, current, of: sides.current))
    }

    private func records(
      _ method: String, _ scenario: ComparedScenario, _ study: ComparedStudy, of name: String
    ) throws(ComparisonError) -> [ReplicateRecord] {
      guard
        let twin = study.scenarios.first(where: {
          $0.name == scenario.name && $0.content == scenario.content
        }),
        let position = twin.methods.firstIndex(of: method)
      else {
        throw ComparisonError(
          "'\(study.name)' is no other run of '\(name)': scenario '\(scenario.name)' is not in it, "
            + "or "
            + "another, or without the method '\(method)'.")
      }
      return twin.records[position]
    }
  }
}
