/// Reads the gates of a scenario and refuses those that could never be judged.
struct GateParser {
  /// The scenario without its gates.
  let scenario: Scenario
  /// Where the scenario is a cell of a grid.
  let cell: ScenarioGrid.Cell?

  func gates(_ value: YAMLValue) throws(ScenarioError) -> [Gate] {
    var gates: [Gate] = []
    for element in try value.list("a list of gates") {
      let map = try element.mapping(keys: ["method", "parameter", "measure", "between", "where"])
      if let place = map["where"], try !isHere(place) { continue }
      gates.append(try gate(map))
    }
    return gates
  }

  /// Whether this cell is among those that `where` speaks of.
  private func isHere(_ place: YAMLValue) throws(ScenarioError) -> Bool {
    guard let cell else { throw place.error("needs 'vary', and this scenario has none.") }
    return try GridPlace(place, among: cell.settings.map(\.factor)).holds(for: cell.settings)
  }

  private func gate(_ map: YAMLMapping) throws(ScenarioError) -> Gate {
    let method = try name(
      map.required("method"), among: scenario.methods.map(\.name), what: "method")
    let parameterValue = try map.required("parameter")
    let parameter = try name(
      parameterValue, among: scenario.parameters, what: "parameter",
      as: scenario.data.random.reportedName)
    let measureValue = try map.required("measure")
    let measure = try measureValue.word(PerformanceMeasure.self, what: "measure")
    if let reason = scenario.reasonAgainst(measure, of: parameter, by: method) {
      throw measureValue.error("'\(measure.rawValue)' of '\(parameter)' \(reason).")
    }
    let (lower, upper) = try map.required("between").interval(allowingEqualEnds: true)
    return Gate(
      scenario: scenario.name, method: method, parameter: parameter, measure: measure,
      lower: lower, upper: upper)
  }

  private func name(
    _ value: YAMLValue, among known: [String], what: String,
    as reported: (String) -> String = { $0 }
  ) throws(ScenarioError) -> String {
    let text = reported(try value.text())
    guard known.contains(text) else {
      throw value.error(
        "this scenario has no \(what) \(value.found); "
          + NearestName.advice(for: text, among: known))
    }
    return text
  }
}
