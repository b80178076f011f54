import Foundation
import Testing

@testable import PoissonGLMM

/// Pareto smoothing against R's package loo 2.5.1, by `Reference/psis.R`.
@Suite struct ParetoSmoothingTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let name: String
      let logRatios: [Double]
      let logWeights: [Double]
      let shape: Double
    }
    let program: String
    let cases: [Case]
  }

  @Test func weightsAndShapesAreThoseOfLoo() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode(
      Golden.self, from: Data(contentsOf: ReferenceData.url("psis.json")))
    #expect(golden.program.contains("loo 2.5.1"))
    #expect(golden.cases.count == 3)
    for entry in golden.cases {
      let smoothed = ParetoSmoothing(logRatios: entry.logRatios)
      // The same formulas, sums in another order.
      #expect(abs(smoothed.shape - entry.shape) < 1e-9, "\(entry.name)")
      // loo's weights are known up to a constant as well.
      let shift = entry.logWeights[0] - smoothed.logWeights[0]
      for (weight, expected) in zip(smoothed.logWeights, entry.logWeights) {
        #expect(abs(weight + shift - expected) < 1e-9, "\(entry.name)")
      }
    }
  }

  @Test func equalRatiosHaveNoTail() {
    let smoothed = ParetoSmoothing(logRatios: [Double](repeating: 2, count: 100))
    #expect(smoothed.shape == .infinity)
    #expect(smoothed.logWeights == [Double](repeating: 0, count: 100))
    #expect(abs(smoothed.logMean([Double](repeating: -3, count: 100)) + 3) < 1e-12)
  }
}
