import GSLNumerics
import PoissonGLMM

extension ScenarioParser {
  static func dataSource(
    in map: YAMLMapping, kind: ScenarioKind
  ) throws(ScenarioError) -> DataSource {
    let value = try map.required("data")
    let data = try value.mapping(
      keys: [
        "table", "program", "truth", "groups", "group_size", "factors", "rows_per_cell", "rows",
        "covariates",
        "covariates_fixed", "exposure", "fixed", "random", "correlations", "family", "departures",
      ])
    let designKeys = [
      "groups", "group_size", "factors", "rows_per_cell", "rows", "covariates_fixed", "exposure",
      "family", "departures",
    ]
    if data["program"] != nil {
      try data.refuse(["table"], because: "does not go with 'program'.")
      try data.refuse(
        designKeys, because: "describes data that are drawn here, and does not go with 'program'.")
      try map.refuse(["generator"], because: "has no use where another program draws the data.")
      return .generated(try generated(data, in: map, kind: kind))
    }
    try data.refuse(["truth"], because: "goes with 'program'; other data have the truth with them.")
    if data["table"] != nil {
      try data.refuse(
        designKeys + ["covariates"],
        because: "describes simulated data and does not go with 'table'.")
      try map.refuse(["seed", "generator"], because: "has no use where the data are given.")
      return .given(try table(data))
    }
    return .simulated(try mechanism(data, in: map, kind: kind))
  }

  private static func mechanism(
    _ data: YAMLMapping, in map: YAMLMapping, kind: ScenarioKind
  ) throws(ScenarioError) -> DataGeneratingMechanism {
    let design = try design(in: data)
    let covariates =
      try data["covariates"].map { value throws(ScenarioError) in
        try Self.covariates(value, of: design)
      } ?? []
    let mechanism = DataGeneratingMechanism(
      seed: try map.required("seed").integer(in: 0...UInt64.max),
      generator: try map["generator"].map(generator) ?? .philox4x64,
      design: design, covariates: covariates,
      covariatesAreFixed: try data["covariates_fixed"]?.boolean() ?? false,
      exposure: try data["exposure"].map(exposure),
      fixed: try fixedEffects(data.required("fixed"), covariates: covariates, kind: kind),
      randomFactors: try randomFactors(
        in: data,
        RandomParser(
          design: design, columns: covariates.flatMap(\.columnNames),
          values: kind == .calibration ? .drawn : .written)),
      family: try data["family"].map { value throws(ScenarioError) in
        try family(value, kind: kind)
      } ?? .poisson)
    guard let departures = data["departures"] else { return mechanism }
    return mechanism.departing(try DepartureParser(mechanism: mechanism).departures(departures))
  }

  /// `{name: negative-binomial, size: 2}`; in a calibration the name alone.
  private static func family(
    _ value: YAMLValue, kind: ScenarioKind
  ) throws(ScenarioError) -> SimulatedFamily {
    let map = try value.mapping(keys: ["name", "size", "zero_share"])
    let family = try map.required("name").word(CountFamily.self, what: "family")
    if kind == .calibration {
      try map.refuse(
        ["size", "zero_share"], because: "is given, and \(RandomParser.Values.drawn.reason).")
      return SimulatedFamily(family, parameters: family.parameters.map { _ in 0 })
    }
    if !family.hasSize {
      try map.refuse(["size"], because: "does not go with the family \(family.rawValue).")
    }
    if !family.hasZeroShare {
      try map.refuse(["zero_share"], because: "does not go with the family \(family.rawValue).")
    }
    var parameters: [Double] = []
    if family.hasSize {
      let size = try map.required("size").number("a size from 0.01 to 1e6") {
        $0 >= 0.01 && $0 <= 1e6
      }
      parameters.append(FamilyParameter.logOverdispersionSD(size: size))
    }
    if family.hasZeroShare {
      let share = try map.required("zero_share").number(
        "a share between 0 and 1, both excluded"
      ) { $0 > 0 && $0 < 1 }
      parameters.append(FamilyParameter.logit(zeroShare: share))
    }
    return SimulatedFamily(family, parameters: parameters)
  }

  private static func generator(_ value: YAMLValue) throws(ScenarioError) -> RandomGenerator {
    let name = try value.text()
    if let generator = try? RandomGenerator(named: name) { return generator }
    throw value.error(
      "unknown generator \(value.found); "
        + NearestName.advice(for: name, among: RandomGenerator.available))
  }

  // MARK: Groups

