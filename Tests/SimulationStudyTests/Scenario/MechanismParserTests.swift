import Foundation
import Testing

@testable import SimulationStudy

/// Covariates, group sizes, departures and the precision, as they are read and refused.
@Suite struct MechanismParserTests {
  /// Replaces texts of the small scenario.
  private func parse(_ changes: (String, String)...) throws(ScenarioError) -> Scenario {
    try ScenarioText.parse(
      changes.reduce(ScenarioText.simulated) { $0.replacingOccurrences(of: $1.0, with: $1.1) })
  }

  private func mechanism(_ changes: (String, String)...) throws -> DataGeneratingMechanism {
    let text = changes.reduce(ScenarioText.simulated) {
      $0.replacingOccurrences(of: $1.0, with: $1.1)
    }
    guard case .simulated(let mechanism) = try ScenarioText.parse(text).data else {
      throw Unexpected()
    }
    return mechanism
  }

  @Test func covariatesOfEveryKind() throws {
    let mechanism = try mechanism(
      (
        "  exposure:",
        """
            - {name: site, distribution: categorical, levels: {a: 0.333, b: 0.333, c: 0.333}}
            - {name: week, distribution: time, step: 2}
            - {name: x3, distribution: normal, correlation: {with: x1, coefficient: -0.5}}
          covariates_fixed: true
          exposure:
        """
      ), ("treated: -0.4", "treated: -0.4, sitec: 1"))
    let third = 0.333 / (0.333 + 0.333 + 0.333)
    let expected: [Covariate.Distribution] = [
      .categorical(["a", "b", "c"].map { Covariate.CategoryLevel($0, third) }),
      .time(start: 0, step: 2), .normal(mean: 0, sd: 1),
    ]
    #expect(mechanism.covariates.dropFirst(3).map(\.distribution) == expected)
    #expect(mechanism.covariates[5].correlation == .init(with: "x1", -0.5))
    #expect(mechanism.fixed.last == .init("sitec", 1))
    #expect(mechanism.covariatesAreFixed)
    #expect(
      try self.mechanism(("{uniform: [2, 6]}", "{lognormal: {mean: 9, sd: 2.5}, minimum: 3}"))
        .groupSize == .lognormal(mean: 9, sd: 2.5, minimum: 3))
  }

  @Test(arguments: [
    ("{}", Departures()),
    ("{random_effects: {}, overdispersion: {}, zero_inflation: 0}", Departures()),
    (
      "{random_effects: {student_t: 3}}",
      Departures(randomEffects: .studentT(degreesOfFreedom: 3))
    ),
    ("{random_effects: {gamma: 2}}", Departures(randomEffects: .gamma(shape: 2))),
    (
      "{random_effects: {mixture: {weight: 0.3, separation: 4}}}",
      Departures(randomEffects: .mixture(weight: 0.3, separation: 4))
    ),
    (
      "{random_correlations: [{between: [x1, Intercept], coefficient: -0.5}]}",
      Departures(randomCorrelations: [.init("x1", "Intercept", -0.5)])
    ),
    (
      "{covariate_correlation: {covariate: treated, coefficient: 0.5}}",
      Departures(covariateCorrelation: .init(covariate: "treated", term: "Intercept", 0.5))
    ),
    (
      "{covariate_correlation: {covariate: x2, term: x1, coefficient: 0.5}}",
      Departures(covariateCorrelation: .init(covariate: "x2", term: "x1", 0.5))
    ),
    (
      "{overdispersion: {gamma: 2}, zero_inflation: 0.1, informative_group_size: -0.5}",
      Departures(overdispersionShape: 2, zeroInflation: 0.1, informativeGroupSize: -0.5)
    ),
  ])
  func departures(text: String, expected: Departures) throws {
    let plain = try ScenarioText.parse(ScenarioText.simulated)
    let scenario = try parse(("  exposure:", "  departures: \(text)\n  exposure:"))
    guard case .simulated(let mechanism) = scenario.data else { throw Unexpected() }
    #expect(mechanism.departures == expected)
    // What departs in nothing is the same study.
    let isSameStudy = scenario.contentHash == plain.contentHash
    #expect(isSameStudy == (expected == Departures()))
    var truth = plain.truth
    truth["Intercept"] = 0.5 + log1p(-expected.zeroInflation)
    #expect(scenario.truth == truth)
  }

  /// Every setting has its place in the digest.
  @Test func theDigestTellsDeparturesApart() throws {
    let texts = [
      "{random_effects: {student_t: 3}}", "{random_effects: {student_t: 4}}",
      "{random_effects: {gamma: 3}}", "{random_effects: {mixture: {weight: 0.3, separation: 4}}}",
      "{random_effects: {mixture: {weight: 0.4, separation: 3}}}",
      "{random_correlations: [{between: [x1, Intercept], coefficient: -0.5}]}",
      "{covariate_correlation: {covariate: treated, coefficient: -0.5}}",
      "{covariate_correlation: {covariate: x2, coefficient: -0.5}}",
      "{overdispersion: {gamma: 3}}", "{zero_inflation: 0.3}", "{informative_group_size: 0.3}",
    ]
    let digests = try texts.map {
      try parse(("  exposure:", "  departures: \($0)\n  exposure:")).contentHash
    }
    #expect(Set(digests).count == texts.count)
    let others = try [
      parse(("  exposure:", "  covariates_fixed: true\n  exposure:")),
      parse(("p: 0.25, level: group", "p: 0.25")),
      parse(("  exposure:", "    - {name: t, distribution: time}\n  exposure:")),
      parse(("  exposure:", "    - {name: t, distribution: time, step: 2}\n  exposure:")),
      parse(("  exposure:", "    - {name: t, distribution: normal}\n  exposure:")),
      parse(
        (
          "  exposure:",
          "    - {name: t, distribution: normal, correlation: {with: x1, coefficient: 0.1}}\n"
            + "  exposure:"
        )),
    ].map(\.contentHash)
    #expect(Set(others + digests).count == others.count + digests.count)
  }

  @Test func thePrecisionIsRead() throws {
    let scenario = try parse(
      ("replicates: 20", "replicates: 20\nprecision: {measure: coverage, mcse: 0.005}"))
    #expect(
      scenario.precision
        == PrecisionTarget(measure: .coverage, monteCarloStandardError: 0.005))
    #expect(try parse().precision == nil)
    #expect(try scenario.contentHash == parse().contentHash)
    #expect(scenario.isDefined(.coverage, of: "log_sd(x1)", by: "plain"))
    #expect(!scenario.isDefined(.rejectionRate, of: "log_sd(x1)", by: "plain"))
    #expect(!scenario.isDefined(.relativePrecision, of: "x1", by: "structured"))
  }

  @Test(arguments: [
    // Covariates.
    (
      "normal, mean: 1, sd: 2", "categorical",
      "9:7: data.covariates[1]: the key 'levels' is missing."
    ),
    (
      "normal, mean: 1, sd: 2", "categorical, levels: {a: 1}",
      "9:57: data.covariates[1].levels.a: expected a probability between 0 and 1"
    ),
    (
      "normal, mean: 1, sd: 2", "categorical, levels: {a: 0.9}",
      "9:53: data.covariates[1].levels: expected at least two levels."
    ),
    (
      "normal, mean: 1, sd: 2", "categorical, levels: {a: 0.5, b: 0.4}",
      "9:53: data.covariates[1].levels: expected probabilities that add up to 1, found a sum of "
        + "0.9."
    ),
    (
      "normal, mean: 1, sd: 2", "categorical, levels: {a: 0.5, 'b c': 0.5}",
      "9:62: data.covariates[1].levels: a level is up to 50 letters"
    ),
    (
      "name: x2, distribution: uniform, min: -1, max: 1",
      "name: x, distribution: categorical, levels: {a: 0.5, 1: 0.5}",
      "10:14: data.covariates[2].name: there is already a column named 'x1'."
    ),
    (
      "distribution: uniform, min: -1, max: 1", "distribution: time",
      "10:45: data.covariates[2].level: time goes along the rows of a group"
    ),
    (
      "mean: 1, sd: 2", "correlation: {with: x2, coefficient: 0.1}",
      "9:60: data.covariates[1].correlation.with: a covariate can be correlated with a normal one "
        + "before it"
    ),
    (
      "distribution: uniform, min: -1, max: 1",
      "distribution: normal, correlation: {with: x1, coefficient: 0.1}",
      "10:60: data.covariates[2].correlation.with: 'x1' differs from row to row"
    ),
    (
      "distribution: uniform, min: -1, max: 1",
      "distribution: normal, correlation: {with: treated, coefficient: 0.1}",
      "10:60: data.covariates[2].correlation.with: there is no normal covariate 'treated' before"
    ),
    ("treated: -0.4", "x: -0.4", "13:36: data.fixed: there is no covariate 'x'; did you mean"),
    (
      "{uniform: [2, 6]}", "{minimum: 2}", "7:15: data.group_size: expected one of the keys poisson"
    ),
    (
      "{uniform: [2, 6]}", "{lognormal: {mean: 2, sd: 0}}",
      "7:41: data.group_size.lognormal.sd: expected a standard deviation above 0"
    ),
    (
      "{uniform: [2, 6]}", "{lognormal: {mean: 2, sd: 1}, poisson: 2}",
      "7:45: data.group_size: 'poisson' does not go with 'lognormal'."
    ),
    (
      "  exposure:", "  covariates_fixed: yes\n  exposure:",
      "12:21: data.covariates_fixed: expected true or false, found 'yes'."
    ),
    // The precision.
    (
      "replicates: 20", "replicates: 20\nprecision: {measure: coverage, mcse: 0}",
      "5:38: precision.mcse: expected a number above 0, found '0'."
    ),
    (
      "replicates: 20", "replicates: 20\nprecision: {measure: coverge, mcse: 0.1}",
      "5:22: precision.measure: unknown measure 'coverge'; did you mean 'coverage'?"
    ),
    (
      "replicates: 20", "replicates: 20\nprecision: {measure: estimate, mcse: 0.1}",
      "5:12: precision: no parameter of this scenario has the measure 'estimate'."
    ),
  ])
  func aMistakeIsNamedWithItsPlace(old: String, new: String, expected: String) throws {
    let range = try #require(ScenarioText.simulated.range(of: old))
    let text = ScenarioText.simulated.replacingCharacters(in: range, with: new)
    let complaint = try #require(ScenarioText.complaint(about: text))
    #expect(complaint.hasPrefix("s.yml:" + expected), "\(complaint)")
    #expect(!complaint.contains("\n"))
  }

  /// What is wrong within `departures`, which begin at column 15 of line 12.
  @Test(arguments: [
    ("{zero_inflatoin: 0.1}", "12:16: data.departures: unknown key 'zero_inflatoin'; did you mean"),
    ("{zero_inflation: 1}", "12:32: data.departures.zero_inflation: expected a probability from 0"),
    (
      "{random_effects: {student_t: 2}}",
      "12:44: data.departures.random_effects.student_t: expected degrees of freedom above 2"
    ),
    (
      "{random_effects: {student_t: 3, gamma: 2}}",
      "12:47: data.departures.random_effects: 'gamma' does not go with 'student_t'."
    ),
    (
      "{random_effects: {mixture: {weight: 1, separation: 1}}}",
      "12:51: data.departures.random_effects.mixture.weight: expected a probability between"
    ),
    (
      "{random_effects: {mixture: {weight: 0.5}}}",
      "12:42: data.departures.random_effects.mixture: the key 'separation' is missing."
    ),
    (
      "{overdispersion: {gamma: 0}}",
      "12:40: data.departures.overdispersion.gamma: expected a shape"
    ),
    (
      "{random_correlations: [{between: [x1], coefficient: 0.5}]}",
      "12:48: data.departures.random_correlations[1].between: expected two random effects"
    ),
    (
      "{random_correlations: [{between: [x1, x1], coefficient: 0.5}]}",
      "12:53: data.departures.random_correlations[1].between[2]: expected another random effect"
    ),
    (
      "{random_correlations: [{between: [x1, x2], coefficient: 0.5}]}",
      "12:53: data.departures.random_correlations[1].between[2]: there is no random effect 'x2'"
    ),
    (
      "{random_correlations: [{between: [x1, Intercept], coefficient: 1}]}",
      "12:78: data.departures.random_correlations[1].coefficient: expected a correlation"
    ),
    (
      "{random_correlations: [{between: [x1, Intercept], coefficient: 0.1}, "
        + "{between: [Intercept, x1], coefficient: 0.1}]}",
      "12:94: data.departures.random_correlations[2].between: this pair is in the list already."
    ),
    (
      "{covariate_correlation: {covariate: x1, coefficient: 0.5}}",
      "12:51: data.departures.covariate_correlation.covariate: there is no covariate 'x1' that is a"
    ),
    (
      "{covariate_correlation: {covariate: x2, coefficient: 0.5}, informative_group_size: 1}",
      "12:74: data.departures: 'informative_group_size' does not go with 'covariate_correlation'."
    ),
    ("{informative_group_size: 3}", "12:40: data.departures.informative_group_size: expected a"),
  ])
  func aDepartureThatMakesNoSenseIsRefused(departures: String, expected: String) throws {
    let text = ScenarioText.simulated.replacingOccurrences(
      of: "  exposure:", with: "  departures: \(departures)\n  exposure:")
    let complaint = try #require(ScenarioText.complaint(about: text))
    #expect(complaint.hasPrefix("s.yml:" + expected), "\(complaint)")
  }

  @Test func departuresThatNeedWhatIsNotThereAreRefused() throws {
    func complaint(_ departures: String, _ changes: (String, String)...) -> String {
      let text = ScenarioText.simulated.replacingOccurrences(
        of: "  exposure:", with: "  departures: \(departures)\n  exposure:")
      return ScenarioText.complaint(
        about: changes.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }) ?? ""
    }
    #expect(
      complaint("{zero_inflation: 0.1}", ("fixed: {Intercept: 0.5, ", "fixed: {"))
        .contains("needs the fixed effect 'Intercept'"))
    #expect(
      complaint("{informative_group_size: 1}", ("random: {Intercept: 0.5, ", "random: {"))
        .contains("needs the random effect 'Intercept'"))
    #expect(
      complaint(
        "{informative_group_size: 1}", ("  exposure:", "  covariates_fixed: true\n  exposure:")
      )
      .contains("does not go with 'covariates_fixed'"))
    let impossible = complaint(
      """
      {random_correlations: [{between: [Intercept, x1], coefficient: 0.9},
          {between: [x1, treated], coefficient: 0.9},
          {between: [Intercept, treated], coefficient: -0.9}]}
      """, ("x1: 0.2}", "x1: 0.2, treated: 0.1}"))
    #expect(impossible.contains("no random effects have all of these correlations at once."))
  }
}
