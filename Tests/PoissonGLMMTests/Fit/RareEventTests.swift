import Foundation
import Testing

@testable import PoissonGLMM

/// Few events among many zeros under wide priors, where the variational mean of b at a large SD is
/// many posterior SDs from the peak of log p(y, b | s).
@Suite struct RareEventTests {
  /// `events` groups of 2 have one event, the others none.
  private func model(rows: Int, events: Int, priors: Priors) throws -> PoissonMixedModel {
    let apart = rows / 2 / events
    let counts = (0..<rows).map { row in
      row % 2 == 0 && row / 2 % apart == 0 && row / 2 / apart < events ? 1.0 : 0
    }
    return try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: rows)], random: [.intercept(rows: rows)],
      grouping: Grouping(numbers: (0..<rows).map { Double($0 / 2) }), priors: priors)
  }

  /// Exact numbers by sums over a grid of b, s and u (numpy 2.2); expanded about the variational
  /// mean, b was -3.23, -0.38 and -17.1.
  @Test(arguments: [
    (10_000, 20, 10.0, -6.67, 0.57, -148.66), (30_000, 20, 5, -7.75, 0.59, -170.86),
    (200, 2, 20, -5.90, 2.03, -14.67),
  ])
  func theInterceptIsRight(
    rows: Int, events: Int, priorSD: Double, mean: Double, sd: Double, logEvidence: Double
  ) throws {
    let fit = try model(rows: rows, events: events, priors: Priors(fixedEffectSD: priorSD)).fit()
    let found = fit.fixedEffects[0].marginal
    #expect(fit.optimization.converged)
    #expect((found.mean - mean).magnitude < 0.1 * sd)
    // With 2 events the posterior of b has a tail that one Gaussian for each s leaves out: 1.76 for
    // 2.03 was found.
    #expect((found.standardDeviation / sd - 1).magnitude < (events < 10 ? 0.2 : 0.05))
    #expect((try #require(fit.logEvidence) - logEvidence).magnitude < 0.15)
  }

  @Test(arguments: [2.0, 3])
  func intervalsOfSDsHoldTheirMedian(logSDSD: Double) throws {
    let fit = try model(rows: 10_000, events: 20, priors: Priors(logSDSD: logSDSD)).fit()
    let s = fit.logStandardDeviations[0].marginal
    let (lower, upper) = s.interval(alpha: 0.05)
    #expect(lower < s.mean && s.mean < upper)
    // `integrated` says 1.2; what the evidence adds is not a factor of 3.
    #expect(upper < log(2))
  }
}
