import Foundation
import PoissonGLMM
import Testing

@testable import SimulationStudy

/// Counts of designs with several grouping factors and correlated terms. Seeds are fixed.
@Suite struct SimulationDesignTests {
  private let rows = 600

  /// 200 subjects with three correlated terms and one that is independent, crossed with 30 items.
  private func design() -> SimulationDesign {
    func column(_ name: String, _ period: Int) -> DesignColumn {
      DesignColumn(name: name, values: (0..<rows).map { Double($0 % period) - 1 })
    }
    return SimulationDesign(
      rowCount: rows, fixed: [.intercept(rows: rows)],
      factors: [
        RandomFactor(
          name: "subject", grouping: Grouping(numbers: (0..<rows).map { Double($0 % 200) }),
          terms: [.intercept(rows: rows), column("x", 3), column("z", 4), column("w", 5)],
          correlatedSets: [0..<3, 3..<4]),
        RandomFactor(
          name: "item", grouping: Grouping(numbers: (0..<rows).map { Double($0 % 30) }),
          terms: [.intercept(rows: rows)]),
      ], offset: (0..<rows).map { Double($0 % 2) / 4 })
  }

  private let logSDs = [-0.5, -1, -0.8, -1.2, -0.7]
  private let partials = [0.6, -0.3, 0.4]

  private func generator() throws -> FittedModelGenerator {
    try FittedModelGenerator(
      design: design(),
      posterior: Posterior(
        fixedEffects: [0.3], logSDs: logSDs, partialCorrelations: partials), seed: 4)
  }

  /// R from the partial correlations by the textbook's recursion: r_12 and r_13 are partial
  /// correlations themselves, and r_23 = p_23 sqrt((1 - r_12^2) (1 - r_13^2)) + r_12 r_13.
  @Test func theFactorIsThatOfTheCorrelationMatrix() {
    let l = CorrelationFactor(order: 3, partialCorrelations: partials).rows
    func correlation(_ i: Int, _ j: Int) -> Double {
      zip(l[i], l[j]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (first, second, third) = (tanh(0.6), tanh(-0.3), tanh(0.4))
    for i in 0..<3 { #expect(abs(correlation(i, i) - 1) < 1e-15) }
    #expect(abs(correlation(1, 0) - first) < 1e-15)
    #expect(abs(correlation(2, 0) - second) < 1e-15)
    let expected =
      third * ((1 - first * first) * (1 - second * second)).squareRoot() + first * second
    #expect(abs(correlation(2, 1) - expected) < 1e-15)
  }

  /// Second moments of the drawn effects: D R D within a set, nothing between sets and factors.
  @Test func effectsHaveTheirCovariances() throws {
    let generator = try generator()
    let effects = try (0..<40).map { try generator.replicate($0).randomEffects }
    #expect(Set(effects).count == 40)
    #expect(effects.allSatisfy { $0.count == 200 * 4 + 30 })
    let subjects = effects.flatMap { effects in
      (0..<200).map { Array(effects[(4 * $0)..<(4 * $0 + 4)]) }
    }
    let l = CorrelationFactor(order: 3, partialCorrelations: partials).rows
    for i in 0..<4 {
      for j in 0...i {
        let correlation =
          i < 3 ? zip(l[i], l[j]).reduce(0) { $0 + $1.0 * $1.1 } : i == j ? 1 : 0
        MomentCheck.expectMean(
          subjects.map { $0[i] * $0[j] }, correlation * exp(logSDs[i] + logSDs[j]), "\(i), \(j)")
      }
    }
    MomentCheck.expectCentred(effects.flatMap { $0.dropFirst(800) }, sd: exp(logSDs[4]))
  }

  /// The linear predictor of a row is its offset and the effects of its own levels.
  @Test func everyRowHasTheEffectsOfItsLevels() throws {
    let design = design()
    let replicate = try generator().replicate(7)
    let effects = replicate.randomEffects
    let predictor = design.linearPredictor(
      fixedEffects: [0.3], randomEffects: [Array(effects[..<800]), Array(effects[800...])])
    for row in [0, 1, 250, 599] {
      let subject = (0..<4).reduce(0.0) { sum, term in
        sum + effects[4 * (row % 200) + term] * design.factors[0].terms[term].values[row]
      }
      let expected = Double(row % 2) / 4 + 0.3 + subject + effects[800 + row % 30]
      #expect(abs(predictor[row] - expected) < 1e-12)
    }
    // Half of the counts lie within 0.7 SDs of their means; not one lies 8 SDs off.
    for (count, eta) in zip(replicate.counts, predictor) {
      #expect(abs(count - exp(eta)) < 8 * (exp(eta / 2) + 1))
    }
  }

  @Test func correlationsThatDoNotFitTheDesignAreAnError() throws {
    let error = #expect(throws: GenerationError.self) {
      try FittedModelGenerator(
        design: design(), posterior: Posterior(fixedEffects: [0], logSDs: logSDs), seed: 1)
    }
    #expect(
      error?.description.contains(
        "expected 1 fixed effects and 5 log standard deviations with 3 correlations") == true)
  }
}
