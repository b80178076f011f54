import GSLNumerics

/// Reads the random effects of a scenario: standard deviations and correlations, or names alone
/// where their values are drawn or unknown, for the one factor of `groups` or for each of
/// `factors`.
struct RandomParser {
  /// Whether standard deviations and correlations have values in the file.
  enum Values {
    case written
    /// Names alone, in a calibration.
    case drawn
    /// Names alone, where the data are given.
    case unknown

    /// Why there are names alone.
    var reason: String {
      self == .unknown
        ? "given data have no true values" : "a calibration draws these from their prior"
    }
  }

  let design: FactorDesign
  /// Names of terms: `Intercept` and the columns of covariates.
  let terms: [String]
  let values: Values

  init(design: FactorDesign, columns: [String], values: Values) {
    self.design = design
    terms = [DataGeneratingMechanism.interceptName] + columns
    self.values = values
  }

  /// `random: {Intercept: 0.5, x1: 0.3}` with `correlations: {"Intercept,x1": -0.4}` beside it.
  func effectsOfGroups(
    _ value: YAMLValue, correlations: YAMLValue?
  ) throws(ScenarioError) -> FactorEffects {
    let effects =
      values == .written
      ? try standardDeviations(value.entries(expected), of: value) : try names(value)
    return try factor(FactorName.group, effects, correlations)
  }

  private let expected = "a mapping of names to standard deviations"

  // MARK: By factor

  /// `{school: {Intercept: 0.5, x1: 0.3, correlations: {"Intercept,x1": -0.4}}, row: ...}`
  func effectsByFactor(_ value: YAMLValue) throws(ScenarioError) -> [FactorEffects] {
    var factors: [FactorEffects] = []
    for entry in try value.entries("a mapping of grouping factors to their random effects") {
      try checkFactor(entry.key, among: factors.map(\.factor))
      factors.append(try factor(entry.name, entry.value))
    }
    guard !factors.isEmpty else { throw value.error("expected at least one grouping factor.") }
    return factors
  }

  private func factor(_ name: String, _ value: YAMLValue) throws(ScenarioError) -> FactorEffects {
    if values == .written {
      let entries = try value.entries(expected)
      return try factor(
        name,
        standardDeviations(entries.filter { $0.name != Self.correlationsKey }, of: value),
        entries.first { $0.name == Self.correlationsKey }?.value)
    }
    guard case .mapping = value.node else { return try factor(name, names(value), nil) }
    let map = try value.mapping(keys: ["terms", Self.correlationsKey])
    return try factor(name, names(map.required("terms")), map[Self.correlationsKey])
  }

  private static let correlationsKey = "correlations"

  /// Refuses a factor that is none, or that has the levels of one before it.
  private func checkFactor(_ key: YAMLValue, among earlier: [String]) throws(ScenarioError) {
    let factor = try key.text()
    let known = design.factors.map(\.name) + [FactorName.row]
    guard factor != FactorName.row else { return }
    let columns = factor.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    for column in columns where !known.dropLast().contains(column) {
      let advice = NearestName.advice(
        for: column, among: columns.count > 1 ? known.dropLast() : known)
      throw key.error("there is no grouping factor '\(column)'; \(advice)")
    }
    guard Set(columns).count == columns.count else {
      throw key.error("\(key.found) names a factor twice.")
    }
    let essential = design.essentialColumns(of: factor)
    if let same = earlier.first(where: { design.essentialColumns(of: $0) == essential }) {
      throw key.error("\(key.found) has the same levels as '\(same)', whose effects are there.")
    }
  }

  // MARK: Standard deviations

  private func standardDeviations(
    _ entries: [YAMLEntry], of value: YAMLValue
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    var effects: [DataGeneratingMechanism.Effect] = []
    for entry in entries {
      guard terms.contains(entry.name) else {
        throw entry.key.error(
          "there is no covariate \(entry.key.found); "
            + NearestName.advice(for: entry.name, among: terms))
      }
      let sd = try entry.value.number("a standard deviation, 0 or more") { $0 >= 0 }
      effects.append(.init(entry.name, sd))
    }
    guard !effects.isEmpty else {
      throw value.error("expected at least one of the standard deviations.")
    }
    return effects
  }