  static func groups(
    in data: YAMLMapping
  ) throws(ScenarioError) -> (count: Int, size: GroupSize) {
    let sizeValue = try data.required("group_size")
    let size = try groupSize(sizeValue)
    let rows = DataGeneratingMechanism.maximumRows
    var count: Int
    if case .listed(let sizes) = size {
      count = sizes.count
      if let value = data["groups"], try value.integer(in: 1...rows) != count {
        throw value.error("expected \(count), the length of 'group_size', found \(value.found).")
      }
    } else {
      count = try data.required("groups").integer(in: 1...rows)
    }
    let rowsPerGroup: Double =
      switch size {
      case .constant(let size): Double(size)
      case .poisson(let mean, let minimum), .lognormal(let mean, _, let minimum):
        max(mean, Double(minimum))
      case .uniform(let range): Double(range.upperBound)
      case .listed(let sizes): sizes.reduce(0) { $0 + Double($1) } / Double(count)
      }
    guard Double(count) * rowsPerGroup <= Double(rows) else {
      throw sizeValue.error("a data set has at most \(rows) rows; this would have more.")
    }
    return (count, size)
  }

  static func groupSize(_ value: YAMLValue) throws(ScenarioError) -> GroupSize {
    let sizes = 1...DataGeneratingMechanism.maximumRows
    switch value.node {
    case .scalar:
      return .constant(try value.integer(in: sizes))
    case .sequence:
      var listed: [Int] = []
      for element in try value.list() { listed.append(try element.integer(in: sizes)) }
      guard !listed.isEmpty else { throw value.error("expected at least one group size.") }
      return .listed(listed)
    default:
      return try sizeDistribution(
        value.mapping(keys: ["poisson", "uniform", "lognormal", "minimum"]), sizes)
    }
  }

  private static func sizeDistribution(
    _ map: YAMLMapping, _ sizes: ClosedRange<Int>
  ) throws(ScenarioError) -> GroupSize {
    if let uniform = map["uniform"] {
      try map.refuse(
        ["poisson", "lognormal", "minimum"], because: "does not go with 'uniform'.")
      let ends = try uniform.list("[smallest, largest]")
      guard ends.count == 2 else {
        throw uniform.error("expected [smallest, largest], found a list of \(ends.count).")
      }
      let (lower, upper) = (try ends[0].integer(in: sizes), try ends[1].integer(in: sizes))
      guard lower <= upper else {
        throw uniform.error("expected [smallest, largest], found [\(lower), \(upper)].")
      }
      return .uniform(lower...upper)
    }
    let minimum = try map["minimum"]?.integer(in: sizes) ?? 1
    if let lognormal = map["lognormal"] {
      try map.refuse(["poisson"], because: "does not go with 'lognormal'.")
      let moments = try lognormal.mapping(keys: ["mean", "sd"])
      return .lognormal(
        mean: try moments.required("mean").number("a mean above 0, at most 1e7") {
          $0 > 0 && $0 <= 1e7
        },
        sd: try moments.required("sd").number("a standard deviation above 0, at most 1e7") {
          $0 > 0 && $0 <= 1e7
        },
        minimum: minimum)
    }
    guard let poisson = map["poisson"] else {
      throw map.value.error("expected one of the keys poisson, uniform or lognormal.")
    }
    return .poisson(
      mean: try poisson.number("a mean above 0, at most 1e8") { $0 > 0 && $0 <= 1e8 },
      minimum: minimum)
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

  private static func randomFactors(
    in data: YAMLMapping, _ parser: RandomParser
  ) throws(ScenarioError) -> [FactorEffects] {
    let random = try data.required("random")
    if data["factors"] != nil { return try parser.effectsByFactor(random) }
    return [try parser.effectsOfGroups(random, correlations: data["correlations"])]
  }

  private static func fixedEffects(
    _ value: YAMLValue, covariates: [Covariate], kind: ScenarioKind
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    let columns = covariates.flatMap(\.columnNames)
    if kind == .calibration {
      return try namedEffects(
        value, columns: columns, allowsProducts: true, middle: 0,
        because: RandomParser.Values.drawn.reason)
    }
    var effects: [DataGeneratingMechanism.Effect] = []
    for entry in try value.entries("a mapping of names to coefficients") {
      try TermParser(columns: columns, noun: "covariate", earlier: effects.map(\.name))
        .check(entry.key, entry.name)
      effects.append(.init(entry.name, try entry.value.number()))
    }
    guard !effects.isEmpty else { throw value.error("expected at least one of the coefficients.") }
    return effects
  }

  /// `[Intercept, x1]`: names alone.
  static func namedEffects(
    _ value: YAMLValue, columns: [String], allowsProducts: Bool = false, middle: Double,
    because reason: String
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    if case .mapping = value.node {
      throw value.error("\(reason); expected a list of names, found a mapping.")
    }
    return try terms(value, covariates: columns, allowsProducts: allowsProducts).map {
      DataGeneratingMechanism.Effect($0, middle)
    }
  }
}
