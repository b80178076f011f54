import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The optimum among the rows' rates against that of the ascent.
@Suite struct RowSpaceOptimumTests {
  private func model(rows: Int, columns: Int) throws -> PoissonMixedModel {
    let stream = try RandomStream(seed: 21, scenario: "t", replicate: 0, purpose: .counts)
    let fixed =
      [DesignColumn.intercept(rows: rows)]
      + (0..<columns).map { c in
        DesignColumn(name: "x\(c)", values: (0..<rows).map { _ in stream.normal() })
      }
    return try PoissonMixedModel(
      counts: (0..<rows).map { _ in stream.poisson(mean: 2) }, fixed: fixed,
      random: [.intercept(rows: rows)],
      grouping: Grouping(numbers: (0..<rows).map { Double($0 / 5) }))
  }

  /// In a model of few columns, which the ascent has no trouble with: at the term precision where
  /// it ends, means and covariances are the same to the 1e-8 of an SD that it leaves.
  @Test func itIsWhereTheAscentEnds() throws {
    let model = try model(rows: 40, columns: 2)
    let maximizer = model.boundMaximizer(FitOptions(approximation: .structured))
    let logSD = -0.4
    _ = try maximizer.maximize()
    let conditional = try maximizer.maximize(at: [logSD], from: nil)
    let optimum = try #require(
      RowSpaceOptimum(model.data, fixedPrecision: 0.25, termPrecisions: [exp(-2 * logSD)]))
    let state = GaussianState(model.data.shape)
    optimum.fill(state)
    for c in 0..<3 {
      let sd = conditional.posterior.fixedCovariance[c, c].squareRoot()
      let difference = state.fixedMean.pointer[c] - conditional.posterior.fixedMean[c]
      #expect(difference.magnitude < 1e-4 * sd)
    }
    for j in 0..<8 {
      #expect(
        (state.randomMean.pointer[j] - conditional.posterior.randomMean[j]).magnitude < 1e-4)
    }
  }

  /// More effects than rows: a posterior like any other, which took more than a thousand steps.
  @Test func moreEffectsThanRowsConverge() throws {
    let model = try model(rows: 40, columns: 100)
    let fit = try model.fit(FitOptions(approximation: .structured))
    #expect(fit.optimization.converged)
    #expect(fit.optimization.iterations < 500)
    #expect(fit.fixedEffects.allSatisfy { $0.marginal.standardDeviation < 2 })
  }

  @Test func moreRowsAreLeftToTheAscent() throws {
    let model = try model(rows: 405, columns: 1)
    #expect(RowSpaceOptimum(model.data, fixedPrecision: 0.25, termPrecisions: [1]) == nil)
  }
}
