import GSLNumerics
import PoissonGLMM

/// From the root of a scenario's YAML to a `Scenario`; every complaint says file, line and column.
enum ScenarioParser {
  static let replicatesRange = 1...100_000_000
  /// Bytes of the name of a scenario or method.
  static let longestName = 100
  private static let keys = [
    "name", "description", "study", "kind", "seed", "generator", "replicates", "precision", "alpha",
    "priors",
    "data", "methods", "vary", "gates",
  ]

  /// The scenarios of a document: one, or with `vary` one for each cell of the grid.
  static func scenarios(_ root: YAMLValue) throws(ScenarioError) -> [Scenario] {
    let map = try root.mapping(keys: keys)
    guard let vary = map["vary"] else { return [try scenario(root, cell: nil)] }
    let cells = try ScenarioGrid(vary, root: root).cells(of: map.required("name"))
    var scenarios: [Scenario] = []
    for cell in cells {
      do {
        scenarios.append(try scenario(cell.root, cell: cell))
      } catch {
        throw error.inCell(cell.name)
      }
    }
    return scenarios
  }

  /// - Parameter cell: where the document is that of a grid's cell.
  private static func scenario(
    _ root: YAMLValue, cell: ScenarioGrid.Cell?
  ) throws(ScenarioError) -> Scenario {
    let map = try root.mapping(keys: keys)
    let name = try scenarioName(map.required("name"))
    let kind =
      try map["kind"].map { value throws(ScenarioError) in
        try value.word(ScenarioKind.self, what: "kind")
      } ?? .simulation
    if kind == .calibration { try checkCalibration(map) }
    let data = try dataSource(in: map, kind: kind)
    let methods = try methods(map.required("methods"))
    var scenario = Scenario(
      kind: kind, name: name,
      description: try map["description"].map(oneLine) ?? "",
      replicates: try replicates(in: map, data: data),
      precision: try map["precision"].map(precision),
      alpha: try map["alpha"].map { value throws(ScenarioError) in
        try value.number("a number between 0 and 1") { $0 > 0 && $0 < 1 }
      } ?? 0.05,
      priors: try map["priors"].map(priors) ?? Priors(),
      data: data, methods: methods)
    scenario.study = try map["study"].map(studyTitle)
    scenario.gridSettings = (cell?.settings ?? []).map {
      ScenarioSummary.Detail($0.factor.label, $0.value.label)
    }
    if let value = map["precision"] { try check(value, of: scenario) }
    if let gates = map["gates"] {
      scenario.gates = try GateParser(scenario: scenario, cell: cell).gates(gates)
    }
    return scenario
  }

  // MARK: Names

  /// Names of scenarios and methods stand in file names, tables and commands.
  static func scenarioName(_ value: YAMLValue) throws(ScenarioError) -> String {
    let text = try value.text()
    let allowed = text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    guard allowed, let first = text.utf8.first, isLetterOrDigit(first),
      text.utf8.count <= longestName
    else {
      throw value.error(
        "a name is up to \(longestName) letters (a-z), digits, '-', '_' or '.', and begins with a "
          + "letter or "
          + "digit; found \(value.found).")
    }
    return text
  }

  /// Text with every run of spaces and line breaks as one space.
  static func oneLine(_ value: YAMLValue) throws(ScenarioError) -> String {
    try value.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  // MARK: Settings

  private static func replicates(
    in map: YAMLMapping, data: DataSource
  ) throws(ScenarioError) -> Int {
    if case .given = data {
      guard let value = map["replicates"] else { return 1 }
      guard try value.integer(in: replicatesRange) == 1 else {
        throw value.error("expected 1, because given data are the same each time.")
      }
      return 1
    }
    return try map.required("replicates").integer(in: replicatesRange)
  }

  /// `{measure: coverage, mcse: 0.005}`
  private static func precision(_ value: YAMLValue) throws(ScenarioError) -> PrecisionTarget {
    let map = try value.mapping(keys: ["measure", "mcse"])
    return PrecisionTarget(
      measure: try map.required("measure").word(PerformanceMeasure.self, what: "measure"),
      monteCarloStandardError: try positive(map.required("mcse")))
  }

  /// Refuses a precision that can never be reached, because nothing is measured.
  private static func check(_ value: YAMLValue, of scenario: Scenario) throws(ScenarioError) {
    guard case .simulated = scenario.data else {
      throw value.error("given data are the same each time, and no number of replicates is enough.")
    }
    guard let target = scenario.precision else { return }
    let isMeasured = scenario.methods.contains { method in
      scenario.parameters.contains {
        scenario.isDefined(target.measure, of: $0, by: method.name)
      }
    }
    guard isMeasured else {
      throw value.error(
        "no parameter of this scenario has the measure '\(target.measure.rawValue)'.")
    }
  }

  private static func priors(_ value: YAMLValue) throws(ScenarioError) -> Priors {
    let map = try value.mapping(keys: ["fixed_effect_sd", "log_sd_sd"])
    var priors = Priors()
    if let value = map["fixed_effect_sd"] { priors.fixedEffectSD = try priorSD(value) }
    if let value = map["log_sd_sd"] { priors.logSDSD = try priorSD(value) }
    return priors
  }

  private static func priorSD(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a number from 1e-6 to 1e6") { Priors.supportedSDs.contains($0) }
  }

  static func positive(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a number above 0") { $0 > 0 }
  }
}
