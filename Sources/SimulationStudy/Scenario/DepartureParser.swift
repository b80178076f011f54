import GSLNumerics

/// Reads `departures` and refuses those that make no sense for the mechanism.
struct DepartureParser {
  /// The mechanism without its departures.
  let mechanism: DataGeneratingMechanism

  private static let intercept = DataGeneratingMechanism.interceptName

  func departures(_ value: YAMLValue) throws(ScenarioError) -> Departures {
    let map = try value.mapping(keys: [
      "random_effects", "random_correlations", "covariate_correlation", "overdispersion",
      "zero_inflation", "informative_group_size",
    ])
    if map["covariate_correlation"] != nil {
      try map.refuse(
        ["random_correlations", "informative_group_size"],
        because: "does not go with 'covariate_correlation'.")
    }
    if mechanism.family.family != .poisson {
      try map.refuse(
        ["overdispersion", "zero_inflation"],
        because: "is of Poisson counts, and does not go with another 'family'.")
    }
    if !mechanism.isOfOneFactor {
      try map.refuse(
        ["random_correlations", "covariate_correlation", "informative_group_size"],
        because: "needs a design of one grouping factor, with effects of its levels alone.")
    }
    if mechanism.structures.hasCorrelations {
      try map.refuse(
        ["random_correlations"],
        because: "is for effects that are fitted as independent, and those with 'correlations' are "
          + "not.")
    }
    return Departures(
      randomEffects: try map["random_effects"].map(randomEffects) ?? .normal,
      randomCorrelations: try map["random_correlations"].map(randomCorrelations) ?? [],
      covariateCorrelation: try map["covariate_correlation"].map(covariateCorrelation),
      overdispersionShape: try overdispersion(map["overdispersion"]),
      zeroInflation: try map["zero_inflation"].map(zeroInflation) ?? 0,
      informativeGroupSize: try map["informative_group_size"].map(informativeGroupSize) ?? 0)
  }

  /// `{student_t: 3}`, `{gamma: 2}`, `{mixture: {weight: 0.3, separation: 3}}` or `{}` for normal
  /// ones.
  private func randomEffects(_ value: YAMLValue) throws(ScenarioError) -> RandomEffectDistribution {
    let map = try value.mapping(keys: ["student_t", "gamma", "mixture"])
    guard map.entries.count < 2 else {
      throw map.entries[1].key.error(
        "'\(map.entries[1].name)' does not go with '\(map.entries[0].name)'.")
    }
    if let degrees = map["student_t"] {
      return .studentT(
        degreesOfFreedom: try degrees.number(
          "degrees of freedom above 2, where the SD is finite, at most 1e6"
        ) { $0 > 2 && $0 <= 1e6 })
    }
    if let shape = map["gamma"] { return .gamma(shape: try gammaShape(shape)) }
    guard let mixture = map["mixture"] else { return .normal }
    let parameters = try mixture.mapping(keys: ["weight", "separation"])
    return .mixture(
      weight: try parameters.required("weight").number(
        "a probability between 0 and 1, both excluded"
      ) { $0 > 0 && $0 < 1 },
      separation: try parameters.required("separation").number("a number above 0, at most 100") {
        $0 > 0 && $0 <= 100
      })
  }

  private func gammaShape(_ value: YAMLValue) throws(ScenarioError) -> Double {
    try value.number("a shape from 0.01 to 1e6") { $0 >= 0.01 && $0 <= 1e6 }
  }

