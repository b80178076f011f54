/// Sorts records, which arrive in any order, into samples that do not depend on that order.
enum StudySample {
  /// - Returns: one sample per scenario, in the order of `scenarios`.
  /// - Throws: `StudyError` where a record belongs to no scenario or method, or comes twice, or
  ///   names a parameter twice.
  static func collect(
    _ records: [ReplicateRecord], scenarios: [ScenarioSummary]
  ) throws(StudyError) -> [ScenarioSample] {
    var groups = try emptyGroups(scenarios)
    for (position, record) in records.enumerated() {
      let key = Key(scenario: record.scenario, method: record.method)
      guard groups[key] != nil else {
        throw StudyError(
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
  ) throws(StudyError) -> [Key: [Int]] {
    var groups: [Key: [Int]] = [:]
    var names: Set<String> = []
    for scenario in scenarios {
      guard names.insert(scenario.name).inserted else {
        throw StudyError(
          .inconsistent, "Two scenarios of the study have the name '\(scenario.name)'.")
      }
      for method in scenario.methods {
        guard groups.updateValue([], forKey: Key(scenario: scenario.name, method: method)) == nil
        else {
          throw StudyError(
            .inconsistent,
            "Scenario '\(scenario.name)' has two methods with the name '\(method)'.")
        }
      }
    }
    return groups
  }

  private static func inOrder(
    _ records: [ReplicateRecord]
  ) throws(StudyError) -> [ReplicateRecord] {
    let sorted = records.sorted { $0.replicate < $1.replicate }
    for (record, next) in zip(sorted, sorted.dropFirst())
    where record.replicate == next.replicate {
      throw StudyError(
        .inconsistent,
        "Replicate \(record.replicate) of method '\(record.method)' on scenario "
          + "'\(record.scenario)' is recorded twice.")
    }
    return sorted
  }

  private static func sample(
    _ scenario: ScenarioSummary, _ recordsByMethod: [[ReplicateRecord]]
  ) throws(StudyError) -> ScenarioSample {
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
