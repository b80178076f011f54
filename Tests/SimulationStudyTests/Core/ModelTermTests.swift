import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Fixed effects of products of columns and their powers.
@Suite struct ModelTermTests {
  @Test func termsAreReadAsRWritesThem() throws {
    let term = try #require(ModelTerm("I(x1^2):arm.b"))
    #expect(term.factors == [.init(column: "x1", power: 2), .init(column: "arm.b", power: 1)])
    #expect(!term.isColumn)
    #expect(try #require(ModelTerm("x1")).isColumn)
    let columns = ["x1": [2.0, -3, 0.5], "arm.b": [1.0, 1, 0]]
    #expect(term.values { columns[$0] } == [4, 9, 0])
    #expect(term.values { $0 == "x1" ? [1] : nil } == nil)
    for text in ["", "x1:", ":x1", "I(x1^1)", "I(x1^10)", "I(x1)", "x1*x2", "log(x1)", "x1^2", "1"]
    {
      #expect(ModelTerm(text) == nil, "\(text)")
    }
  }

  private func scenario(_ fixed: String) throws(ScenarioError) -> Scenario {
    try ScenarioText.parse(
      ScenarioText.simulated.replacingOccurrences(
        of: "fixed: {Intercept: 0.5, x1: 0.3, treated: -0.4}", with: "fixed: {\(fixed)}"))
  }

  /// Of several data sets: a single one need not have a treated group.
  private func counts(_ fixed: String) throws -> [Double] {
    let generator = DataGenerator(try scenario(fixed))
    return try (0..<5).flatMap { try generator.dataSet(replicate: $0).data.counts }
  }

  /// The square of a number that is 0 or 1 is this number, and an effect of 0 is none.
  @Test func dataAreDrawnWithThem() throws {
    let plain = try counts("Intercept: 0.5, x1: 0.3, treated: -0.4")
    #expect(try counts("Intercept: 0.5, x1: 0.3, I(treated^2): -0.4") == plain)
    #expect(
      try counts("Intercept: 0.5, x1: 0.3, treated: -0.4, 'x1:treated': 0, I(x1^3): 0") == plain)
    #expect(try counts("Intercept: 0.5, x1: 0.3, treated: -0.4, 'x1:treated': 0.5") != plain)
  }

  @Test func theyAreFittedAndHaveTheirTruth() throws {
    let scenario = try scenario("Intercept: 0.5, x1: 0.3, treated: -0.4, 'x1:treated': 0.2")
    #expect(scenario.truth["x1:treated"] == 0.2)
    let data = try DataGenerator(scenario).dataSet(replicate: 0).data
    let result = try VariationalEstimator(name: "s", .init(approximation: .structured))
      .estimate(data)
    #expect(
      result.parameters.map(\.parameter).prefix(4) == ["Intercept", "x1", "treated", "x1:treated"])
    let product = try #require(data.column("x1:treated")).values
    let parts = try ["x1", "treated"].map { try #require(data.column($0)).values }
    #expect(product == zip(parts[0], parts[1]).map(*))
    let request = CommandRequest(1, data, alpha: 0.05, priors: .init(Priors(), of: data.random))
    #expect(request.formula.hasPrefix("y ~ 1 + x1 + treated + x1:treated + "))
    #expect(request.columns["x1:treated"] == product)
  }

  @Test(arguments: [
    ("'x1:dose': 0.1", "there is no covariate 'dose'"),
    ("'treated:x1': 0.1", "R names this term 'x1:treated'"),
    ("'x1:x1': 0.1", "a factor appears twice; a square is written I(x1^2)."),
    ("x1^2: 0.1", "or a power from 2 to 9 such as I(x1^2), found"),
    ("x1*treated: 0.1", "expected a product such as x1:x2"),
  ])
  func whatIsNoTermIsSaidSo(term: String, complaint: String) {
    let text = ScenarioText.simulated.replacingOccurrences(
      of: "treated: -0.4}", with: "treated: -0.4, \(term)}")
    let found = ScenarioText.complaint(about: text) ?? ""
    #expect(found.contains(complaint), "\(found)")
  }
}
