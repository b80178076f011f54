import GSLNumerics

extension ScenarioParser {
  /// Names that a covariate cannot have, because `simulate` writes columns of these names or the
  /// model has a term of this name.
  static let reservedNames = ["y", "group", "exposure", DataGeneratingMechanism.interceptName]

  static func dataSource(
    in map: YAMLMapping, kind: ScenarioKind
  ) throws(ScenarioError) -> DataSource {
    let value = try map.required("data")
    let data = try value.mapping(
      keys: [
        "table", "groups", "group_size", "covariates", "covariates_fixed", "exposure", "fixed",
        "random", "departures",
      ])
    if data["table"] != nil {
      try data.refuse(
        ["groups", "group_size", "covariates", "covariates_fixed", "exposure", "departures"],
        because: "describes simulated data and does not go with 'table'.")
      try map.refuse(["seed", "generator"], because: "has no use where the data are given.")
      return .given(try table(data))
    }
    return .simulated(try mechanism(data, in: map, kind: kind))
  }

  private static func mechanism(
    _ data: YAMLMapping, in map: YAMLMapping, kind: ScenarioKind
  ) throws(ScenarioError) -> DataGeneratingMechanism {
    let (groups, groupSize) = try groups(in: data)
    let covariates = try data["covariates"].map(covariates) ?? []
    let (fixed, random) = try effects(in: data, covariates: covariates, kind: kind)
    let mechanism = DataGeneratingMechanism(
      seed: try map.required("seed").integer(in: 0...UInt64.max),
      generator: try map["generator"].map(generator) ?? .philox4x64,
      groups: groups, groupSize: groupSize, covariates: covariates,
      covariatesAreFixed: try data["covariates_fixed"]?.boolean() ?? false,
      exposure: try data["exposure"].map(exposure),
      fixed: fixed, random: random)
    guard let departures = data["departures"] else { return mechanism }
    return mechanism.departing(try DepartureParser(mechanism: mechanism).departures(departures))
  }

  private static func generator(_ value: YAMLValue) throws(ScenarioError) -> RandomGenerator {
    let name = try value.text()
    if let generator = try? RandomGenerator(named: name) { return generator }
    throw value.error(
      "unknown generator \(value.found); "
        + NearestName.advice(for: name, among: RandomGenerator.available))
  }

  // MARK: Exposure

  private static func exposure(_ value: YAMLValue) throws(ScenarioError) -> UniformRange {
    let range = try value.mapping(keys: ["uniform"]).required("uniform")
    let (lower, upper) = try range.interval(allowingEqualEnds: false)
    guard lower > 0 else {
      throw range.error("an exposure is above 0, found \(lower).")
    }
    return UniformRange(lower, upper)
  }

  // MARK: Effects

  /// Names of columns stand in formulas and CSV headers.
  static func columnName(_ value: YAMLValue) throws(ScenarioError) -> String {
    let text = try value.text()
    let allowed = text.utf8.allSatisfy { isLetterOrDigit($0) || "_.".utf8.contains($0) }
    guard allowed, let first = text.utf8.first, isLetterOrDigit(first),
      !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), text.utf8.count <= 100
    else {
      throw value.error(
        "a column name is up to 100 letters (a-z), digits, '_' or '.', and begins with a letter; "
          + "found \(value.found).")
    }
    guard !reservedNames.contains(text) else {
      throw value.error("the name '\(text)' is taken; choose another.")
    }
    return text
  }

  private static func effects(
    in data: YAMLMapping, covariates: [Covariate], kind: ScenarioKind
  ) throws(ScenarioError) -> (
    fixed: [DataGeneratingMechanism.Effect], random: [DataGeneratingMechanism.Effect]
  ) {
    let (fixed, random) = (try data.required("fixed"), try data.required("random"))
    switch kind {
    case .simulation:
      return (
        try effects(fixed, covariates: covariates, of: "coefficients"),
        try standardDeviations(random, covariates: covariates)
      )
    case .calibration:
      return (
        try drawnEffects(fixed, covariates: covariates, middle: 0),
        try drawnEffects(random, covariates: covariates, middle: 1)
      )
    }
  }

  private static func effects(
    _ value: YAMLValue, covariates: [Covariate], of what: String
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    let known = [DataGeneratingMechanism.interceptName] + covariates.flatMap(\.columnNames)
    var effects: [DataGeneratingMechanism.Effect] = []
    for entry in try value.entries("a mapping of names to \(what)") {
      guard known.contains(entry.name) else {
        throw entry.key.error(
          "there is no covariate \(entry.key.found); "
            + NearestName.advice(for: entry.name, among: known))
      }
      effects.append(.init(entry.name, try entry.value.number()))
    }
    guard !effects.isEmpty else { throw value.error("expected at least one of the \(what).") }
    return effects
  }

  private static func standardDeviations(
    _ value: YAMLValue, covariates: [Covariate]
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    let effects = try effects(value, covariates: covariates, of: "standard deviations")
    for entry in try value.entries() {
      _ = try entry.value.number("a standard deviation, 0 or more") { $0 >= 0 }
    }
    return effects
  }
}
