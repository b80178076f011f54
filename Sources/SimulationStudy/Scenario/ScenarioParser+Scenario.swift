import PoissonGLMM

extension ScenarioParser {
  static let replicatesRange = 1...100_000_000
  private static let keys = [
    "name", "description", "study", "kind", "seed", "generator", "replicates", "precision", "alpha",
    "priors", "data", "methods", "estimands", "measures", "vary", "streams", "where", "gates",
  ]

  /// The scenarios of a document: one, or with `vary` one for each cell of the grid.
  static func scenarios(_ root: YAMLValue) throws(ScenarioError) -> [Scenario] {
    let map = try root.mapping(keys: keys)
    let head = try ScenarioHead(map)
    guard let vary = map["vary"] else {
      try map.refuse(["where", "streams"], because: "needs 'vary', and this scenario has none.")
      return [try scenario(root, head, cell: nil)]
    }
    let grid = try ScenarioGrid(vary, where: map["where"], root: root)
    let cells = try grid.cells(of: map.required("name"))
    var scenarios: [Scenario] = []
    for cell in cells {
      do {
        scenarios.append(try scenario(cell.root, head, cell: cell))
      } catch {
        throw error.inCell(cell.name)
      }
    }
    return scenarios
  }

  /// - Parameter cell: where the document is that of a grid's cell.
  private static func scenario(
    _ root: YAMLValue, _ head: ScenarioHead, cell: ScenarioGrid.Cell?
  ) throws(ScenarioError) -> Scenario {
    let map = try root.mapping(keys: keys)
    let name = try scenarioName(map.required("name"))
    let kind =
      try map["kind"].map { value throws(ScenarioError) in
        try value.word(ScenarioKind.self, what: "kind")
      } ?? .simulation
    if kind == .calibration { try checkCalibration(map) }
    let data = try dataSource(in: map, kind: kind)
    if kind == .calibration, data.random.hasCorrelations, let priors = map["priors"] {
      try checkDrawnPrior("correlation_shape", in: priors)
    }
    let methods = try methods(map.required("methods"), family: data.family)
    var scenario = Scenario(
      kind: kind, name: name,
      description: head.description,
      replicates: try replicates(in: map, data: data),
      precision: try map["precision"].map(precision),
      alpha: try map["alpha"].map { value throws(ScenarioError) in
        try value.number("a number between 0 and 1") { $0 > 0 && $0 < 1 }
      } ?? 0.05,
      priors: try map["priors"].map(priors) ?? Priors(),
      data: data, methods: methods)
    scenario.study = head.study
    scenario.gridSettings = (cell?.settings ?? []).map {
      ScenarioSummary.Detail($0.factor.label, $0.level.label)
    }
    scenario.commonStreams = head.commonStreams
    if let value = map["estimands"] {
      scenario.estimands = try estimands(value, of: scenario.modelParameters)
    }
    if let value = map["measures"] { scenario.measures = try measures(value) }
    if let value = map["precision"] { try check(value, of: scenario) }
    if let gates = map["gates"] {
      scenario.gates = try GateParser(scenario: scenario, cell: cell).gates(gates)
    }
    return scenario
  }

  /// What all cells of a grid have in common, however many they are, and may be long.
  private struct ScenarioHead {
    let description: String
    let study: StudyTitle?
    /// The grid's name, if its cells have their random streams in common.
    let commonStreams: String?

    init(_ map: YAMLMapping) throws(ScenarioError) {
      description = try map["description"].map(oneLine) ?? ""
      study = try map["study"].map(studyTitle)
      let streams =
        try map["streams"].map { value throws(ScenarioError) in
          try value.word(StreamSharing.self, what: "kind of streams")
        } ?? .own
      commonStreams = streams == .common ? try scenarioName(map.required("name")) : nil
    }

    private enum StreamSharing: String, CaseIterable {
      case own, common
    }
  }

