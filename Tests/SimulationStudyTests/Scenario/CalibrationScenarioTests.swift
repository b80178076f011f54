import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// The format of a calibration, what is refused, and what is drawn.
@Suite struct CalibrationScenarioTests {
  static let text = """
    kind: calibration
    name: small
    seed: 20261122
    replicates: 40
    priors: {fixed_effect_sd: 0.5, log_sd_sd: 0.3}
    data:
      groups: 6
      group_size: 5
      covariates: [{name: x1, distribution: normal}]
      fixed: [Intercept, x1]
      random: [Intercept, x1]
    methods:
      - {name: structured, approximation: structured}
      - {name: mean-field, approximation: mean-field}
    gates:
      - {method: structured, parameter: log_sd(x1), measure: calibration_ecdf_p, between: [0, 1]}
    """

  @Test func itIsRead() throws {
    let scenario = try ScenarioText.parse(Self.text)
    #expect(scenario.kind == .calibration)
    #expect(scenario.parameters == ["Intercept", "x1", "log_sd(Intercept)", "log_sd(x1)"])
    #expect(scenario.truth.isEmpty)
    #expect(scenario.gates[0].measure == .calibrationECDFP)
    #expect(scenario.canonicalContent.contains { $0 == ("kind", "calibration") })
    let simulation = try ScenarioText.parse(ScenarioText.simulated)
    #expect(simulation.kind == .simulation)
    #expect(!simulation.canonicalContent.contains { $0.key == "kind" })
    let written = "kind: simulation\n" + ScenarioText.simulated
    #expect(try ScenarioText.parse(written).contentHash == simulation.contentHash)
  }