  /// `[{between: [Intercept, x1], coefficient: -0.5}]`
  private func randomCorrelations(
    _ value: YAMLValue
  ) throws(ScenarioError) -> [Departures.RandomCorrelation] {
    let terms = mechanism.random.map(\.name)
    var pairs: [Departures.RandomCorrelation] = []
    for element in try value.list("a list of correlations") {
      let map = try element.mapping(keys: ["between", "coefficient"])
      let between = try map.required("between")
      let names = try between.list("a list of two random effects")
      guard names.count == 2 else {
        throw between.error("expected two random effects, found a list of \(names.count).")
      }
      let (first, second) = (try term(names[0]), try term(names[1]))
      guard first != second else {
        throw names[1].error("expected another random effect than '\(first)'.")
      }
      guard !pairs.contains(where: { Set([$0.first, $0.second]) == [first, second] }) else {
        throw between.error("this pair is in the list already.")
      }
      pairs.append(
        .init(first, second, try ScenarioParser.coefficient(map.required("coefficient"))))
    }
    let matrix = pairs.matrix(terms: terms)
    guard (try? Cholesky(matrix.elements, order: matrix.order)) != nil else {
      throw value.error("no random effects have all of these correlations at once.")
    }
    return pairs
  }

  private func term(_ value: YAMLValue) throws(ScenarioError) -> String {
    let name = try value.text()
    let terms = mechanism.random.map(\.name)
    guard terms.contains(name) else {
      throw value.error(
        "there is no random effect \(value.found); " + NearestName.advice(for: name, among: terms))
    }
    return name
  }

  /// `{covariate: x2, coefficient: 0.5}`, with `term` for another random effect than the intercept.
  private func covariateCorrelation(
    _ value: YAMLValue
  ) throws(ScenarioError) -> Departures.CovariateCorrelation {
    let map = try value.mapping(keys: ["covariate", "term", "coefficient"])
    let covariateValue = try map.required("covariate")
    let name = try covariateValue.text()
    let factor = mechanism.design.factors[0].name
    let known = mechanism.covariates.filter {
      $0.level == .factor(factor) && $0.distribution.standardDeviation != nil
    }
    guard known.contains(where: { $0.name == name }) else {
      guard !known.isEmpty else {
        throw covariateValue.error(
          "expected a normal, uniform or bernoulli covariate with 'level: \(factor)'; there is "
            + "none.")
      }
      throw covariateValue.error(
        "there is no covariate \(covariateValue.found) that is a number with "
          + "'level: \(factor)'; "
          + NearestName.advice(for: name, among: known.map(\.name)))
    }
    let term = if let named = map["term"] { try term(named) } else { try requiredIntercept(value) }
    return .init(
      covariate: name, term: term, try ScenarioParser.coefficient(map.required("coefficient")))
  }

  /// The random intercept's name, if there is one.
  private func requiredIntercept(_ value: YAMLValue) throws(ScenarioError) -> String {
    guard mechanism.random.contains(where: { $0.name == Self.intercept }) else {
      throw value.error("needs the random effect 'Intercept'.")
    }
    return Self.intercept
  }

  /// `{gamma: 2}`, or `{}` for none.
  private func overdispersion(_ value: YAMLValue?) throws(ScenarioError) -> Double? {
    guard let shape = try value?.mapping(keys: ["gamma"])["gamma"] else { return nil }
    return try gammaShape(shape)
  }

  private func zeroInflation(_ value: YAMLValue) throws(ScenarioError) -> Double {
    let probability = try value.number("a probability from 0, below 1") { $0 >= 0 && $0 < 1 }
    guard probability == 0 || mechanism.fixed.contains(where: { $0.name == Self.intercept }) else {
      throw value.error(
        "needs the fixed effect 'Intercept', the true value of which it changes; without one the "
          + "coefficients would have none.")
    }
    return probability
  }

  private func informativeGroupSize(_ value: YAMLValue) throws(ScenarioError) -> Double {
    let exponent = try value.number("a number from -2 to 2") { abs($0) <= 2 }
    guard exponent != 0 else { return 0 }
    _ = try requiredIntercept(value)
    guard !mechanism.covariatesAreFixed else {
      throw value.error(
        "does not go with 'covariates_fixed', because the sizes follow the random effects.")
    }
    return exponent
  }
}
