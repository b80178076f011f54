import GSLNumerics

extension ScenarioParser {
  /// Names that a covariate cannot have, because `simulate` writes columns of these names or the
  /// model has a term of this name.
  static let reservedNames = ["y", "group", "exposure", DataGeneratingMechanism.interceptName]

  static func dataSource(in map: YAMLMapping) throws(ScenarioError) -> DataSource {
    let value = try map.required("data")
    let data = try value.mapping(
      keys: ["table", "groups", "group_size", "covariates", "exposure", "fixed", "random"]
        + ["departures"])
    if data["table"] != nil {
      try data.refuse(
        ["groups", "group_size", "covariates", "exposure", "departures"],
        because: "describes simulated data and does not go with 'table'.")
      try map.refuse(["seed", "generator"], because: "has no use where the data are given.")
      return .given(try table(data))
    }
    return .simulated(try mechanism(data, in: map))
  }

  private static func mechanism(
    _ data: YAMLMapping, in map: YAMLMapping
  ) throws(ScenarioError) -> DataGeneratingMechanism {
    if let departures = data["departures"], try !departures.entries().isEmpty {
      throw departures.error("departures from the model are not supported yet by this version.")
    }
    let (groups, groupSize) = try groups(in: data)
    let covariates = try data["covariates"].map(covariates) ?? []
    return DataGeneratingMechanism(
      seed: try map.required("seed").integer(in: 0...UInt64.max),
      generator: try map["generator"].map(generator) ?? .philox4x64,
      groups: groups, groupSize: groupSize, covariates: covariates,
      exposure: try data["exposure"].map(exposure),
      fixed: try effects(data.required("fixed"), covariates: covariates, of: "coefficients"),
      random: try standardDeviations(data.required("random"), covariates: covariates))
  }

  private static func generator(_ value: YAMLValue) throws(ScenarioError) -> RandomGenerator {
    let name = try value.text()
    if let generator = try? RandomGenerator(named: name) { return generator }
    throw value.error(
      "unknown generator \(value.found); "
        + NearestName.advice(for: name, among: RandomGenerator.available))
  }

  // MARK: Groups

  private static func groups(
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
      case .poisson(let mean, let minimum): max(mean, Double(minimum))
      case .uniform(let range): Double(range.upperBound)
      case .listed(let sizes): sizes.reduce(0) { $0 + Double($1) } / Double(count)
      }
    guard Double(count) * rowsPerGroup <= Double(rows) else {
      throw sizeValue.error("a data set has at most \(rows) rows; this would have more.")
    }
    return (count, size)
  }

  private static func groupSize(_ value: YAMLValue) throws(ScenarioError) -> GroupSize {
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
      let map = try value.mapping(
        keys: ["poisson", "minimum", "uniform"], unsupported: ["lognormal"])
      guard let uniform = map["uniform"] else {
        let mean = try map.required("poisson").number("a mean above 0, at most 1e8") {
          $0 > 0 && $0 <= 1e8
        }
        return .poisson(mean: mean, minimum: try map["minimum"]?.integer(in: sizes) ?? 1)
      }
      try map.refuse(["poisson", "minimum"], because: "does not go with 'uniform'.")
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
  }

  // MARK: Covariates and exposure

  private static func covariates(_ value: YAMLValue) throws(ScenarioError) -> [Covariate] {
    var covariates: [Covariate] = []
    for element in try value.list("a list of covariates") {
      let map = try element.mapping(
        keys: ["name", "distribution", "level", "mean", "sd", "min", "max", "p"])
      let nameValue = try map.required("name")
      let name = try columnName(nameValue)
      guard !covariates.contains(where: { $0.name == name }) else {
        throw nameValue.error("there is already a covariate named '\(name)'.")
      }
      let level =
        try map["level"].map { value throws(ScenarioError) in
          try value.word(Covariate.Level.self, what: "level")
        } ?? .row
      covariates.append(
        Covariate(name: name, distribution: try distribution(in: map), level: level))
    }
    return covariates
  }

  private static func distribution(
    in map: YAMLMapping
  ) throws(ScenarioError) -> Covariate.Distribution {
    let value = try map.required("distribution")
    let kind = try distributionKind(value)
    let parameters: [DistributionKind: [String]] = [
      .normal: ["mean", "sd"], .uniform: ["min", "max"], .bernoulli: ["p"],
    ]
    for (other, names) in parameters where other != kind {
      try map.refuse(names, because: "is no parameter of the distribution '\(kind.rawValue)'.")
    }
    switch kind {
    case .normal:
      return .normal(
        mean: try map["mean"]?.number() ?? 0,
        sd: try map["sd"].map(positive) ?? 1)
    case .uniform:
      let lower = try map["min"]?.number() ?? 0
      let upper = try map["max"]?.number() ?? 1
      guard lower < upper, (upper - lower).isFinite else {
        throw map.value.error("expected min < max, found min \(lower) and max \(upper).")
      }
      return .uniform(UniformRange(lower, upper))
    case .bernoulli:
      let probability =
        try map["p"].map { value throws(ScenarioError) in
          try value.number("a probability between 0 and 1, both excluded") { $0 > 0 && $0 < 1 }
        } ?? 0.5
      return .bernoulli(probability: probability)
    }
  }

  private enum DistributionKind: String, CaseIterable {
    case normal, uniform, bernoulli
  }

  private static func distributionKind(
    _ value: YAMLValue
  ) throws(ScenarioError) -> DistributionKind {
    let planned = ["categorical", "time", "poisson", "lognormal", "gamma", "student_t"]
    let text = try value.text()
    if planned.contains(text) {
      throw value.error(
        "the distribution '\(text)' is not supported yet by this version; expected "
          + NearestName.list(DistributionKind.allCases.map(\.rawValue)) + ".")
    }
    return try value.word(DistributionKind.self, what: "distribution")
  }

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
    _ value: YAMLValue, covariates: [Covariate], of what: String
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    let known = [DataGeneratingMechanism.interceptName] + covariates.map(\.name)
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
