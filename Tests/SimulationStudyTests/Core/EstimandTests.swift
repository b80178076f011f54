import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Functions of the parameters that a scenario asks for.
@Suite struct EstimandTests {
  private static let names = [
    "Intercept", "x1", "treated", "x1:treated", "I(x1^2)", "log_sd(Intercept)", "cor(Intercept,x1)",
  ]
  /// Of as many parameters.
  private static let values = [0.5, 0.3, -0.4, 0.2, -0.1, -0.7, 0.25]

  @Test(arguments: [
    ("exp(treated)", exp(-0.4)), ("x1 / treated", -0.75), ("x1:treated + x1", 0.5),
    ("2 * I(x1^2)", -0.2), ("I(x1^2) - I(x1^2 + 1)", -1.19),
    ("exp(2 * log_sd(Intercept))", exp(-1.4)), ("exp(2*`log_sd(Intercept)`)", exp(-1.4)),
    ("cor(Intercept,x1)^2", 0.0625),
    ("exp(Intercept + exp(2 * log_sd(Intercept)) / 2)", exp(0.5 + exp(-1.4) / 2)),
    ("ifelse(treated < 0, x1, Intercept)", 0.3),
  ])
  func functionsOfParametersAreRead(text: String, expected: Double) throws {
    let estimand = try Estimand("e", text, of: Self.names)
    let parameters = Dictionary(uniqueKeysWithValues: zip(Self.names, Self.values))
    let value = try #require(estimand.value(at: parameters))
    // Rounding alone.
    #expect(abs(value - expected) < 1e-15)
    #expect(estimand.name == "estimand(e)")
    #expect(ParameterKind(parameter: estimand.name) == .estimand)
  }

  private func scenario(_ estimands: String) -> String {
    ScenarioText.simulated + "\nestimands: {\(estimands)}\n"
  }

  @Test(arguments: [
    ("r: exp(treatd)", "There is no parameter 'treatd' (did you mean 'treated'?)"),
    ("r: exp(treated", "is never closed"), ("r: 2", "It depends on no parameter."),
    ("r: scale(x1)", "scale() is of the rows of data"), ("r: y ~ x1", "There can be only one '~'"),
    ("r: 'x1 == \"a\"'", "it cannot be compared with a text"), ("'a b': x1", "a column name is"),
    ("r: factor(x1)", "factor() cannot stand inside arithmetic"),
    ("r: log_sd(x2)", "'log_sd' is not a known function"),
  ])
  func whatIsNoFunctionIsSaidSo(estimands: String, complaint: String) {
    let found = ScenarioText.complaint(about: scenario(estimands)) ?? ""
    #expect(found.hasPrefix("s.yml:") && found.contains(complaint), "\(found)")
  }

