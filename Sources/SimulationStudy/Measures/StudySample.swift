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

  /// What a report needs once the measures are computed.
  var withoutColumns: ScenarioSample {
    ScenarioSample(
      summary: summary, parameters: parameters, methods: methods.map(\.withoutColumns))
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
    var order = OrderedNames()
    var methods: [MethodSample] = []
    for (method, records) in zip(scenario.methods, recordsByMethod) {
      methods.append(
        try methodSample(scenario: scenario.name, method: method, records, &order))
    }
    for name in scenario.truth.keys.sorted() { order.insert(name) }
    return ScenarioSample(summary: scenario, parameters: order.names, methods: methods)
  }

  private static func methodSample(
    scenario: String, method: String, _ records: [ReplicateRecord], _ order: inout OrderedNames
  ) throws(ReportError) -> MethodSample {
    var failures: [FailureRow] = []
    var columns: [ParameterSample] = []
    var columnOfName: [String: Int] = [:]
    for record in records {
      switch record.usability {
      case .failed(let reason):
        failures.append(
          FailureRow(
            scenario: scenario, method: method, replicate: record.replicate, reason: reason))
      case .usable(let result):
        for parameter in result.parameters {
          let column: Int
          if let known = columnOfName[parameter.parameter] {
            column = known
          } else {
            column = columns.count
            columnOfName[parameter.parameter] = column
            columns.append(ParameterSample())
            order.insert(parameter.parameter)
          }
          guard columns[column].replicates.last != record.replicate else {
            throw ReportError(
              .inconsistent,
              "Replicate \(record.replicate) of method '\(method)' on scenario '\(scenario)' "
                + "names the parameter '\(parameter.parameter)' twice.")
          }
          columns[column].append(parameter, replicate: record.replicate)
        }
      }
    }
    return MethodSample(
      method: method, attempted: records.count, failures: failures,
      parameters: columnOfName.mapValues { columns[$0] },
      timing: TimingRow(scenario: scenario, method: method, records: records))
  }

  /// Names in the order of their first insertion.
  private struct OrderedNames {
    private(set) var names: [String] = []
    private var known: Set<String> = []

    mutating func insert(_ name: String) {
      if known.insert(name).inserted { names.append(name) }
    }
  }
}
