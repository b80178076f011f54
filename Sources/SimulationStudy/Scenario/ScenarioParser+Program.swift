import PoissonGLMM

/// Data that another program draws.
extension ScenarioParser {
  /// The data of `program`:
  ///
  ///     program: {command: "Rscript late.R", time_limit: 60, parameters: {groups: 20, delay: 3}}
  ///     covariates: [x]
  ///     fixed: [Intercept, x]
  ///     random: [Intercept]
  ///     truth: {Intercept: 0.5, x: 0.3, log_sd(Intercept): -0.7}
  static func generated(
    _ data: YAMLMapping, in map: YAMLMapping, kind: ScenarioKind
  ) throws(ScenarioError) -> GeneratedData {
    let program = try data.required("program").mapping(
      keys: ["command", "parameters"] + limitKeys)
    var covariates: [String] = []
    for element in try data["covariates"]?.list("a list of names") ?? [] {
      let name = try columnName(element)
      guard !covariates.contains(name) else { throw element.error("'\(name)' appears twice.") }
      covariates.append(name)
    }
    let random = try data.required("random")
    let structures = try structures(
      random, in: data, factors: factorColumns(random), columns: covariates)
    let fixed = try terms(data.required("fixed"), covariates: covariates, allowsProducts: true)
    return GeneratedData(
      command: try externalCommand(program.required("command"), in: program),
      settings: try program["parameters"].map(settings) ?? [:],
      seed: try map.required("seed").integer(in: 0...UInt64.max),
      covariates: covariates, fixedNames: fixed, random: structures,
      truth: try data["truth"].map { value throws(ScenarioError) in
        try truth(value, fixed: fixed, random: structures)
      } ?? [:])
  }

  private static func settings(
    _ value: YAMLValue
  ) throws(ScenarioError) -> [String: GeneratedData.Setting] {
    var settings: [String: GeneratedData.Setting] = [:]
    for entry in try value.entries("a mapping of names to values") {
      settings[entry.name] = try setting(entry.value)
    }
    return settings
  }

  private static func setting(
    _ value: YAMLValue
  ) throws(ScenarioError) -> GeneratedData.Setting {
    switch value.node {
    case .sequence:
      return .list(
        try value.list().map { element throws(ScenarioError) in try setting(element) })
    case .mapping: throw value.error("expected a number, a text or a list, found a mapping.")
    default:
      if let number = try? value.number() { return .number(number) }
      return .text(try value.text())
    }
  }

  private static func truth(
    _ value: YAMLValue, fixed: [String], random: [RandomStructure]
  ) throws(ScenarioError) -> [String: Double] {
    let known = fixed + random.parameterNames
    var truth: [String: Double] = [:]
    for entry in try value.entries("a mapping of parameters to their true values") {
      let name = random.reportedName(entry.name)
      guard known.contains(name) else {
        throw entry.key.error(
          "the model has no parameter \(entry.key.found); "
            + NearestName.advice(for: name, among: known))
      }
      truth[name] = try entry.value.number()
    }
    return truth
  }
}
