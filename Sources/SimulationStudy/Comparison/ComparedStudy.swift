/// One side of a comparison: what a study, or an accepted baseline, has recorded.
package struct ComparedStudy: Sendable {
  /// The directory, as the user named it.
  let name: String
  /// The machine of the run; nil if it is not known.
  let environment: RunEnvironment?
  /// The command line that runs the study again.
  let command: String
  /// Other programs whose methods it ran.
  let programs: [ProgramRecord]
  /// In the order of the report.
  let scenarios: [ComparedScenario]

  init(
    name: String, environment: RunEnvironment?, command: String, programs: [ProgramRecord] = [],
    scenarios: [ComparedScenario]
  ) {
    self.name = name
    self.environment = environment
    self.command = command
    self.programs = programs
    self.scenarios = scenarios
  }
}

/// What one side of a comparison has recorded of a scenario.
package struct ComparedScenario: Sendable {
  let name: String
  /// Everything in the scenario that can change its results, one `key=value` a line.
  let content: String
  /// Of its data; nil if it is not known.
  let fingerprint: DataFingerprint?
  /// Intervals have the nominal level 1 - alpha.
  let alpha: Double
  /// True values by parameter name.
  let truth: [String: Double]
  /// Whether the study may end before all replicates are done, because the estimates are precise
  /// enough.
  let mayStopEarly: Bool
  /// In the scenario's order.
  let methods: [String]
  /// Of each method, in the replicates' order.
  let records: [[ReplicateRecord]]

  /// - Parameter records: of all methods, in any order; those of other methods are left out.
  init(
    name: String, content: String, fingerprint: DataFingerprint? = nil, alpha: Double,
    truth: [String: Double], mayStopEarly: Bool = false, methods: [String],
    records: [ReplicateRecord]
  ) {
    self.name = name
    self.content = content
    self.fingerprint = fingerprint
    self.alpha = alpha
    self.truth = truth
    self.mayStopEarly = mayStopEarly
    self.methods = methods
    let groups = Dictionary(grouping: records, by: \.method)
    self.records = methods.map { method in
      (groups[method] ?? []).sorted { $0.replicate < $1.replicate }
    }
  }

  /// Where the study may end early, some replicates may be done beyond one that is not: they are
  /// left out.
  /// - Parameter records: of all methods, in any order.
  init(
    _ scenario: Scenario, fingerprint: DataFingerprint? = nil, records: [ReplicateRecord]
  ) {
    var records = records
    if scenario.precision != nil {
      let done = Set(records.map(\.replicate))
      let firstMissing = (0...).first { !done.contains($0) } ?? 0
      records.removeAll { $0.replicate > firstMissing }
    }
    self.init(
      name: scenario.name, content: ScenarioDifference.content(of: scenario),
      fingerprint: fingerprint, alpha: scenario.alpha, truth: scenario.truth,
      mayStopEarly: scenario.precision != nil,
      methods: scenario.methods.map(\.name), records: records)
  }
}
