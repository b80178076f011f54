import Testing

@testable import PoissonGLMM

/// Against R 4.2.2: `pnorm`, `qnorm`. R and GSL each promise about 1e-15; the tolerance leaves room
/// for both.
@Suite struct MarginalTests {
  let marginal = Marginal(mean: 0.5, standardDeviation: 2)

  private func agrees(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-14 * abs(reference)
  }

  @Test func cumulativeProbability() {
    #expect(agrees(marginal.cumulativeProbability(at: 1.3), 0.65542174161032418))
  }

  @Test func quantiles() {
    #expect(agrees(marginal.quantile(1e-10), -12.222681804808111))
    #expect(agrees(marginal.quantile(0.025), -3.4199279690801077))
    #expect(agrees(marginal.quantile(0.9), 3.0631031310892016))
    #expect(marginal.quantile(0) == -.infinity)
    #expect(marginal.quantile(2).isNaN)
  }

  @Test func intervalsKeepTheirDigitsForSmallAlpha() {
    let interval = marginal.interval(alpha: 1e-20)
    #expect(agrees(interval.lower, -18.172089698468117))
    #expect(agrees(interval.upper, 19.172089698468117))
  }

  @Test func tailsAreTwoSidedAndNeverCancel() {
    #expect(
      agrees(
        Marginal(mean: 23, standardDeviation: 2).twoSidedTailProbability, 1.319154289222735e-30))
    #expect(
      agrees(
        Marginal(mean: -23, standardDeviation: 2).twoSidedTailProbability, 1.319154289222735e-30))
    #expect(agrees(marginal.twoSidedTailProbability, 0.8025873486341526))
    #expect(Marginal(mean: 0, standardDeviation: 1).twoSidedTailProbability == 1)
  }
}
