/// The records of one method on one scenario, sorted into columns.
struct MethodSample: Sendable {
  let method: String
  let attempted: Int
  /// In the replicates' order.
  let failures: [FailureRow]
  let parameters: [String: ParameterSample]
  let timing: TimingRow

  /// The columns of a parameter; empty if the method never estimated it.
  subscript(parameter: String) -> ParameterSample { parameters[parameter] ?? ParameterSample() }

  /// What a report needs once the measures are computed.
  var withoutColumns: MethodSample {
    MethodSample(
      method: method, attempted: attempted, failures: failures, parameters: [:], timing: timing)
  }
}

/// The records of one scenario, sorted into columns.
struct ScenarioSample: Sendable {
  let summary: ScenarioSummary
  /// In the order in which the methods name them, then those known only by their true value.
  let parameters: [String]
  /// In the scenario's order.
  let methods: [MethodSample]
  /// Nil for a scenario without a precision to reach.
  let stopping: StoppingOutcome?

  /// What a report needs once the measures are computed.
  var withoutColumns: ScenarioSample {
    ScenarioSample(
      summary: summary, parameters: parameters, methods: methods.map(\.withoutColumns),
      stopping: stopping)
  }

  /// Data sets that the study has, or had when it was precise enough.
  var plannedReplicates: Int {
    if case .precise(let replicates) = stopping { replicates } else { summary.replicates }
  }
}

/// Sorts records, which arrive in any order, into samples that do not depend on that order.
enum StudySample {
  /// - Returns: one sample per scenario, in the order of `scenarios`.
  /// - Throws: `ReportError` where a record belongs to no scenario or method, or comes twice, or
  ///   names a parameter twice.
  static func collect(
    _ records: [ReplicateRecord], scenarios: [ScenarioSummary]
  ) throws(ReportError) -> [ScenarioSample] {
    var groups = try emptyGroups(scenarios)
    for (position, record) in records.enumerated() {
      let key = Key(scenario: record.scenario, method: record.method)
      guard groups[key] != nil else {
        throw ReportError(
          .inconsistent,
          "There is a result of method '\(record.method)' on scenario '\(record.scenario)', "
            + "which the study does not have.")
      }
      groups[key]?.append(position)
    }
    var samples: [ScenarioSample] = []
    for scenario in scenarios {
      var sorted: [[ReplicateRecord]] = []
      for method in scenario.methods {
        let positions = groups[Key(scenario: scenario.name, method: method)] ?? []
        sorted.append(try inOrder(positions.map { records[$0] }))
      }
      samples.append(try sample(scenario, sorted))
    }
    return samples
  }

  private struct Key: Hashable {
    let scenario: String
    let method: String
  }

  private static func emptyGroups(
    _ scenarios: [ScenarioSummary]
  ) throws(ReportError) -> [Key: [Int]] {
    var groups: [Key: [Int]] = [:]
    var names: Set<String> = []
    for scenario in scenarios {
      guard names.insert(scenario.name).inserted else {
        throw ReportError(
          .inconsistent, "Two scenarios of the study have the name '\(scenario.name)'.")
      }
      for method in scenario.methods {
        guard groups.updateValue([], forKey: Key(scenario: scenario.name, method: method)) == nil
        else {
          throw ReportError(
            .inconsistent,
            "Scenario '\(scenario.name)' has two methods with the name '\(method)'.")
        }
      }
    }
    return groups
  }

  private static func inOrder(
    _ records: [ReplicateRecord]
  ) throws(ReportError) -> [ReplicateRecord] {
    let sorted = records.sorted { $0.replicate < $1.replicate }
    for (record, next) in zip(sorted, sorted.dropFirst())
    where record.replicate == next.replicate {
      throw ReportError(
        .inconsistent,
        "Replicate \(record.replicate) of method '\(record.method)' on scenario "
          + "'\(record.scenario)' is recorded twice.")
    }
    return sorted
  }

  private static func sample(
    _ scenario: ScenarioSummary, _ recordsByMethod: [[ReplicateRecord]]
  ) throws(ReportError) -> ScenarioSample {
    var recordsByMethod = recordsByMethod
    let stopping = stopping(scenario, recordsByMethod)
    if case .precise(let replicates) = stopping {
      // Workers may have been ahead of the replicate that was the last one needed.
      recordsByMethod = recordsByMethod.map { $0.filter { $0.replicate < replicates } }
    }
    var columns: [MethodColumns] = []
    for (method, records) in zip(scenario.methods, recordsByMethod) {
      var own = MethodColumns(scenario, method: method)
      for record in records { try own.append(record) }
      columns.append(own)
    }
    return ScenarioSample(
      scenario, columns: columns,
      timings: zip(scenario.methods, recordsByMethod).map {
        TimingRow(scenario: scenario.name, method: $0, records: $1)
      }, stopping: stopping)
  }

  /// - Parameter recordsByMethod: by replicate.
  private static func stopping(
    _ scenario: ScenarioSummary, _ recordsByMethod: [[ReplicateRecord]]
  ) -> StoppingOutcome? {
    guard var rule = StoppingRule(scenario) else { return nil }
    let common = recordsByMethod.map(\.count).min() ?? 0
    for replicate in 0..<common where rule.stop == nil {
      let records = recordsByMethod.map { $0[replicate] }
      // The rule looks at the first replicates only, without gaps.
      guard records.allSatisfy({ $0.replicate == replicate }) else { break }
      rule.add(records, ofReplicate: replicate)
    }
    return rule.outcome
  }
}