  /// `{title: Few groups, question: How few are enough?}`
  static func studyTitle(_ value: YAMLValue) throws(ScenarioError) -> StudyTitle {
    let map = try value.mapping(keys: ["title", "question"])
    return StudyTitle(
      title: try oneLine(map.required("title")), question: try oneLine(map.required("question")))
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

  /// `{ratio: exp(treated)}`
  private static func estimands(
    _ value: YAMLValue, of parameters: [String]
  ) throws(ScenarioError) -> [Estimand] {
    var estimands: [Estimand] = []
    for entry in try value.entries("a mapping of names to functions of the parameters") {
      let name = try columnName(entry.key, reserved: [])
      guard !estimands.contains(where: { $0.ownName == name }) else {
        throw entry.key.error("'\(name)' appears twice.")
      }
      let text = try oneLine(entry.value)
      do {
        estimands.append(try Estimand(name, text, of: parameters))
      } catch {
        throw entry.value.error("in '\(text)': \(error.message)")
      }
    }
    return estimands
  }

  /// `[coverage, bias]`
  private static func measures(
    _ value: YAMLValue
  ) throws(ScenarioError) -> [PerformanceMeasure] {
    var measures: [PerformanceMeasure] = []
    for element in try value.list("a list of measures") {
      let measure = try element.word(PerformanceMeasure.self, what: "measure")
      guard !measures.contains(measure) else {
        throw element.error("'\(measure.rawValue)' appears twice.")
      }
      measures.append(measure)
    }
    guard !measures.isEmpty else { throw value.error("expected at least one measure.") }
    return measures
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
    if case .given = scenario.data {
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
    let map = try value.mapping(keys: ["fixed_effect_sd", "log_sd_sd", "correlation_shape"])
    var priors = Priors()
    if let value = map["fixed_effect_sd"] { priors.fixedEffectSD = try priorSD(value) }
    if let value = map["log_sd_sd"] { priors.logSDSD = try priorSD(value) }
    if let value = map["correlation_shape"] {
      let shapes = Priors.supportedShapes
      priors.correlationShape = try value.number(
        "a number from \(Int(shapes.lowerBound)) to \(Int(shapes.upperBound))"
      ) { shapes.contains($0) }
    }
    return priors
  }

  private static func priorSD(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a number from 1e-6 to 1e6") { Priors.supportedSDs.contains($0) }
  }

  // MARK: Calibration

  /// Refuses a calibration that has what it cannot have, or lacks what it needs.
  static func checkCalibration(_ map: YAMLMapping) throws(ScenarioError) {
    try map.refuse(
      ["precision"],
      because:
        "does not go with a calibration, whose tests are of a number of replicates given "
        + "beforehand."
    )
    guard let priors = map["priors"] else {
      throw map.value.error(
        "the key 'priors' is missing: a calibration draws its parameters from them.")
    }
    for key in ["fixed_effect_sd", "log_sd_sd"] { try checkDrawnPrior(key, in: priors) }
    for entry in try map.required("data").entries() {
      switch entry.name {
      case "truth":
        throw entry.key.error(
          "'truth' does not go with a calibration, in which each data set has its own.")
      case "table":
        throw entry.key.error(
          "'table' does not go with a calibration, which draws data and their true parameters.")
      case "departures":
        throw entry.key.error(
          "'departures' does not go with a calibration, which asks whether the posterior is right "
            + "where the "
            + "data are those of the model.")
      default: break
      }
    }
  }

  private static func checkDrawnPrior(
    _ key: String, in priors: YAMLValue
  ) throws(ScenarioError) {
    if try priors.entries().allSatisfy({ $0.name != key }) {
      throw priors.error("the key '\(key)' is missing: a calibration draws its parameters from it.")
    }
  }

  // MARK: Methods

  private static let variationalKeys = [
    "approximation", "maximum_iterations", "family", "checks", "standardize",
  ]

  /// - Parameter family: what a method fits that does not say otherwise.
  static func methods(
    _ value: YAMLValue, family: CountFamily = .poisson
  ) throws(ScenarioError) -> [MethodSpecification] {
    var methods: [MethodSpecification] = []
    for element in try value.list("a list of methods") {
      let map = try element.mapping(
        keys: ["name"] + variationalKeys + ["command", "own"] + limitKeys)
      let nameValue = try map.required("name")
      let name = try scenarioName(nameValue)
      guard !methods.contains(where: { $0.name == name }) else {
        throw nameValue.error("there is already a method named '\(name)'.")
      }
      if let own = map["own"] {
        guard try own.boolean() else { throw own.error("expected true, or no 'own' at all.") }
        try map.refuse(
          variationalKeys + ["command"] + limitKeys,
          because: "does not go with an estimator of one's own.")
        methods.append(MethodSpecification(name: name, .own))
      } else if let command = map["command"] {
        try map.refuse(variationalKeys, because: "does not go with a command.")
        methods.append(
          MethodSpecification(name: name, .command(try externalCommand(command, in: map))))
      } else {
        try map.refuse(limitKeys, because: "goes with a command only.")
        methods.append(MethodSpecification(name: name, .variational(try settings(in: map, family))))
      }
    }
    guard !methods.isEmpty else { throw value.error("expected at least one method.") }
    return methods
  }

  private static func settings(
    in map: YAMLMapping, _ family: CountFamily
  ) throws(ScenarioError) -> VariationalSettings {
    let approximation =
      try map["approximation"].map { value throws(ScenarioError) in
        try value.word(Approximation.self, what: "approximation")
      } ?? FitOptions().approximation
    let iterations =
      try map["maximum_iterations"].map { value throws(ScenarioError) in
        try value.integer(in: 1...1_000_000)
      } ?? FitOptions().maximumIterations
    let checks = try map["checks"].map { value throws(ScenarioError) in try value.boolean() }
    let standardizes =
      try map["standardize"].map { value throws(ScenarioError) in try value.boolean() }
    let family =
      try map["family"].map { value throws(ScenarioError) in
        try value.word(CountFamily.self, what: "family")
      } ?? family
    return VariationalSettings(
      approximation: approximation, maximumIterations: iterations, family: family,
      checks: checks ?? false, standardizes: standardizes ?? false)
  }
}