  /// `[Intercept, x1]`: names alone.
  private func names(
    _ value: YAMLValue
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    try ScenarioParser.namedEffects(
      value, columns: Array(terms.dropFirst()), middle: 1, because: values.reason)
  }

  // MARK: Correlations

  private func factor(
    _ name: String, _ effects: [DataGeneratingMechanism.Effect], _ correlations: YAMLValue?
  ) throws(ScenarioError) -> FactorEffects {
    guard let correlations else { return FactorEffects(factor: name, effects: effects) }
    let names = effects.map(\.name)
    let pairs = try pairs(correlations, of: names)
    let factor = FactorEffects(factor: name, effects: effects, correlations: pairs)
    for set in factor.structure.correlatedSets.map({ Array(names[$0]) }) where set.count > 1 {
      // Terms that no chain of pairs connects with the first one, though they stand among those
      // that one does.
      var connected = [set[0]]
      for _ in set {
        connected = set.filter { term in
          connected.contains(term)
            || pairs.contains { $0.partner(of: term).map(connected.contains) ?? false }
        }
      }
      if let apart = set.first(where: { !connected.contains($0) }) {
        throw correlations.error(
          "'\(apart)' stands between terms that are correlated with each other and not with it; "
            + "in 'random' let correlated terms stand next to each other.")
      }
    }
    guard (try? Cholesky(pairs.matrix(terms: names).elements, order: names.count)) != nil else {
      throw correlations.error("no random effects have all of these correlations at once.")
    }
    return factor
  }

  /// `{"Intercept,x1": -0.4}`, without values `["Intercept,x1"]`.
  private func pairs(
    _ value: YAMLValue, of terms: [String]
  ) throws(ScenarioError) -> [Departures.RandomCorrelation] {
    var pairs: [Departures.RandomCorrelation] = []
    if values == .written {
      let expected = "a mapping of pairs of terms to correlations, such as {\"Intercept,x1\": 0.3}"
      for entry in try value.entries(expected) {
        pairs.append(
          try pair(entry.key, ScenarioParser.coefficient(entry.value), of: terms, after: pairs))
      }
      return pairs
    }
    if case .mapping = value.node {
      throw value.error(
        "\(values.reason); expected a list of pairs, such as [\"Intercept,x1\"], found a mapping.")
    }
    for element in try value.list("a list of pairs, such as [\"Intercept,x1\"]") {
      pairs.append(try pair(element, 0, of: terms, after: pairs))
    }
    return pairs
  }

  private func pair(
    _ value: YAMLValue, _ coefficient: Double, of terms: [String],
    after earlier: [Departures.RandomCorrelation]
  ) throws(ScenarioError) -> Departures.RandomCorrelation {
    // Names have no spaces.
    let names = try value.text().filter { $0 != " " }
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.count == 2 else {
      throw value.error(
        "expected two random effects with a comma between them, such as \"Intercept,x1\", found "
          + "\(value.found).")
    }
    var positions: [Int] = []
    for name in names {
      guard let position = terms.firstIndex(of: name) else {
        throw value.error(
          "there is no random effect '\(name)' here; "
            + NearestName.advice(for: name, among: terms))
      }
      positions.append(position)
    }
    guard positions[0] != positions[1] else {
      throw value.error("expected another random effect than '\(names[0])'.")
    }
    // Named in the order of the terms, as the parameter is.
    let (first, second) = (terms[positions.min() ?? 0], terms[positions.max() ?? 0])
    guard !earlier.contains(where: { $0.partner(of: first) == second }) else {
      throw value.error("the pair of '\(first)' and '\(second)' is there already.")
    }
    return .init(first, second, coefficient)
  }
}
