import Foundation
import GSLNumerics
import PoissonGLMM
import Testing

@testable import SimulationStudy

@Suite struct ScenarioParserTests {
  @Test func everyKeyIsRead() throws {
    let scenario = try ScenarioText.parse(ScenarioText.simulated)
    #expect(
      scenario
        == Scenario(
          name: "small", description: "two levels of covariates", replicates: 20,
          data: .simulated(
            DataGeneratingMechanism(
              seed: 20_261_122, groups: 8, groupSize: .uniform(2...6),
              covariates: [
                Covariate(name: "x1", distribution: .normal(mean: 1, sd: 2)),
                Covariate(name: "x2", distribution: .uniform(UniformRange(-1, 1)), level: .group),
                Covariate(
                  name: "treated", distribution: .bernoulli(probability: 0.25), level: .group),
              ],
              exposure: UniformRange(0.5, 2),
              fixed: [.init("Intercept", 0.5), .init("x1", 0.3), .init("treated", -0.4)],
              random: [.init("Intercept", 0.5), .init("x1", 0.2)])),
          methods: [
            MethodSpecification(name: "structured", approximation: .structured),
            MethodSpecification(
              name: "plain", approximation: .meanField, maximumIterations: 50),
          ],
          gates: [
            Gate(
              scenario: "small", method: "plain", parameter: "log_sd(x1)", measure: .coverage,
              lower: 0.9, upper: 1)
          ]))
  }

  @Test func settingsThatAreLeftOutHaveTheirDefaults() throws {
    let scenario = try ScenarioText.parse(
      """
      name: least
      seed: 18446744073709551615
      replicates: 1
      data:
        groups: 2
        group_size: 3
        covariates: [{name: a, distribution: normal}, {name: b, distribution: uniform},
          {name: c, distribution: bernoulli}]
        departures: {}
        fixed: {Intercept: 0}
        random: {Intercept: 0}
      methods: [{name: m}]
      """)
    #expect(scenario.methods == [MethodSpecification(name: "m", approximation: .corrected)])
    #expect(scenario.alpha == 0.05)
    #expect(scenario.priors == Priors())
    #expect(scenario.description.isEmpty && scenario.gates.isEmpty)
    guard case .simulated(let mechanism) = scenario.data else { throw Unexpected() }
    #expect(mechanism.seed == .max)
    #expect(mechanism.generator == .philox4x64)
    #expect(
      mechanism.covariates.map(\.distribution) == [
        .normal(mean: 0, sd: 1), .uniform(UniformRange(0, 1)), .bernoulli(probability: 0.5),
      ])
    #expect(mechanism.covariates.allSatisfy { $0.level == .row })
  }

  @Test(arguments: [
    ("4", GroupSize.constant(4)), ("[3, 7, 10]", .listed([3, 7, 10])),
    ("{poisson: 2.5}", .poisson(mean: 2.5, minimum: 1)),
    ("{poisson: 8, minimum: 2}", .poisson(mean: 8, minimum: 2)),
    ("{uniform: [5, 5]}", .uniform(5...5)),
  ])
  func groupSizes(text: String, expected: GroupSize) throws {
    let yaml = ScenarioText.simulated
      .replacingOccurrences(of: "{uniform: [2, 6]}", with: text)
      .replacingOccurrences(of: "groups: 8", with: "groups: 3")
    guard case .simulated(let mechanism) = try ScenarioText.parse(yaml).data else {
      throw Unexpected()
    }
    #expect(mechanism.groupSize == expected)
    #expect(mechanism.groups == 3)
  }

  @Test func alphaPriorsAndGenerator() throws {
    let scenario = try ScenarioText.parse(
      "alpha: 0.1\ngenerator: taus2\npriors: {fixed_effect_sd: 10, log_sd_sd: 0.5}\n"
        + ScenarioText.simulated)
    #expect(scenario.alpha == 0.1)
    #expect(scenario.priors == Priors(fixedEffectSD: 10, logSDSD: 0.5))
    guard case .simulated(let mechanism) = scenario.data else { throw Unexpected() }
    #expect(mechanism.generator.name == "taus2")
  }

  @Test func aDescriptionOverSeveralLinesBecomesOne() throws {
    let text = ScenarioText.simulated.replacingOccurrences(
      of: "description: two levels of covariates", with: "description: |\n  two levels\n  of it")
    #expect(try ScenarioText.parse(text).description == "two levels of it")
  }

  @Test func givenDataNeedNoSeedAndHaveOneReplicate() throws {
    let scenario = try ScenarioText.parse(ScenarioText.given)
    #expect(scenario.replicates == 1)
    #expect(scenario.truth.isEmpty)
    #expect(scenario.parameters == ["Intercept", "x", "log_sd(Intercept)"])
    #expect(
      scenario.data
        == .given(
          ClusteredCounts(
            counts: [2, 3, 5, 1], groupOfRow: [0, 0, 1, 1],
            covariates: [.init(name: "x", values: [1, 2.5, 3, 0.001])], exposure: nil,
            fixedNames: ["Intercept", "x"], randomNames: ["Intercept"])))
  }

  @Test func aStudyMayHaveATitleWithAQuestion() throws {
    let yaml = ScenarioText.simulated
    #expect(try ScenarioText.parse(yaml).study == nil)
    let scenario = try ScenarioText.parse(
      yaml + "\nstudy:\n  title: Levels\n  question: Are two\n    enough?")
    #expect(scenario.study == StudyTitle(title: "Levels", question: "Are two enough?"))
    #expect(
      ScenarioText.complaint(about: yaml + "\nstudy: {title: Levels}")?.contains("question") == true
    )
  }

  @Test func theTruthOfAnSDIsItsLogAndOfAnSDOfZeroUnknown() throws {
    let yaml = ScenarioText.simulated
      .replacingOccurrences(of: "random: {Intercept: 0.5", with: "random: {Intercept: 0")
    #expect(
      try ScenarioText.parse(yaml).truth == [
        "Intercept": 0.5, "x1": 0.3, "treated": -0.4, "log_sd(x1)": log(0.2),
      ])
  }

  @Test func theHashFollowsWhatDeterminesTheRecordsAndNothingElse() throws {
    let yaml = ScenarioText.simulated
    let hash = try ScenarioText.parse(yaml).contentHash
    #expect(hash.count == 16)
    for same in [
      "# a comment\n" + yaml,
      yaml.replacingOccurrences(of: "replicates: 20", with: "replicates: 30"),
      yaml.replacingOccurrences(of: "two levels", with: "2 levels"),
      yaml + "\nstudy: {title: Levels, question: Are two enough?}",
      yaml.replacingOccurrences(of: "[0.9, 1]", with: "[0.8, 1]"),
      yaml.replacingOccurrences(of: "p: 0.25", with: "p: 0.250"),
    ] {
      #expect(try ScenarioText.parse(same).contentHash == hash)
    }
    for (old, new) in [
      ("name: small", "name: smaller"), ("seed: 20261122", "seed: 1"), ("groups: 8", "groups: 9"),
      ("[2, 6]", "[2, 7]"), ("mean: 1, sd: 2", "mean: 1, sd: 3"), ("level: group}", "level: row}"),
      ("exposure: {uniform: [0.5, 2]}", ""), ("x1: 0.3", "x1: 0.31"), ("x1: 0.2", "x1: 0.21"),
      ("maximum_iterations: 50", "maximum_iterations: 51"), ("mean-field", "integrated"),
      ("seed: 20261122", "seed: 20261122\ngenerator: taus2"),
      ("seed: 20261122", "seed: 20261122\nalpha: 0.1"),
      ("seed: 20261122", "seed: 20261122\npriors: {log_sd_sd: 2}"),
    ] {
      let other = yaml.replacingOccurrences(of: old, with: new)
      #expect(other != yaml)
      #expect(try ScenarioText.parse(other).contentHash != hash, "\(old) -> \(new)")
    }
  }
}

/// A value of another kind than the test expects.
struct Unexpected: Error {}
