import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Counts in the groups that a model was fitted to. Seeds are fixed.
@Suite struct SeenGroupSimulationTests {
  struct Case: CustomTestStringConvertible {
    let formula: String
    let approximation: Approximation
    var testDescription: String { "\(formula), \(approximation)" }
  }

  /// Groups of one factor with one and two terms, crossed and nested ones, correlated slopes.
  private static let cases = [
    "y ~ x + (1 | g) + offset(t)", "y ~ x + (1 + x || g)", "y ~ x + (1 + x | g)",
    "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | g/k)",
  ].flatMap { formula in
    [Approximation.meanField, .structured, .corrected].map {
      Case(formula: formula, approximation: $0)
    }
  }

  private struct Fitted {
    let frame: ModelFrame
    let model: PoissonMixedModel
    let fit: PoissonMixedModelFit
    let effects: SeenEffects

    init(_ own: Case) throws {
      let n = 48
      let counts = (0..<n).map { Double([2, 0, 1, 5, 3, 1, 0, 2, 6, 1, 4][($0 * $0 + $0) % 11]) }
      let table = try DataTable(columns: [
        ("y", .numeric(counts)), ("x", .numeric((0..<n).map { sin(1.7 * Double($0)) })),
        ("g", .numeric((0..<n).map { Double($0 / 8) })),
        ("h", .numeric((0..<n).map { Double($0 % 5) })),
        ("k", .numeric((0..<n).map { Double($0 / 4 % 2) })),
        ("t", .numeric((0..<n).map { 0.1 * Double($0 % 3) })),
      ])
      frame = try ModelFrame(formula: Formula(own.formula), data: table)
      model = try frame.model()
      fit = try model.fit(
        FitOptions(approximation: own.approximation, keepsRandomEffects: true))
      effects = try SeenEffects(model, posterior: fit.posterior)
    }

    /// The distribution of each row's expected count.
    func expected() throws -> [ExponentialMarginal] {
      let rows = try PredictionRows(
        model: model, fixed: frame.fixed, factors: frame.factors, offset: frame.offset)
      return try Predictor(model, fit: fit).distributions(of: rows).map(\.expectedCount)
    }
  }

  /// E y = E mu and Var y = E mu + Var mu, with the moments of mu = exp(eta) that the predictor
  /// has from each row's mixture of normals.
  @Test(arguments: cases)
  func countsHaveTheMomentsOfThePosterior(own: Case) throws {
    let fitted = try Fitted(own)
    let generator = FittedModelGenerator(
      design: SimulationDesign(fitted.frame), effects: fitted.effects, means: nil, seed: 4)
    let draws = try (0..<3000).map { try generator.replicate($0).counts }
    for (row, mu) in try fitted.expected().enumerated() {
      let counts = draws.map { $0[row] }
      MomentCheck.expectMean(counts, mu.mean, "mean of row \(row)")
      MomentCheck.expectMean(
        counts.map { ($0 - mu.mean) * ($0 - mu.mean) },
        mu.mean + mu.standardDeviation * mu.standardDeviation, "variance of row \(row)")
    }
  }

  /// At the means of the effects counts are Poisson: mean and variance are exp(eta).
  @Test(arguments: ["y ~ x + (1 | g) + offset(t)", "y ~ x + (1 + x | g) + (1 | h)"])
  func countsAtTheMeansArePoisson(formula: String) throws {
    let fitted = try Fitted(Case(formula: formula, approximation: .corrected))
    let means = fitted.effects.means
    let expected: [Double] = fitted.fit.factors.flatMap { $0.means }
    for (found, expected) in zip(means.randomEffects.joined(), expected) {
      // Components of a ten-thousandth of the weight are left out.
      #expect(abs(found - expected) < 1e-3)
    }
    let generator = FittedModelGenerator(
      design: SimulationDesign(fitted.frame), effects: fitted.effects, means: means, seed: 4)
    let draws = try (0..<2000).map { try generator.replicate($0).counts }
    for row in fitted.frame.counts.indices {
      var eta = fitted.frame.offset?[row] ?? 0
      for (column, effect) in zip(fitted.frame.fixed, means.fixedEffects) {
        eta += column.values[row] * effect
      }
      for (factor, effects) in zip(fitted.frame.factors, means.randomEffects) {
        let start = factor.grouping.groupOfRow[row] * factor.terms.count
        for (term, column) in factor.terms.enumerated() {
          eta += column.values[row] * effects[start + term]
        }
      }
      let counts = draws.map { $0[row] }
      MomentCheck.expectMean(counts, exp(eta), "mean of row \(row)")
      MomentCheck.expectMean(
        counts.map { ($0 - exp(eta)) * ($0 - exp(eta)) }, exp(eta), "variance of row \(row)")
    }
  }

  @Test func aReplicateDependsOnItsNumberAndTheSeedAlone() throws {
    let fitted = try Fitted(
      Case(formula: "y ~ x + (1 | g) + (1 | h)", approximation: .corrected))
    func generator(seed: UInt64) -> FittedModelGenerator {
      FittedModelGenerator(
        design: SimulationDesign(fitted.frame), effects: fitted.effects, means: nil, seed: seed)
    }
    let alone = try generator(seed: 1).replicate(3)
    let generator1 = generator(seed: 1)
    for number in 0..<3 { #expect(try generator1.replicate(number) != alone) }
    #expect(try generator1.replicate(3) == alone)
    #expect(try generator(seed: 2).replicate(3) != alone)
  }

  /// New rows of the fitted groups, and of others.
  @Test func newRowsOfTheFittedGroups() throws {
    let fitted = try Fitted(Case(formula: "y ~ x + (1 | g/k)", approximation: .structured))
    func rows(_ g: Double) throws -> (rows: PredictionRows, table: DataTable) {
      let table = try DataTable(columns: [
        ("x", .numeric([0.5, 0.1])), ("g", .numeric([5, g])), ("k", .numeric([1, 0])),
      ])
      return (try fitted.frame.predictionRows(of: table, model: fitted.model), table)
    }
    let (known, table) = try rows(2)
    try fitted.frame.requireSeenLevels(of: known, in: table)
    let generator = FittedModelGenerator(
      design: SimulationDesign(known, of: fitted.model, keepsLevels: true),
      effects: fitted.effects, means: nil, seed: 1)
    let draws = try (0..<4000).map { try generator.replicate($0).counts }
    let predictor = try Predictor(fitted.model, fit: fitted.fit)
    for (row, distribution) in predictor.distributions(of: known).enumerated() {
      MomentCheck.expectMean(
        draws.map { $0[row] }, distribution.expectedCount.mean, "mean of row \(row)")
    }
    let (other, otherTable) = try rows(77)
    let error = #expect(throws: ModelError.self) {
      try fitted.frame.requireSeenLevels(of: other, in: otherTable)
    }
    #expect(
      error?.description == "row 2: 'g' is '77', none of the 6 that the model was fitted to, so "
        + "that its effect is not known.")
  }
}
