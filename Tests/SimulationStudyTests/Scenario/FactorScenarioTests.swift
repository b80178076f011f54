import Testing

@testable import SimulationStudy

/// Scenarios of several grouping factors and of correlated effects: what is read, and what refused.
@Suite struct FactorScenarioTests {
  static let text = """
    name: factors
    seed: 20261122
    replicates: 4
    data:
      factors:
        school: {levels: 6}
        class: {within: school, levels: {uniform: [2, 3]}}
        item: {levels: 5, drawn: {lognormal: 1}}
      rows_per_cell: {poisson: 4, minimum: 2}
      covariates:
        - {name: x1, distribution: normal}
        - {name: size, distribution: normal, level: school}
        - {name: w, distribution: normal, level: class, correlation: {with: size, coefficient: 0.5}}
      fixed: {Intercept: 0.5, x1: 0.3}
      random:
        school: {Intercept: 0.5, x1: 0.3, correlations: {"Intercept,x1": -0.4}}
        school:class: {Intercept: 0.4}
        item: {Intercept: 0.2}
        row: {Intercept: 0.3}
    methods:
      - {name: structured, approximation: structured}
    gates:
      - {method: structured, parameter: "cor(school:Intercept,x1)", measure: bias, between: [0, 1]}
    """

  @Test func itIsRead() throws {
    let scenario = try ScenarioText.parse(Self.text)
    guard case .simulated(let mechanism) = scenario.data else { throw Unexpected() }
    #expect(
      mechanism.design
        == FactorDesign(
          factors: [
            .init(name: "school", levels: .constant(6)),
            .init(name: "class", within: "school", levels: .uniform(2...3)),
            .init(name: "item", levels: .constant(5), drawn: .lognormal(sd: 1)),
          ], rowsPerCell: .poisson(mean: 4, minimum: 2)))
    #expect(
      scenario.parameters == [
        "Intercept", "x1", "log_sd(school:Intercept)", "log_sd(school:x1)",
        "log_sd(school:class:Intercept)", "log_sd(item:Intercept)", "log_sd(row:Intercept)",
        "cor(school:Intercept,x1)",
      ])
    #expect(scenario.truth["cor(school:Intercept,x1)"] == -0.4)
    #expect(scenario.truth.count == 8)
    #expect(mechanism.covariates[2].level == .factor("class"))
  }

  /// Groups are a design like any other: two ways to write it, one scenario.
  @Test func groupsAreAFactor() throws {
    let groups = """
      name: same
      seed: 1
      replicates: 4
      data:
        groups: 8
        group_size: 5
        covariates: [{name: x1, distribution: normal}]
        fixed: {Intercept: 0.5}
        random: {Intercept: 0.5, x1: 0.3}
        correlations: {"x1, Intercept": -0.4}
      methods: [{name: structured, approximation: structured}]
      gates:
        - {method: structured, parameter: "cor(Intercept,x1)", measure: coverage, between: [0, 1]}
        - {method: structured, parameter: "cor(group:Intercept,x1)", measure: mse, between: [0, 1]}
        - {method: structured, parameter: log_sd(group:x1), measure: bias, between: [0, 1]}
      """
    let factors = groups.replacing(
      "  groups: 8\n  group_size: 5", with: "  factors: {group: {levels: 8}}\n  rows_per_cell: 5"
    )
    .replacing(
      "  random: {Intercept: 0.5, x1: 0.3}\n", with: "  random: {group: {Intercept: 0.5, x1: 0.3, "
    )
    .replacing(
      "  correlations: {\"x1, Intercept\": -0.4}", with: "correlations: {\"Intercept,x1\": -0.4}}}")
    let (first, second) = (try ScenarioText.parse(groups), try ScenarioText.parse(factors))
    #expect(first.contentHash == second.contentHash)
    #expect(first.data == second.data)
    #expect(
      first.gates.map(\.parameter) == ["cor(Intercept,x1)", "cor(Intercept,x1)", "log_sd(x1)"])
    let content = first.canonicalContent
    #expect(content.contains { $0 == ("priors.correlation_shape", "2.0") })
    #expect(content.contains { $0 == ("data.correlations.Intercept,x1", "-0.4") })
  }

  @Test(arguments: [
    (
      "  rows_per_cell", "  rows_per_sell",
      "9:3: data: unknown key 'rows_per_sell'; did you mean 'rows_per_cell'?"
    ),
    (
      "    school: {levels: 6}", "    school: {}",
      "6:13: data.factors.school: the key 'levels' is missing."
    ),
    (
      "{levels: 6}", "{levels: {poisson: 3}}",
      "6:22: data.factors.school.levels: a factor that is not within another has a fixed number "
        + "of levels; expected a whole number, found a mapping."
    ),
    (
      "school: {levels: 6}", "y: {levels: 6}",
      "6:5: data.factors: the name 'y' is taken; choose another."
    ),
    (
      "school: {levels: 6}", "row: {levels: 6}",
      "6:5: data.factors: the name 'row' is taken; choose another."
    ),
    (
      "within: school", "within: shcool",
      "7:21: data.factors.class.within: there is no grouping factor 'shcool' before this one; "
        + "did you mean 'school'?"
    ),
    (
      "{levels: 6}", "{levels: 6, within: class}",
      "6:33: data.factors.school.within: a factor is within one that stands before it in "
        + "'factors'; this is the first."
    ),
    (
      "{uniform: [2, 3]}", "[2, 3]",
      "7:37: data.factors.class.levels: expected one number for each level of 'school', that is "
        + "6, found a list of 2."
    ),
    (
      "drawn: {lognormal: 1}", "drawn: odd",
      "8:30: data.factors.item.drawn: expected even or {lognormal: SD}, found 'odd'."
    ),
    (
      "{levels: 6}", "{levels: 6, drawn: even}",
      "7:12: data.factors.class: the levels of 'school' are drawn row by row, and so must be "
        + "those within them: add 'drawn: even'."
    ),
    (
      "{poisson: 4, minimum: 2}", "[1, 2]",
      "9:18: data.rows_per_cell: a list has one number for each combination of levels, and how "
        + "many there are is left to chance here."
    ),
    (
      "  rows_per_cell: {poisson: 4, minimum: 2}", "  rows: 50",
      "9:3: data: 'rows' goes with factors that are all drawn; say 'rows_per_cell', the number "
        + "of rows of each combination of levels."
    ),
    (
      "  rows_per_cell", "  group_size: 3\n  rows_per_cell",
      "9:3: data: 'group_size' does not go with 'factors', which says what the groups are."
    ),
    (
      "  rows_per_cell", "  correlations: {}\n  rows_per_cell",
      "9:3: data: 'correlations' stands beside the standard deviations of its factor, in 'random'."
    ),
    (
      "level: school}", "level: group}",
      "12:49: data.covariates[2].level: unknown level 'group'; expected row, school, class or item."
    ),
    (
      "name: x1", "name: school",
      "11:14: data.covariates[1].name: there is already a column named 'school'."
    ),
    (
      "with: size", "with: x1",
      "13:73: data.covariates[3].correlation.with: 'x1' differs from row to row, and this "
        + "covariate has one value a class."
    ),
    (
      "    item: {Intercept: 0.2}", "    itme: {Intercept: 0.2}",
      "18:5: data.random: there is no grouping factor 'itme'; did you mean 'item'?"
    ),
    (
      "    item: {Intercept: 0.2}", "    class: {Intercept: 0.2}",
      "18:5: data.random: 'class' has the same levels as 'school:class', whose effects are there."
    ),
    (
      "    item: {Intercept: 0.2}", "    item:item: {Intercept: 0.2}",
      "18:5: data.random: 'item:item' names a factor twice."
    ),
    (
      "    item: {Intercept: 0.2}", "    item: 0.2",
      "18:11: data.random.item: expected a mapping of names to standard deviations, found '0.2'."
    ),
    (
      "\"Intercept,x1\": -0.4", "\"Intercept,x2\": -0.4",
      "16:54: data.random.school.correlations: there is no random effect 'x2' here; did you mean "
        + "'x1'?"
    ),
    (
      "\"Intercept,x1\": -0.4", "Intercept: -0.4",
      "16:54: data.random.school.correlations: expected two random effects with a comma between "
        + "them, such as \"Intercept,x1\", found 'Intercept'."
    ),
    (
      "\"Intercept,x1\": -0.4", "\"Intercept,x1\": 1",
      "16:70: data.random.school.correlations.Intercept,x1: expected a correlation between -1 and 1"
    ),
    (
      "\"Intercept,x1\": -0.4", "\"Intercept,x1\": 0, \"x1,Intercept\": 0",
      "16:73: data.random.school.correlations: the pair of 'Intercept' and 'x1' is there already."
    ),
    (
      "parameter: \"cor(school:", "parameter: \"cor(",
      "23:37: gates[1].parameter: this scenario has no parameter 'cor(Intercept,x1)'; "
        + "expected Intercept, x1, log_sd(school:Intercept), "
    ),
    (
      "  random:\n", "  departures: {informative_group_size: 1}\n  random:\n",
      "15:16: data.departures: 'informative_group_size' needs a design of one grouping factor, "
        + "with effects of its levels alone."
    ),
  ])
  func whatIsWrongIsSaidWithItsPlace(old: String, new: String, complaint: String) throws {
    let text = Self.text.replacing(old, with: new, maxReplacements: 1)
    try #require(text != Self.text)
    let said = try #require(ScenarioText.complaint(about: text))
    #expect(said.hasPrefix("s.yml:" + complaint), "\(said)")
  }

  /// What is varied may be anything about factors, and cells have names of their own.
  @Test func everythingAboutFactorsCanBeVaried() throws {
    let text =
      Self.text + """

        vary:
          data.factors.class.levels: [2, {poisson: 3}]
          data.random.school.correlations.Intercept,x1: [0.5]
        """
    let cells = try ScenarioFile.scenarios(bytes: Array(text.utf8), file: "s.yml")
    #expect(cells.count == 2)
    #expect(
      cells[1].name
        == "factors_factors.class.levels-poisson-3_random.school.correlations.Intercept-x1-0.5")
    #expect(cells[1].truth["cor(school:Intercept,x1)"] == 0.5)
  }

  /// A set of three: pairs that are not listed have the correlation 0 and are parameters too.
  @Test func setsOfTermsFollowFromPairs() {
    func sets(_ pairs: [(String, String)]) -> [Range<Int>] {
      FactorEffects(
        factor: "g", effects: ["a", "b", "c", "d"].map { .init($0, 1) },
        correlations: pairs.map { .init($0.0, $0.1, 0.1) }
      ).structure.correlatedSets
    }
    #expect(sets([]) == [0..<1, 1..<2, 2..<3, 3..<4])
    #expect(sets([("b", "c")]) == [0..<1, 1..<3, 3..<4])
    #expect(sets([("a", "b"), ("c", "d")]) == [0..<2, 2..<4])
    #expect(sets([("b", "c"), ("a", "b")]) == [0..<3, 3..<4])
    #expect(sets([("a", "b"), ("a", "c")]) == [0..<3, 3..<4])
    #expect(sets([("b", "d"), ("b", "c"), ("a", "b")]) == [0..<4])
  }

  @Test func termsThatStandApartAreRefused() throws {
    let text = """
      name: apart
      seed: 1
      replicates: 4
      data:
        groups: 8
        group_size: 5
        covariates: [{name: x1, distribution: normal}, {name: x2, distribution: normal}]
        fixed: {Intercept: 0.5}
        random: {Intercept: 0.5, x1: 0.3, x2: 0.3}
        correlations: {"Intercept,x2": 0.5}
      methods: [{name: structured, approximation: structured}]
      """
    #expect(
      ScenarioText.complaint(about: text)
        == "s.yml:10:17: data.correlations: 'x1' stands between terms that are correlated with "
        + "each other and not with it; in 'random' let correlated terms stand next to each other.")
  }

  private struct Unexpected: Error {}
}
