/// Reads the gates of a scenario and refuses those that could never be judged.
struct GateParser {
  /// The scenario without its gates.
  let scenario: Scenario

  func gates(_ value: YAMLValue) throws(ScenarioError) -> [Gate] {
    var gates: [Gate] = []
    for element in try value.list("a list of gates") { gates.append(try gate(element)) }
    return gates
  }

  private func gate(_ value: YAMLValue) throws(ScenarioError) -> Gate {
    let map = try value.mapping(keys: ["method", "parameter", "measure", "between"])
    let method = try name(
      map.required("method"), among: scenario.methods.map(\.name), what: "method")
    let parameterValue = try map.required("parameter")
    let parameter = try name(parameterValue, among: scenario.parameters, what: "parameter")
    let measureValue = try map.required("measure")
    let measure = try measureValue.word(PerformanceMeasure.self, what: "measure")
    if let reason = reasonAgainst(measure, of: parameter, by: method) {
      throw measureValue.error("'\(measure.rawValue)' of '\(parameter)' \(reason).")
    }
    let (lower, upper) = try map.required("between").interval(allowingEqualEnds: true)
    return Gate(
      scenario: scenario.name, method: method, parameter: parameter, measure: measure,
      lower: lower, upper: upper)
  }

  private func name(
    _ value: YAMLValue, among known: [String], what: String
  ) throws(ScenarioError) -> String {
    let text = try value.text()
    guard known.contains(text) else {
      throw value.error(
        "this scenario has no \(what) \(value.found); "
          + NearestName.advice(for: text, among: known))
    }
    return text
  }

  /// Why a measure can never have a number here, or nil if it can.
  private func reasonAgainst(
    _ measure: PerformanceMeasure, of parameter: String, by method: String
  ) -> String? {
    let hasTruth = scenario.truth[parameter] != nil
    if measure.needsTruth, !hasTruth { return "needs a true value, which is not known" }
    if measure == .estimate, hasTruth { return "is listed only without a known truth; use 'bias'" }
    if measure == .rejectionRate, !scenario.data.fixedNames.contains(parameter) {
      return "is not defined: a log SD has no natural null value"
    }
    if measure == .relativePrecision, method == scenario.methods.first?.name {
      return "is relative to this method itself, the scenario's first"
    }
    let defined: [PerformanceMeasure] = [.estimate, .modelStandardError, .intervalWidth]
    if case .given = scenario.data, !defined.contains(measure) {
      return "needs more than one replicate, and given data have one"
    }
    return nil
  }
}
