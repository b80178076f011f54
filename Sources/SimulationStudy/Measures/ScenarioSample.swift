import PoissonGLMM

/// How the replicates of a scenario with a precision came to an end.
enum StoppingOutcome: Sendable, Equatable {
  /// Precise enough after so many.
  case precise(replicates: Int)
  /// All that were planned are done, and the largest Monte Carlo standard error is still this; nil
  /// where a method or parameter has none.
  case exhausted(largestError: Double?)
  /// Some are still to be run.
  case running
}

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
  /// nil for a scenario without a precision to reach.
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
  /// - Throws: `StudyError` where the record names a parameter twice.
  mutating func append(_ record: ReplicateRecord) throws(StudyError) {
    attempted += 1
    switch record.usability {
    case .failed(let reason):
      failures.append(
        FailureRow(
          scenario: scenario, method: method, replicate: record.replicate,
          // Whoever wrote it: it is for people's terminals and editors.
          reason: VisibleText.escaped(reason)))
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
          throw StudyError(
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

/// The order of methods in every table and picture, so that a place means the same everywhere: this
/// package's approximations, each adding one idea to the one before, then all others by name.
enum MethodOrder {
  static func sorted(_ methods: [String]) -> [String] {
    methods.sorted { key($0) < key($1) }
  }

  private static let approximations = Approximation.allCases.map(\.rawValue)

  private static func key(_ method: String) -> (Int, String, String) {
    (
      approximations.firstIndex(of: method) ?? approximations.count, method.lowercased(), method
    )
  }
}
