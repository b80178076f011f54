/// The records of one method on one scenario, sorted into columns as they come, replicate by
/// replicate.
struct MethodColumns {
  private let scenario: String
  private let method: String
  /// Whether each replicate has true values of its own.
  private let isCalibration: Bool
  private var attempted = 0
  private var failures: [FailureRow] = []
  /// In the order in which the method first named them.
  private(set) var parameters: [String] = []
  private var columns: [ParameterSample] = []
  private var columnOfName: [String: Int] = [:]

  init(_ scenario: ScenarioSummary, method: String) {
    self.scenario = scenario.name
    self.method = method
    isCalibration = scenario.kind == .calibration
  }

  /// Adds a replicate after all others.
  /// - Throws: `ReportError` where the record names a parameter twice.
  mutating func append(_ record: ReplicateRecord) throws(ReportError) {
    attempted += 1
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
          parameters.append(parameter.parameter)
        }
        guard columns[column].replicates.last != record.replicate else {
          throw ReportError(
            .inconsistent,
            "Replicate \(record.replicate) of method '\(method)' on scenario '\(scenario)' "
              + "names the parameter '\(parameter.parameter)' twice.")
        }
        if isCalibration {
          columns[column].append(errorOf: parameter, replicate: record.replicate)
        } else {
          columns[column].append(parameter, replicate: record.replicate)
        }
      }
    }
  }

  func sample(timing: TimingRow) -> MethodSample {
    MethodSample(
      method: method, attempted: attempted, failures: failures,
      parameters: columnOfName.mapValues { columns[$0] }, timing: timing)
  }
}

extension ScenarioSample {
  /// - Parameters:
  ///   - columns: of the scenario's methods, in their order.
  ///   - timings: of the same methods.
  init(
    _ summary: ScenarioSummary, columns: [MethodColumns], timings: [TimingRow],
    stopping: StoppingOutcome? = nil
  ) {
    var names: [String] = []
    var known: Set<String> = []
    for name in columns.flatMap(\.parameters) + summary.truth.keys.sorted()
    where known.insert(name).inserted {
      names.append(name)
    }
    self.init(
      summary: summary, parameters: names,
      methods: zip(columns, timings).map { $0.sample(timing: $1) }, stopping: stopping)
  }
}
