/// Covariates and their distributions.
extension ScenarioParser {
  static func covariates(
    _ value: YAMLValue, of design: FactorDesign
  ) throws(ScenarioError) -> [Covariate] {
    var covariates: [Covariate] = []
    // The columns of factors, and of rows where these are a factor of their own.
    let factors = design.isOfGroups ? [] : design.factors.map(\.name) + [FactorName.row]
    for element in try value.list("a list of covariates") {
      let covariate = try covariate(element, of: design, after: covariates)
      let nameValue = try element.entries().first { $0.name == "name" }?.value ?? element
      guard !covariates.contains(where: { $0.name == covariate.name }) else {
        throw nameValue.error("there is already a covariate named '\(covariate.name)'.")
      }
      let taken = reservedNames + factors + covariates.flatMap(\.columnNames)
      if let column = covariate.columnNames.first(where: taken.contains) {
        throw nameValue.error("there is already a column named '\(column)'.")
      }
      covariates.append(covariate)
    }
    return covariates
  }

  private static func covariate(
    _ element: YAMLValue, of design: FactorDesign, after earlier: [Covariate]
  ) throws(ScenarioError) -> Covariate {
    let parameters = DistributionKind.parameters
    let map = try element.mapping(keys: ["name", "distribution", "level"] + parameters)
    let name = try columnName(map.required("name"))
    let level =
      try map["level"].map { value throws(ScenarioError) in
        try Self.level(value, of: design)
      } ?? .row
    let kind = try map.required("distribution").word(DistributionKind.self, what: "distribution")
    for parameter in parameters where !kind.parameters.contains(parameter) {
      try map.refuse(
        [parameter], because: "is no parameter of the distribution '\(kind.rawValue)'.")
    }
    if kind == .time, level != .row, let value = map["level"] {
      throw value.error(
        "time goes along the rows of a \(design.isOfGroups ? "group" : "cell"); expected 'row'.")
    }
    let distribution = try distribution(kind, in: map)
    return Covariate(
      name: name, distribution: distribution, level: level,
      correlation: try correlation(in: map, level: level, of: design, after: earlier),
      allocation: try map["allocation"].map { value throws(ScenarioError) in
        try AllocationParser(distribution: distribution, level: level, design: design)
          .allocation(value)
      } ?? .chance)
  }

  /// `row`, or the name of a grouping factor.
  private static func level(
    _ value: YAMLValue, of design: FactorDesign
  ) throws(ScenarioError) -> Covariate.Level {
    let name = try value.text()
    if name == FactorName.row { return .row }
    if design[name] != nil { return .factor(name) }
    let known = [FactorName.row] + design.factors.map(\.name)
    throw value.error(
      "unknown level \(value.found); " + NearestName.advice(for: name, among: known))
  }

  private enum DistributionKind: String, CaseIterable {
    case normal, uniform, bernoulli, categorical, time

    /// Those of any distribution, each once.
    static let parameters = allCases.flatMap(\.parameters)
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }

    var parameters: [String] {
      switch self {
      case .normal: ["mean", "sd", "correlation"]
      case .uniform: ["min", "max"]
      case .bernoulli: ["p", "allocation"]
      case .categorical: ["levels", "allocation"]
      case .time: ["start", "step"]
      }
    }
  }

  private static func distribution(
    _ kind: DistributionKind, in map: YAMLMapping
  ) throws(ScenarioError) -> Covariate.Distribution {
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
    case .categorical:
      return .categorical(try levels(map.required("levels")))
    case .time:
      return .time(start: try map["start"]?.number() ?? 0, step: try map["step"]?.number() ?? 1)
    }
  }

  /// `{a: 0.5, b: 0.3, c: 0.2}`: the first is the reference.
  private static func levels(_ value: YAMLValue) throws(ScenarioError) -> [Covariate.CategoryLevel]
  {
    var levels: [Covariate.CategoryLevel] = []
    for entry in try value.entries("a mapping of levels to probabilities") {
      // A level's label is the end of a column's name.
      guard entry.name.utf8.allSatisfy({ isLetterOrDigit($0) || "_.".utf8.contains($0) }),
        entry.name.utf8.count <= 50
      else {
        throw entry.key.error(
          "a level is up to 50 letters (a-z), digits, '_' or '.'; found \(entry.key.found).")
      }
      let probability = try entry.value.number("a probability between 0 and 1, both excluded") {
        $0 > 0 && $0 < 1
      }
      levels.append(.init(entry.name, probability))
    }
    guard levels.count > 1 else { throw value.error("expected at least two levels.") }
    let sum = levels.reduce(0) { $0 + $1.probability }
    // Thirds are written with as many digits as one likes.
    guard abs(sum - 1) <= 1e-3 else {
      throw value.error("expected probabilities that add up to 1, found a sum of \(sum).")
    }
    return levels.map { .init($0.label, $0.probability / sum) }
  }

  /// `correlation: {with: x1, coefficient: 0.5}`
  private static func correlation(
    in map: YAMLMapping, level: Covariate.Level, of design: FactorDesign,
    after earlier: [Covariate]
  ) throws(ScenarioError) -> Covariate.Correlation? {
    guard let value = map["correlation"] else { return nil }
    let correlation = try value.mapping(keys: ["with", "coefficient"])
    let withValue = try correlation.required("with")
    let name = try withValue.text()
    let known = earlier.filter { if case .normal = $0.distribution { true } else { false } }
    guard let partner = known.first(where: { $0.name == name }) else {
      guard !known.isEmpty else {
        throw withValue.error(
          "a covariate can be correlated with a normal one before it in the list; there is none.")
      }
      throw withValue.error(
        "there is no normal covariate \(withValue.found) before this one; "
          + NearestName.advice(for: name, among: known.map(\.name)))
    }
    if case .factor(let factor) = level {
      let coarser = [factor] + design.ancestors(of: factor)
      guard coarser.contains(where: { partner.level == .factor($0) }) else {
        throw withValue.error(
          partner.level == .row
            ? "'\(name)' differs from row to row, and this covariate has one value a \(factor)."
            : "'\(name)' has one value a \(partner.level.name), which does not follow from the "
              + "\(factor) that this covariate has its values for.")
      }
    }
    return .init(with: name, try coefficient(correlation.required("coefficient")))
  }
}
