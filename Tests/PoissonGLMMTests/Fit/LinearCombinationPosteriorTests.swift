import Foundation
import Testing

@testable import PoissonGLMM

/// Linear combinations of the fixed effects, and their covariance matrix.
@Suite struct LinearCombinationPosteriorTests {
  /// Posteriors by importance sampling: `Reference/exact_combinations.py`.
  private struct Exact: Decodable {
    struct Combination: Decodable {
      let weights: [Double]
      let mean, sd, q025, q975, belowZero: Double
    }
    let covariance: [[Double]]
    let combinations: [Combination]
  }

  private static func exact() throws -> [String: Exact] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [String: Exact].self, from: Data(contentsOf: ReferenceData.url("exact_combinations.json")))
  }

  /// SDs and correlations are within the 2.5 % that the project promises of SDs; means within 0.04
  /// SD and ends within 0.06 SD, likewise.
  @Test(arguments: ["sparse_counts", "few_groups", "epilepsy", "exposure"])
  func agreesWithImportanceSampling(name: String) throws {
    let exact = try #require(try Self.exact()[name])
    var options = FitOptions()
    options.combinations = exact.combinations.map(\.weights)
    let fit = try ReferenceData(name).model().fit(options)
    let covariance = fit.fixedCovariance
    for (c, row) in exact.covariance.enumerated() {
      for (d, value) in row.enumerated() {
        let size = (exact.covariance[c][c] * exact.covariance[d][d]).squareRoot()
        #expect(abs(covariance[c, d] - value) < 0.025 * size, "\(c), \(d)")
      }
    }
    for combination in exact.combinations {
      let marginal = try fit.linearCombination(combination.weights)
      let interval = marginal.interval(alpha: 0.05)
      let sd = combination.sd
      #expect(abs(marginal.mean - combination.mean) < 0.04 * sd, "\(combination)")
      #expect(abs(marginal.standardDeviation / sd - 1) < 0.025, "\(combination)")
      #expect(abs(interval.lower - combination.q025) < 0.06 * sd, "\(combination)")
      #expect(abs(interval.upper - combination.q975) < 0.06 * sd, "\(combination)")
      let below = marginal.cumulativeProbability(at: 0)
      #expect(abs(below - combination.belowZero) < 0.02, "\(combination)")
    }
  }

  /// With X Q' in place of X the model is one of Q b, and as the prior is the same in all
  /// directions it is the same model. Its coefficients are combinations of the other's.
  private func expectRotated(
    _ model: PoissonMixedModel, _ rotated: PoissonMixedModel, by rotation: Matrix,
    approximation: Approximation
  ) throws {
    let fit = try model.fit(FitOptions(approximation: approximation))
    let other = try rotated.fit(FitOptions(approximation: approximation))
    let covariance = rotation * (rotation * fit.fixedCovariance).transposed
    for c in 0..<rotation.rows {
      let marginal = try fit.linearCombination(Array(rotation.row(c)))
      let expected = other.fixedEffects[c].marginal
      let sd = expected.standardDeviation
      // Both stop within 1e-3 SD of an optimum, most far closer.
      #expect(abs(marginal.mean - expected.mean) < 1e-3 * sd, "\(approximation), \(c)")
      #expect(abs(marginal.standardDeviation / sd - 1) < 1e-3, "\(approximation), \(c)")
      for d in 0..<rotation.rows {
        let size = sd * other.fixedEffects[d].marginal.standardDeviation
        #expect(abs(covariance[c, d] - other.fixedCovariance[c, d]) < 1e-3 * size)
      }
    }
  }

  private static let rotation: Matrix = {
    let (s, t) = (0.6, 0.8)
    return Matrix(rows: 3, columns: 3, elements: [t, s, 0, -s * t, t * t, s, s * s, -s * t, t])
  }()

  private func rotated(_ columns: [DesignColumn]) -> [DesignColumn] {
    (0..<3).map { c in
      let row = Array(Self.rotation.row(c))
      return DesignColumn(
        name: "r\(c)",
        values: columns[0].values.indices.map { i in
          (0..<3).reduce(0) { $0 + row[$1] * columns[$1].values[i] }
        })
    }
  }

  @Test(arguments: [Approximation.structured, .integrated, .corrected])
  func isThatOfTheRotatedModelWithOneFactor(approximation: Approximation) throws {
    let data = try ReferenceData("random_slopes")
    try #require(data.fixed.count == 3)
    func model(_ fixed: [DesignColumn]) throws -> PoissonMixedModel {
      try PoissonMixedModel(
        counts: data.columns["y"]!, fixed: fixed, random: data.random, grouping: data.grouping,
        offset: data.offset)
    }
    try expectRotated(
      model(data.fixed), model(rotated(data.fixed)), by: Self.rotation,
      approximation: approximation)
  }

  @Test(arguments: [Approximation.structured, .integrated, .corrected])
  func isThatOfTheRotatedModelWithCrossedFactors(approximation: Approximation) throws {
    let rows = 72
    let x = DesignColumn(name: "x", values: (0..<rows).map { sin(Double($0)) })
    let z = DesignColumn(name: "z", values: (0..<rows).map { Double($0 % 3) - 1 })
    let factors = [
      RandomFactor(
        name: "a", grouping: Grouping(numbers: (0..<rows).map { Double($0 % 8) }),
        terms: [.intercept(rows: rows)]),
      RandomFactor(
        name: "b", grouping: Grouping(numbers: (0..<rows).map { Double($0 / 8) }),
        terms: [.intercept(rows: rows)]),
    ]
    let counts = (0..<rows).map { Double(($0 * $0 + 3 * $0) % 5) }
    func model(_ fixed: [DesignColumn]) throws -> PoissonMixedModel {
      try PoissonMixedModel(counts: counts, fixed: fixed, factors: factors)
    }
    let fixed = [DesignColumn.intercept(rows: rows), x, z]
    try expectRotated(
      model(fixed), model(rotated(fixed)), by: Self.rotation, approximation: approximation)
  }

  /// What was not asked for before the fit has no skewness of its own; the moments are the same.
  @Test func skewnessIsKnownOfWhatWasAskedFor() throws {
    let model = try ReferenceData("sparse_counts").model()
    var options = FitOptions()
    options.combinations = [[1, 1, 0], [1, 0, 0]]
    let (asked, plain) = (try model.fit(options), try model.fit())
    let (skewed, normal) = (
      try asked.linearCombination([1, 1, 0]), try plain.linearCombination([1, 1, 0])
    )
    #expect(skewed.mean == normal.mean)
    #expect(skewed.standardDeviation == normal.standardDeviation)
    // The posterior of a log rate of few events leans to the left.
    let (own, other) = (skewed.interval(alpha: 0.05), normal.interval(alpha: 0.05))
    #expect(own.lower < other.lower - 0.05 * normal.standardDeviation)
    #expect(own.upper < other.upper - 0.05 * normal.standardDeviation)
    let mirrored = try asked.linearCombination([-1, -1, 0]).interval(alpha: 0.05)
    #expect(abs(mirrored.lower + own.upper) < 1e-12)
    // A combination that is one effect has that effect's distribution, to rounding.
    let effect = asked.fixedEffects[0].marginal.interval(alpha: 0.05)
    #expect(try asked.linearCombination([1, 0, 0]).interval(alpha: 0.05) == effect)
    options.combinations = [[1, 1]]
    #expect(throws: FitError.self) { try model.fit(options) }
  }

  /// A multiple of a single effect has its distribution, skewness included.
  @Test func aMultipleOfOneEffectIsThatEffect() throws {
    let fit = try ReferenceData("sparse_counts").model().fit()
    for (c, effect) in fit.fixedEffects.enumerated() {
      var weights = fit.fixedEffects.map { _ in 0.0 }
      weights[c] = 1
      #expect(try fit.linearCombination(weights) == effect.marginal)
      weights[c] = -2
      let mirrored = try fit.linearCombination(weights, plus: 0.5).interval(alpha: 0.1)
      let own = effect.marginal.interval(alpha: 0.1)
      // Roots of one equation in other units, to the rounding error of doubles.
      #expect(abs(mirrored.lower - (0.5 - 2 * own.upper)) < 1e-12)
      #expect(abs(mirrored.upper - (0.5 - 2 * own.lower)) < 1e-12)
    }
  }

  @Test func whatIsNoCombinationIsRefused() throws {
    let fit = try ReferenceData("sparse_counts").model().fit(
      FitOptions(approximation: .structured))
    let cases: [([Double], String)] = [
      ([1], "A linear combination of 3 fixed effects needs as many weights, not 1."),
      ([1, .nan, 0], "The weights of a linear combination must be finite numbers."),
      ([0, 0, 0], "All weights of a linear combination are 0: it is no combination."),
    ]
    for (weights, message) in cases {
      #expect(throws: FitError(message)) { try fit.linearCombination(weights) }
    }
  }
}
