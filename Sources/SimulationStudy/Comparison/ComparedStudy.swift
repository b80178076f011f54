/// One side of a comparison: what a study, or an accepted baseline, has recorded.
public struct ComparedStudy: Sendable {
  /// The directory, as the user named it.
  public let name: String
  /// The machine of the run; nil if it is not known.
  public let environment: RunEnvironment?
  /// The command line that runs the study again.
  public let command: String
  /// In the order of the report.
  public let scenarios: [ComparedScenario]

  public init(
    name: String, environment: RunEnvironment?, command: String, scenarios: [ComparedScenario]
  ) {
    self.name = name
    self.environment = environment
    self.command = command
    self.scenarios = scenarios
  }

  /// The same study with the shortest time that it or one of `others` took for each fit.
  ///
  /// What disturbs a measured time (another process, a cold cache) makes it longer and never shorter; of
  /// several runs of one program the shortest is therefore the nearest to what the fit costs.
  /// - Throws: `ComparisonError` where another run lacks a scenario or a method.
  public func withFastestSeconds(
    among others: [ComparedStudy]
  ) throws(ComparisonError) -> ComparedStudy {
    var scenarios = scenarios
    for other in others {
      for (index, scenario) in scenarios.enumerated() {
        guard let twin = other.scenarios.first(where: { $0.name == scenario.name }),
          twin.methods == scenario.methods
        else {
          throw ComparisonError(
            "'\(other.name)' is no other run of '\(name)': scenario '\(scenario.name)' is not in it, or "
              + "not with the same methods.")
        }
        scenarios[index] = scenario.withFastestSeconds(of: twin)
      }
    }
    return ComparedStudy(
      name: name, environment: environment, command: command, scenarios: scenarios)
  }
}

/// What one side of a comparison has recorded of a scenario.
public struct ComparedScenario: Sendable {
  public let name: String
  /// Everything in the scenario that can change its results, one `key=value` a line.
  public let content: String
  /// Intervals have the nominal level 1 - alpha.
  public let alpha: Double
  /// True values by parameter name.
  public let truth: [String: Double]
  /// Whether the study may end before all replicates are done, because the estimates are precise enough.
  public let mayStopEarly: Bool
  /// In the scenario's order.
  public let methods: [String]
  /// Of each method, in the replicates' order.
  public let records: [[ReplicateRecord]]

  /// - Parameter records: of all methods, in any order; those of other methods are left out.
  public init(
    name: String, content: String, alpha: Double, truth: [String: Double],
    mayStopEarly: Bool = false, methods: [String], records: [ReplicateRecord]
  ) {
    self.name = name
    self.content = content
    self.alpha = alpha
    self.truth = truth
    self.mayStopEarly = mayStopEarly
    self.methods = methods
    let groups = Dictionary(grouping: records, by: \.method)
    self.records = methods.map { method in
      (groups[method] ?? []).sorted { $0.replicate < $1.replicate }
    }
  }

  /// - Parameter records: of all methods, in any order.
  public init(_ scenario: Scenario, records: [ReplicateRecord]) {
    self.init(
      name: scenario.name, content: ScenarioDifference.content(of: scenario),
      alpha: scenario.alpha, truth: scenario.truth, mayStopEarly: scenario.precision != nil,
      methods: scenario.methods.map(\.name), records: records)
  }

  fileprivate func withFastestSeconds(of twin: ComparedScenario) -> ComparedScenario {
    var fastest: [ReplicateRecord] = []
    for (own, others) in zip(records, twin.records) {
      let seconds = Dictionary(
        others.map { ($0.replicate, $0.seconds) }, uniquingKeysWith: { first, _ in first })
      fastest += own.map { record in
        ReplicateRecord(
          scenario: record.scenario, method: record.method, replicate: record.replicate,
          outcome: record.outcome,
          seconds: min(record.seconds, seconds[record.replicate] ?? record.seconds))
      }
    }
    return ComparedScenario(
      name: name, content: content, alpha: alpha, truth: truth, mayStopEarly: mayStopEarly,
      methods: methods, records: fastest)
  }
}