  @Test(arguments: [
    (
      "priors: {fixed_effect_sd: 0.5, log_sd_sd: 0.3}\n", "",
      "s.yml:1:1: the key 'priors' is missing: a calibration draws its parameters from them."
    ),
    (
      "fixed_effect_sd: 0.5, ", "",
      "s.yml:5:9: priors: the key 'fixed_effect_sd' is missing: a calibration draws its parameters "
        + "from it."
    ),
    (
      ", log_sd_sd: 0.3", "",
      "s.yml:5:9: priors: the key 'log_sd_sd' is missing: a calibration draws its parameters from "
        + "it."
    ),
    ("log_sd_sd: 0.3", "log_sd_sd: 0", "s.yml:5:43: priors.log_sd_sd: expected a number from 1e-6"),
    (
      "[Intercept, x1]\n  random", "{Intercept: 0.5}\n  random",
      "s.yml:10:10: data.fixed: a calibration draws these from their prior; expected a list of "
        + "names, found a mapping."
    ),
    (
      "random: [Intercept, x1]", "random: {Intercept: 1}",
      "s.yml:11:11: data.random: a calibration draws these from their prior; expected a list of "
        + "names"
    ),
    (
      "fixed: [Intercept, x1]", "fixed: [Intercept, x11]",
      "s.yml:10:22: data.fixed[2]: there is no column 'x11'; did you mean 'x1'?"
    ),
    (
      "fixed: [Intercept, x1]", "fixed: [x1, x1]", "s.yml:10:15: data.fixed[2]: 'x1' appears twice."
    ),
    ("fixed: [Intercept, x1]", "fixed: []", "s.yml:10:10: data.fixed: expected at least one name."),
    ("fixed: [Intercept, x1]", "fixed: 3", "s.yml:10:10: data.fixed: expected a list of names"),
    (
      "group_size: 5", "group_size: 5\n  departures: {zero_inflation: 0.1}",
      "s.yml:9:3: data: 'departures' does not go with a calibration, which asks"
    ),
    (
      "groups: 6", "table: {y: [1]}",
      "s.yml:7:3: data: 'table' does not go with a calibration, which draws data and their true "
        + "parameters."
    ),
    (
      "replicates: 40", "replicates: 40\nprecision: {measure: coverage, mcse: 0.01}",
      "s.yml:5:1: 'precision' does not go with a calibration, whose tests"
    ),
    (
      "kind: calibration", "kind: sbc",
      "s.yml:1:7: kind: unknown kind 'sbc'; expected simulation or"
    ),
    (
      "calibration_ecdf_p", "rejection_rate",
      "s.yml:16:58: gates[1].measure: 'rejection_rate' of 'log_sd(x1)' is not defined: each "
        + "replicate"
    ),
    (
      "calibration_ecdf_p", "estimate",
      "s.yml:16:58: gates[1].measure: 'estimate' of 'log_sd(x1)' is listed only without"
    ),
    (
      "calibration_ecdf_p", "calibration_ecdfp",
      "s.yml:16:58: gates[1].measure: unknown measure 'calibration_ecdfp'; did you mean "
        + "'calibration_ecdf_p'?"
    ),
  ])
  func whatHasNoMeaningIsRefused(old: String, new: String, complaint: String) throws {
    #expect(Self.text.contains(old))
    let found = try #require(
      ScenarioText.complaint(about: Self.text.replacing(old, with: new, maxReplacements: 1)))
    #expect(found.hasPrefix(complaint), "\(found)")
  }

  @Test func itsMeasuresAreOfNoSimulation() throws {
    let found = try #require(
      ScenarioText.complaint(
        about: ScenarioText.simulated.replacing(
          "measure: coverage", with: "measure: calibration_ecdf_p")))
    #expect(found.contains("is of scenarios with 'kind: calibration'"))
  }

  /// The priors' moments over 4,000 replicates, and independence of coefficients and log SDs.
  @Test func parametersComeFromThePriors() throws {
    let generator = DataGenerator(try ScenarioText.parse(Self.text))
    let drawn = try (0..<4000).map { try generator.dataSet(replicate: $0).drawnParameters }
    for (name, sd) in [
      ("Intercept", 0.5), ("x1", 0.5), ("log_sd(Intercept)", 0.3), ("log_sd(x1)", 0.3),
    ] {
      let values = try drawn.map { try #require($0[name]) }
      // Four standard errors of a mean and of a standard deviation.
      #expect(abs(Moments.mean(values)) < 4 * sd / 4000.0.squareRoot())
      #expect(abs(Moments.standardDeviation(values) / sd - 1) < 4 / 8000.0.squareRoot())
      let others = drawn.map { $0[name == "x1" ? "log_sd(x1)" : "x1"] ?? .nan }
      #expect(Moments.squaredCorrelation(values, others) < 16 / 4000)
    }
  }

  /// Of the counts: a known effect of the parameters that were drawn.
  @Test func theCountsFollowTheDrawnParameters() throws {
    let text = Self.text.replacing("fixed: [Intercept, x1]", with: "fixed: [Intercept]")
      .replacing("random: [Intercept, x1]", with: "random: [Intercept]")
      .replacing(
        "fixed_effect_sd: 0.5, log_sd_sd: 0.3", with: "fixed_effect_sd: 2, log_sd_sd: 0.01"
      )
      .replacing("log_sd(x1)", with: "Intercept").replacing("groups: 6", with: "groups: 400")
    let generator = DataGenerator(try ScenarioText.parse(text))
    for replicate in 0..<20 {
      let simulated = try generator.dataSet(replicate: replicate)
      let intercept = try #require(simulated.drawnParameters["Intercept"])
      // E exp(u) = exp(1 / 2) with the SD 1; Var exp(u) = e^2 - e, and Poisson noise.
      let mean = exp(intercept + 0.5)
      let found = Moments.mean(simulated.data.counts)
      let sd = (exp(2 * intercept) * (exp(2) - exp(1)) / 400 + mean / 2000).squareRoot()
      #expect(abs(found - mean) < 5 * sd)
      let effects = simulated.randomEffects
      #expect(abs(Moments.standardDeviation(effects) - 1) < 4 / 800.0.squareRoot() + 0.04)
    }
  }

  /// Another covariate and another term leave what is drawn before them as it was, and design and
  /// covariates are those of a simulation of the same name.
  @Test func nothingElseShifts() throws {
    let whole = try DataGenerator(ScenarioText.parse(Self.text)).dataSet(replicate: 3)
    let fewer = try DataGenerator(
      ScenarioText.parse(
        Self.text.replacing("fixed: [Intercept, x1]", with: "fixed: [Intercept]")
          .replacing("random: [Intercept, x1]", with: "random: [Intercept]")
          .replacing("log_sd(x1)", with: "Intercept"))
    ).dataSet(replicate: 3)
    #expect(fewer.drawnParameters["Intercept"] == whole.drawnParameters["Intercept"])
    #expect(
      fewer.drawnParameters["log_sd(Intercept)"] == whole.drawnParameters["log_sd(Intercept)"])
    let simulation = try DataGenerator(
      ScenarioText.parse(
        Self.text.replacing("kind: calibration", with: "kind: simulation")
          .replacing("fixed: [Intercept, x1]", with: "fixed: {Intercept: 0, x1: 0}")
          .replacing("random: [Intercept, x1]", with: "random: {Intercept: 1, x1: 1}")
          .replacing("calibration_ecdf_p", with: "coverage"))
    ).dataSet(replicate: 3)
    #expect(simulation.data.covariates == whole.data.covariates)
    #expect(simulation.drawnParameters.isEmpty)
    let scale = exp(try #require(whole.drawnParameters["log_sd(Intercept)"]))
    for (calibrated, standard) in zip(whole.randomEffects, simulation.randomEffects).enumerated()
      .filter({ $0.offset % 2 == 0 }).map(\.element)
    {
      #expect(abs(calibrated - scale * standard) <= 1e-15 * abs(calibrated))
    }
  }

  /// Priors that allow for anything make failures that are counted, whatever the size of the
  /// numbers.
  @Test(arguments: ["fixed_effect_sd: 1e6, log_sd_sd: 1e6", "fixed_effect_sd: 40, log_sd_sd: 5"])
  func hugeCountsAreCountedFailures(priors: String) throws {
    let scenario = try ScenarioText.parse(
      Self.text.replacing("fixed_effect_sd: 0.5, log_sd_sd: 0.3", with: priors))
    let records = StudyRunner([scenario]).records(workers: 2)
    #expect(records.count == 80)
    let failed = records.count { if case .failed = $0.usability { true } else { false } }
    #expect(failed > 20)
    let report = try StudyReport(
      scenarios: [ScenarioSummary(scenario)], records: records,
      environment: Fixture.environment, command: "run")
    #expect(report.failures.count == failed)
    #expect(
      report.markdown().contains(
        failed == 80 ? "No fit can be used" : "Replicates that failed are missing here"))
  }
}
