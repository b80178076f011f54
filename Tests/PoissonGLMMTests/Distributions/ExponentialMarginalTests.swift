import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct ExponentialMarginalTests {
  /// R 4.2.2: `plnorm`, `qlnorm` and the closed forms of the moments.
  @Test func aNormalGivesTheLognormalDistribution() {
    let marginal = ExponentialMarginal(of: Marginal(mean: -0.3, standardDeviation: 0.8))
    func agrees(_ value: Double, _ reference: Double) -> Bool {
      abs(value / reference - 1) < 1e-13
    }
    #expect(agrees(marginal.mean, 1.0202013400267558))
    #expect(agrees(marginal.standardDeviation, 0.96595391092849736))
    #expect(agrees(marginal.cumulativeProbability(at: 2.5), 0.93579016796319747))
    #expect(agrees(marginal.interval(alpha: 0.05).lower, 0.15443666721366572))
    #expect(agrees(marginal.interval(alpha: 0.05).upper, 3.5536355840594265))
    #expect(agrees(marginal.median, exp(-0.3)))
    #expect(marginal.cumulativeProbability(at: -1) == 0)
    #expect(marginal.quantile(0) == 0)
  }

  /// Far beyond a double's range, and with almost no spread.
  @Test func momentsNeitherOverflowToNaNNorCancel() {
    let huge = ExponentialMarginal(of: Marginal(mean: 0, standardDeviation: 100))
    #expect(huge.mean == .infinity && huge.standardDeviation == .infinity)
    #expect(huge.median == 1)
    let narrow = ExponentialMarginal(of: Marginal(mean: 2, standardDeviation: 1e-9))
    #expect(abs(narrow.standardDeviation / (1e-9 * exp(2)) - 1) < 1e-8)
  }

  /// SDs between groups against the reference's posterior means, on finer grids over s, within
  /// 0.002 posterior SD; and against the ends that 40,000 NUTS draws have: a 2.5 % point of the
  /// draws is itself uncertain by about 0.025 SD of the log.
  @Test(arguments: ReferenceData.names, [Approximation.integrated, .corrected])
  func standardDeviationsAgreeWithTheReference(name: String, approximation: Approximation) throws {
    let reference = try ReferenceData(name)
    let fit = try reference.model().fit(FitOptions(approximation: approximation))
    let expected = try #require(reference.answer(approximation).sdMean)
    #expect(fit.standardDeviations.map(\.name) == reference.answers.random)
    for (k, posterior) in fit.standardDeviations.enumerated() {
      let marginal = posterior.marginal
      let what = Comment(rawValue: "\(posterior.name) \(marginal.mean) \(expected[k])")
      #expect(abs(marginal.mean - expected[k]) < 0.002 * marginal.standardDeviation, what)
      guard approximation == .corrected else { continue }
      let draws = reference.answers.nuts.sd
      let logSD = reference.answers.nuts.logSd.sd[k]
      let interval = marginal.interval(alpha: 0.05)
      // As for the log SDs: on sets of few or sparse counts up to 0.11.
      let tolerance = name.hasPrefix("seed_example") || name == "sparse_counts" ? 0.11 : 0.07
      #expect(abs(log(interval.lower / draws.q025[k])) < tolerance * logSD, what)
      #expect(abs(log(interval.upper / draws.q975[k])) < tolerance * logSD, what)
    }
  }

  /// The SD of an SD under a density on a lattice, against its own distribution function integrated
  /// by the trapezoidal rule: E X^k = integral of k x^(k-1) P(X > x).
  @Test func theMomentsOfALatticeAreThoseOfItsDistribution() throws {
    for name in ["epilepsy", "random_intercept", "exposure"] {
      let fit = try ReferenceData(name).model().fit()
      let marginal = try #require(fit.standardDeviations.first).marginal
      let end = marginal.quantile(1 - 1e-9)
      let points = 20_000
      var (first, second) = (0.0, 0.0)
      for index in 0..<points {
        let x = end * (Double(index) + 0.5) / Double(points)
        let tail = 1 - marginal.cumulativeProbability(at: x)
        first += tail * end / Double(points)
        second += 2 * x * tail * end / Double(points)
      }
      // Between points of the lattice the density is a cubic's exponential, good to some 1e-4.
      #expect(abs(first / marginal.mean - 1) < 1e-3)
      let sd = (second - first * first).squareRoot()
      #expect(abs(sd / marginal.standardDeviation - 1) < 5e-3, "\(name) \(sd)")
    }
  }
}
