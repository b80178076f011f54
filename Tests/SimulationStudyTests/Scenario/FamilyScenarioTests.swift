import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Families of counts in scenarios: how they are read, drawn, fitted and told to other programs.
@Suite struct FamilyScenarioTests {
  private static let inflated = ScenarioText.simulated.replacing(
    "methods:",
    with: """
        family: {name: zero-inflated-negative-binomial, size: 4, zero_share: 0.2}
      methods:
        - {name: poisson, family: poisson}
      """)

  private static let calibration = CalibrationScenarioTests.text.replacing(
    "methods:", with: "  family: {name: zero-inflated-negative-binomial}\nmethods:")

  @Test func itIsReadAndIsWhatMethodsFit() throws {
    let scenario = try ScenarioText.parse(Self.inflated)
    #expect(scenario.data.family == .zeroInflatedNegativeBinomial)
    let families = scenario.methods.map { method -> CountFamily? in
      if case .variational(let settings) = method.fitter { settings.family } else { nil }
    }
    #expect(
      families == [.poisson, .zeroInflatedNegativeBinomial, .zeroInflatedNegativeBinomial])
    #expect(
      scenario.parameters.suffix(2) == ["log_overdispersion_sd", "logit_zero_share"])
    // log(1 / sqrt 4), and the logit of 1 / 5. The intercept is as written.
    let dispersion = try #require(scenario.truth["log_overdispersion_sd"])
    let share = try #require(scenario.truth["logit_zero_share"])
    #expect((dispersion + log(2)).magnitude < 1e-15)
    #expect((share + log(4)).magnitude < 1e-15)
    #expect(scenario.truth["Intercept"] == 0.5)
    #expect(!scenario.isDefined(.coverage, of: "logit_zero_share", by: "poisson"))
    #expect(scenario.isDefined(.coverage, of: "logit_zero_share", by: "plain"))
    #expect(!scenario.isDefined(.rejectionRate, of: "logit_zero_share", by: "plain"))
    let plain = try ScenarioText.parse(ScenarioText.simulated)
    #expect(plain.contentHash != scenario.contentHash)
    #expect(!plain.canonicalContent.contains { $0.key.contains("family") })
  }

  @Test(arguments: [
    ("{name: negative-binomial}", "the key 'size' is missing"),
    ("{name: negative-binomial, size: 0}", "expected a size from 0.01 to 1e6"),
    ("{name: poisson, size: 2}", "'size' does not go with the family poisson."),
    (
      "{name: negative-binomial, size: 2, zero_share: 0.1}",
      "'zero_share' does not go with the family negative-binomial."
    ),
    ("{name: zero-inflated-poisson, zero_share: 1}", "expected a share between 0 and 1"),
    ("{name: negativ-binomial, size: 2}", "did you mean 'negative-binomial'?"),
    (
      "{name: negative-binomial, size: 2}\n  departures: {overdispersion: {gamma: 2}}",
      "'overdispersion' is of Poisson counts, and does not go with another 'family'."
    ),
  ]) func whatMakesNoSenseIsRefused(text: String, complaint: String) throws {
    let found = try #require(
      ScenarioText.complaint(
        about: ScenarioText.simulated.replacing("methods:", with: "  family: \(text)\nmethods:")))
    #expect(found.contains(complaint), "\(found)")
  }

  /// Mean and variance of the counts of one mean, and how many are zero: of gamma multipliers of
  /// shape 4 and a fifth of other zeros.
  @Test func countsHaveTheFamilysMoments() throws {
    let text = ScenarioText.simulated.replacing("exposure: {uniform: [0.5, 2]}\n  ", with: "")
      .replacing("{Intercept: 0.5, x1: 0.3, treated: -0.4}", with: "{Intercept: 1.5}")
      .replacing("random: {Intercept: 0.5, x1: 0.2}", with: "random: {Intercept: 0}")
      .replacing("{uniform: [2, 6]}", with: "25000")
      .replacing(
        "methods:",
        with: "  family: {name: zero-inflated-negative-binomial, size: 4, "
          + "zero_share: 0.2}\nmethods:"
      )
      .replacing(
        "parameter: log_sd(x1), measure: coverage", with: "parameter: Intercept, measure: bias"
      )
      .replacing("[0.9, 1]", with: "[-1, 1]")
    let counts = try DataGenerator(ScenarioText.parse(text)).dataSet(replicate: 0).data.counts
    let n = Double(counts.count)
    let mu = exp(1.5)
    let distribution = CountDistribution(
      .zeroInflatedNegativeBinomial, parameters: [-log(2), -log(4)])
    let mean = counts.reduce(0, +) / n
    let second = counts.reduce(0) { $0 + $1 * $1 } / n
    let own = mu + mu * mu / 4
    // Five standard errors; the variance of a square by its own moments.
    let variance = 0.8 * (own + mu * mu) - 0.64 * mu * mu
    #expect((mean - 0.8 * mu).magnitude < 5 * (variance / n).squareRoot())
    let fourth = counts.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
    #expect(
      (second - 0.8 * (own + mu * mu)).magnitude < 5 * ((fourth - second * second) / n).squareRoot()
    )
    let zeros = Double(counts.count { $0 == 0 }) / n
    let p = 0.2 + 0.8 * pow(1 + mu / 4, -4)
    #expect((zeros - p).magnitude < 5 * (p * (1 - p) / n).squareRoot())
    #expect(distribution.zeroShare == 0.2 || (distribution.zeroShare - 0.2).magnitude < 1e-15)
  }

  /// A calibration draws the family's parameters, and leaves the others as they were.
  @Test func calibrationsDrawTheParameters() throws {
    let generator = DataGenerator(try ScenarioText.parse(Self.calibration))
    let plain = DataGenerator(try ScenarioText.parse(CalibrationScenarioTests.text))
    let drawn = try (0..<2000).map { try generator.dataSet(replicate: $0).drawnParameters }
    for (name, sd) in [("log_overdispersion_sd", 0.3), ("logit_zero_share", 1.5)] {
      let values = try drawn.map { try #require($0[name]) }
      #expect(abs(Moments.mean(values)) < 4 * sd / 2000.0.squareRoot())
      #expect(abs(Moments.standardDeviation(values) / sd - 1) < 4 / 4000.0.squareRoot())
    }
    let before = try plain.dataSet(replicate: 3).drawnParameters
    #expect(before["x1"] == drawn[3]["x1"])
    #expect(before["log_sd(x1)"] == drawn[3]["log_sd(x1)"])
    let found = try #require(
      ScenarioText.complaint(
        about: Self.calibration.replacing("negative-binomial}", with: "negative-binomial, size: 2}")
      ))
    #expect(found.contains("a calibration draws these from their prior"), "\(found)")
  }

  /// The fits report the parameters, those of another family do not, and a report has no rows of
  /// them there.
  @Test func studiesReportTheParameters() throws {
    var scenario = try ScenarioText.parse(Self.inflated)
    scenario.replicates = 2
    let records = StudyRunner([scenario]).records(workers: 2)
    for record in records {
      guard case .usable(let result) = record.usability else {
        Issue.record("\(record)")
        continue
      }
      let names = result.parameters.map(\.parameter)
      #expect(
        names
          == scenario.parameters.filter { name in
            record.method != "poisson" || FamilyParameter(rawValue: name) == nil
          })
    }
    let report = try StudyReport(
      scenarios: [ScenarioSummary(scenario)], records: records,
      environment: Fixture.environment, command: "run")
    #expect(
      !report.measures.contains { $0.method == "poisson" && $0.parameter == "logit_zero_share" })
    #expect(
      report.measures.contains { $0.method == "plain" && $0.parameter == "logit_zero_share" })
  }

  /// Zero inflation as a departure shifts the intercept of Poisson, not that of a zero-inflated
  /// family, whose share it is.
  @Test func departuresAreTheFamilysParameters() throws {
    let scenario = try ScenarioText.parse(
      ScenarioText.simulated.replacing(
        "methods:",
        with: """
            departures: {overdispersion: {gamma: 4}, zero_inflation: 0.2}
          methods:
            - {name: inflated, family: zero-inflated-negative-binomial}
          """))
    let truth = ScenarioSummary(scenario)
    #expect((truth.truth["log_overdispersion_sd"] ?? 0) == -0.5 * log(4))
    #expect(((truth.truth["logit_zero_share"] ?? 0) + log(4)).magnitude < 1e-15)
    #expect(truth.truth(of: "Intercept", by: "plain") == 0.5 + log1p(-0.2))
    #expect(truth.truth(of: "Intercept", by: "inflated") == 0.5)
    #expect(truth.truth(of: "x1", by: "inflated") == 0.3)
  }

  @Test func otherProgramsAreTold() throws {
    let data = try DataGenerator(ScenarioText.parse(Self.inflated)).dataSet(replicate: 0).data
    func line(_ family: CountFamily) throws -> String {
      let request = CommandRequest(
        1, data, alpha: 0.05, priors: .init(fixedEffectSD: 2, logSDSD: 1), family: family)
      return String(decoding: try request.jsonLine(), as: UTF8.self)
    }
    #expect(try line(.negativeBinomial).contains(#""family":"negative-binomial""#))
    #expect(try !line(.poisson).contains("family"))
  }
}