  @Test func theTruthIsTheFunctionOfTheTrueParameters() throws {
    let read = try ScenarioText.parse(scenario("ratio: exp(treated), v: exp(2 * log_sd(x1))"))
    #expect(read.truth["estimand(ratio)"] == exp(-0.4))
    let variance = try #require(read.truth["estimand(v)"])
    #expect(abs(variance - 0.04) < 1e-15)
    #expect(Array(read.parameters.suffix(2)) == ["estimand(ratio)", "estimand(v)"])
    #expect(read.contentHash != (try ScenarioText.parse(ScenarioText.simulated)).contentHash)
    // An SD of 0 has no log, and its square is known; of its log there is no truth.
    let none = try ScenarioText.parse(
      scenario("v: exp(2 * log_sd(x1)), l: 2 * log_sd(x1)")
        .replacingOccurrences(of: "random: {Intercept: 0.5, x1: 0.2}", with: "random: {x1: 0}")
        .replacingOccurrences(of: "measure: coverage", with: "measure: estimate"))
    #expect(none.truth["estimand(v)"] == 0)
    #expect(none.truth["estimand(l)"] == nil)
    #expect(read.isDefined(.coverage, of: "estimand(ratio)", by: "plain"))
    #expect(
      read.reasonAgainst(.rejectionRate, of: "estimand(ratio)", by: "plain")
        == "is not defined: an estimand has no natural null value")
  }

  /// Zero inflation by p is log(1 - p) in the intercept but for families that know of it.
  @Test func aMethodWithAZeroShareHasItsOwn() throws {
    let text = ScenarioText.simulated.replacingOccurrences(
      of: "methods:",
      with: "  departures: {zero_inflation: 0.2}\nmethods:\n"
        + "  - {name: zip, family: zero-inflated-poisson}")
    let read = try ScenarioText.parse(text + "\nestimands: {m: exp(Intercept), r: exp(treated)}\n")
    let own = read.ownTruth(of: read.methods[0])
    #expect(abs((read.truth["estimand(m)"] ?? 0) - 0.8 * exp(0.5)) < 1e-15)
    #expect(own["estimand(m)"] == exp(0.5))
    #expect(own["estimand(r)"] == nil)
  }

  private func estimate(_ name: String, _ value: Double, _ ends: ClosedRange<Double>?)
    -> ParameterEstimate
  {
    ParameterEstimate(
      parameter: name, estimate: value, standardError: 0.1, intervalLower: ends?.lowerBound,
      intervalUpper: ends?.upperBound, pValue: nil)
  }

  /// What is computed from a method's estimates: images of intervals, where they are known.
  @Test func otherMethodsHaveTheFunctionOfTheirEstimates() throws {
    let estimates = [estimate("a", 0.5, -0.5...1), estimate("b", 2, nil)]
    let result = EstimationResult(
      parameters: estimates, evidenceLowerBound: nil, iterations: 0, reason: "", converged: true)
    let names = ["a", "b", "c"]
    let estimands = try [
      Estimand("up", "exp(a)", of: names), Estimand("down", "-2 * a", of: names),
      Estimand("bowl", "a^2", of: names), Estimand("both", "a * b", of: names),
      Estimand("missing", "c", of: names), Estimand("none", "log(-a)", of: names),
    ]
    let completed = result.adding(estimands)
    let found = completed.parameters.dropFirst(2)
    #expect(
      found.map(\.parameter) == ["up", "down", "bowl", "both"].map(ParameterKind.estimandName))
    #expect(found.map(\.estimate) == [exp(0.5), -1, 0.25, 1])
    #expect(found.map(\.intervalLower) == [exp(-0.5), -2, nil, nil])
    #expect(found.map(\.intervalUpper) == [exp(1), 1, nil, nil])
    #expect(found.allSatisfy { $0.standardError == nil && $0.pValue == nil })
    // What a method reports itself stays.
    #expect(completed.adding(estimands) == completed)
  }

  private static let correlated = """
    name: c
    seed: 1
    replicates: 1
    data:
      groups: 30
      group_size: 8
      covariates:
        - {name: x1, distribution: normal}
        - {name: x2, distribution: normal}
      fixed: {Intercept: 1, x1: 0.3}
      random: {Intercept: 0.5, x1: 0.4, x2: 0.3}
      correlations: {"Intercept,x1": -0.6, "Intercept,x2": 0.5, "x1,x2": 0.2}
    methods:
      - {name: structured, approximation: structured}
    estimands:
      a: cor(Intercept,x1) + 0
      b: cor(Intercept,x2) + 0
      c: cor(x1,x2) + 0
      d: log_sd(x2) + 0
      ratio: exp(x1)
    """

  /// A parameter as an estimand has the parameter's own posterior, and exp of a normal one is
  /// known: within four Monte Carlo standard errors of 8,000 draws, in units of SD / sqrt(8000)
  /// 1.25 for a median and 2.67 for the ends of a 95 % interval.
  @Test func drawsHaveThePosteriorOfTheParameters() throws {
    let scenario = try ScenarioText.parse(Self.correlated)
    let data = try DataGenerator(scenario).dataSet(replicate: 0).data
    let estimator = VariationalEstimator(
      name: "s", .init(approximation: .structured), estimands: scenario.estimands)
    let truth = ["cor(Intercept,x1)": -0.5, "estimand(a)": -0.5]
    let result = try estimator.estimate(data, probabilitiesAt: truth)
    let known = Dictionary(uniqueKeysWithValues: result.parameters.map { ($0.parameter, $0) })
    let error = 1 / 8000.0.squareRoot()
    for (name, parameter) in [
      ("a", "cor(Intercept,x1)"), ("b", "cor(Intercept,x2)"), ("c", "cor(x1,x2)"),
      ("d", "log_sd(x2)"),
    ] {
      let (own, other) = (
        try #require(known["estimand(\(name))"]), try #require(known[parameter])
      )
      let sd = try #require(other.standardError)
      // A correlation's median is not its mean, by less than a tenth of an SD here.
      #expect(abs(own.estimate - other.estimate) < (0.1 + 4 * 1.25 * error) * sd)
      #expect(abs((own.standardError ?? 0) / sd - 1) < 4 * error)
      for end in [\ParameterEstimate.intervalLower, \.intervalUpper] {
        let difference = try #require(own[keyPath: end]) - #require(other[keyPath: end])
        #expect(abs(difference) < 4 * 2.67 * error * sd, "\(name)")
      }
    }
    let (ratio, x1) = (try #require(known["estimand(ratio)"]), try #require(known["x1"]))
    let sd = try #require(x1.standardError)
    #expect(abs(log(ratio.estimate) - x1.estimate) < 4 * 1.25 * error * sd)
    let probabilities = try ["estimand(a)", "cor(Intercept,x1)"].map {
      try #require(known[$0]?.probabilityBelowTruth)
    }
    #expect(abs(probabilities[0] - probabilities[1]) < 4 * 0.5 * error)
  }

  /// In a study they are measured like parameters, and in a calibration against their value at the
  /// drawn parameters.
  @Test func studiesMeasureThem() throws {
    let simulated = try ScenarioText.parse(scenario("ratio: exp(treated)"))
    let records = StudyRunner([simulated]).records(workers: 1)
    let results = try StudyResults(scenarios: [ScenarioSummary(simulated)], records: records)
    for method in ["structured", "plain"] {
      let row = try #require(results.row("small", method, "estimand(ratio)", .coverage))
      #expect(row.truth == exp(-0.4) && row.used > 10)
    }
    let calibration = try ScenarioText.parse(
      """
      name: k
      kind: calibration
      seed: 1
      replicates: 2
      priors: {fixed_effect_sd: 0.5, log_sd_sd: 0.5}
      data: {groups: 10, group_size: 5, fixed: [Intercept], random: [Intercept]}
      methods: [{name: structured, approximation: structured}]
      estimands: {m: exp(Intercept)}
      """)
    for record in StudyRunner([calibration]).records(workers: 1) {
      guard case .fitted(let result) = record.outcome else { throw Unexpected() }
      let known = Dictionary(uniqueKeysWithValues: result.parameters.map { ($0.parameter, $0) })
      let truth = try #require(known["Intercept"]?.truth)
      #expect(known["estimand(m)"]?.truth == exp(truth))
      // exp rises: the share of the posterior below is the same but for the draws' error.
      let shares = try ["Intercept", "estimand(m)"].map {
        try #require(known[$0]?.probabilityBelowTruth)
      }
      #expect(abs(shares[0] - shares[1]) < 4 * 0.5 / 8000.0.squareRoot())
    }
  }
}
