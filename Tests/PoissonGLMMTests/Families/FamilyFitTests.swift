import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Fits of families other than Poisson at given hyperparameters, and in corners.
@Suite struct FamilyFitTests {
  private static let others = CountFamily.allCases.filter { $0 != .poisson }

  private static func problem(_ family: CountFamily) throws -> GeneralProblem {
    let ones = [Double](repeating: 1, count: InterceptFamilyOracle.counts.count)
    let factor = RandomFactor(
      name: "group", grouping: Grouping(numbers: (0..<48).map { Double($0 / 4) }),
      terms: [DesignColumn(name: "Intercept", values: ones)])
    return try GeneralProblem(
      DesignData(
        counts: InterceptFamilyOracle.counts, offset: nil, fixed: [ones], factors: [factor],
        family: family),
      priors: Priors())
  }

  /// F + R, the mean and the SD of the fixed effect at given hyperparameters. What is left of the
  /// evidence is that of the estimate R; `model-general` measured .000 to .023 for such data.
  @Test(
    arguments: [
      (CountFamily.negativeBinomial, [-0.8, -0.2]), (.negativeBinomial, [0, -0.2]),
      (.zeroInflatedPoisson, [-0.8, -1.2]), (.zeroInflatedPoisson, [0, -1.2]),
      (.zeroInflatedNegativeBinomial, [-0.4, -0.7, -1.5]),
    ]) func evidenceAtGivenHyperparametersIsExact(family: CountFamily, phi: [Double]) throws
  {
    let fit = ConditionalGaussianFit(try Self.problem(family))
    let monitor = try fit.maximize(at: phi, from: nil, maximumIterations: 1000).monitor
    let node = fit.node(at: phi, monitor)
    let correction = fit.correction(of: node)
    let share = family.hasZeroShare ? 1 / (1 + exp(-phi[phi.count - 1])) : 0
    let size = family.hasSize ? exp(-2 * phi[1]) : 0
    let exact = InterceptFamilyOracle.exact(logSD: phi[0]) { y, eta in
      let own =
        family.hasSize
        ? InterceptFamilyOracle.negativeBinomial(y, eta, size: size)
        : y * eta - exp(eta) - lgamma(y + 1)
      return log((y == 0 ? share : 0) + (1 - share) * exp(own))
    }
    let evidence = try #require(correction.evidence)
    #expect(node.bound < exact.evidence)
    #expect((node.bound + evidence - exact.evidence).magnitude < 0.02)
    let corrected = correction.applied(to: node, meanShifts: try #require(fit.meanShifts()))
    let sd = corrected.fixedCovariance[0, 0].squareRoot()
    #expect((corrected.fixedMean[0] - exact.mean).magnitude < 0.01 * exact.sd)
    #expect((sd / exact.sd - 1).magnitude < 0.005)
  }

  /// The gradient by all hyperparameters, against differences of the bound.
  @Test(arguments: others)
  func gradientsAreDerivatives(family: CountFamily) throws {
    let problem = try Self.problem(family)
    let fit = ConditionalGaussianFit(problem, tolerance: 1e-16)
    let phi = [-0.5] + family.parameters.map { $0 == .logitZeroShare ? -1.3 : -0.4 }
    func value(_ phi: [Double]) throws -> (value: Double, gradient: [Double]) {
      let fit = try fit.maximize(at: phi, from: nil, maximumIterations: 2000)
      return (fit.value, fit.gradient)
    }
    let gradient = try value(phi).gradient
    for index in phi.indices {
      var (below, above) = (phi, phi)
      below[index] -= 1e-3
      above[index] += 1e-3
      let difference = (try value(above).value - value(below).value) / 2e-3
      #expect((gradient[index] - difference).magnitude < 1e-4 * (1 + difference.magnitude))
    }
  }

  private static func model(
    _ counts: [Double], _ family: CountFamily
  ) throws -> PoissonMixedModel {
    let ones = [Double](repeating: 1, count: counts.count)
    return try PoissonMixedModel(
      counts: counts,
      fixed: [
        DesignColumn(name: "Intercept", values: ones),
        DesignColumn(name: "x", values: counts.indices.map { Double($0 % 3) - 1 }),
      ],
      random: [DesignColumn(name: "Intercept", values: ones)],
      grouping: Grouping(numbers: counts.indices.map { Double($0 / 4) }), family: family)
  }

  private static let corners: [(String, [Double])] = [
    ("all zero", [Double](repeating: 0, count: 40)),
    ("all equal", [Double](repeating: 3, count: 40)),
    ("one event", (0..<40).map { $0 == 17 ? 1 : 0 }),
    ("one large count", (0..<40).map { $0 == 17 ? 100_000 : 1 }),
    ("few above 0", (0..<40).map { $0 % 13 == 0 ? 5 : 0 }),
    ("large counts", (0..<40).map { Double(900 + 37 * ($0 % 11)) }),
    ("rows of 0 among large counts", (0..<40).map { $0 % 4 == 0 ? 0 : 200 }),
  ]

  /// Numbers are finite, and a bound on the way up never falls; or there is a reason.
  @Test(
    arguments: corners,
    [CountFamily.negativeBinomial, .zeroInflatedPoisson, .zeroInflatedNegativeBinomial])
  func cornersHaveFiniteNumbersOrAReason(corner: (String, [Double]), family: CountFamily) throws {
    for approximation in Approximation.allCases {
      let name = Comment(rawValue: "\(corner.0), \(family), \(approximation)")
      do {
        let fit = try Self.model(corner.1, family).fit(FitOptions(approximation: approximation))
        #expect(fit.isFinite, name)
        #expect(fit.familyParameters.count == family.parameters.count, name)
        let bounds = fit.optimization.bounds
        for (before, after) in zip(bounds, bounds.dropFirst()) {
          #expect(after >= before - fit.optimization.boundRoundingError - 1e-9, name)
        }
      } catch let error as FitError {
        #expect(!error.description.isEmpty, name)
        Issue.record("\(name): \(error.description)", severity: .warning)
      }
    }
  }

  /// The bounds are in their order: independent hyperparameters, then free ones.
  @Test(arguments: others)
  func boundsAreInOrder(family: CountFamily) throws {
    let model = try Self.model(InterceptFamilyOracle.counts, family)
    let bounds = try [Approximation.meanField, .structured, .integrated].map {
      try model.fit(FitOptions(approximation: $0)).evidenceLowerBound
    }
    #expect(bounds[0] < bounds[1])
    #expect(bounds[1] < bounds[2])
  }

  /// A regression, without random effects: the posterior by sums over a grid of the intercept and
  /// the family's parameter, and the largest likelihood.
  @Test(arguments: [CountFamily.negativeBinomial, .zeroInflatedPoisson])
  func regressionsAgreeWithSumsOverAGrid(family: CountFamily) throws {
    let counts = InterceptFamilyOracle.counts
    let ones = [Double](repeating: 1, count: counts.count)
    let model = try PoissonMixedModel(
      counts: counts, fixed: [DesignColumn(name: "Intercept", values: ones)], factors: [],
      family: family)
    let priorSD = family.hasSize ? 1 : FamilyParameter.logitZeroShareSD
    var (total, best) = (0.0, -Double.infinity)
    var (sums, squares) = ([0.0, 0.0], [0.0, 0.0])
    for b in stride(from: -1.5, through: 2.5, by: 0.01) {
      for a in stride(from: -5.0, through: 3, by: 0.02) {
        let likelihood = counts.reduce(0.0) { sum, y in
          if family.hasSize {
            return sum + InterceptFamilyOracle.negativeBinomial(y, b, size: exp(-2 * a))
          }
          let share = 1 / (1 + exp(-a))
          let own = exp(y * b - exp(b) - lgamma(y + 1))
          return sum + log((y == 0 ? share : 0) + (1 - share) * own)
        }
        best = max(best, likelihood)
        let mass = exp(likelihood - b * b / 8 - a * a / (2 * priorSD * priorSD) + 100)
        total += mass
        for (index, value) in [b, a].enumerated() {
          sums[index] += mass * value
          squares[index] += mass * value * value
        }
      }
    }
    let fit = try model.fit()
    #expect(fit.optimization.converged)
    let marginals = [fit.fixedEffects[0].marginal, fit.familyParameters[0].marginal]
    for (index, marginal) in marginals.enumerated() {
      let mean = sums[index] / total
      let sd = (squares[index] / total - mean * mean).squareRoot()
      // R corrects single rows exactly to second order of their variances, which are .03 here.
      #expect((marginal.mean - mean).magnitude < 0.03 * sd, "\(family) \(index)")
      #expect((marginal.standardDeviation / sd - 1).magnitude < 0.02, "\(family) \(index)")
    }
    // Normal priors of SDs 2 and 1 or 1.5 have the densities 1 / (sqrt(2 pi) SD) at 0.
    let evidence = log(total * 0.01 * 0.02) - 100 - log(2 * Double.pi * 2 * priorSD)
    #expect((try #require(fit.logEvidence) - evidence).magnitude < 0.02)
    let largest = try model.maximumLikelihood(from: fit)
    // The grid's best is off by less than half a squared step over the variances.
    #expect((largest.criteria.logLikelihood - best).magnitude < 0.01)
    for approximation in [Approximation.meanField, .structured, .integrated] {
      #expect(try model.fit(FitOptions(approximation: approximation)).isFinite)
    }
    #expect(!model.checks(of: fit).isEmpty)
  }

  /// Variance summaries of other families are refused.
  @Test func whatIsNotSupportedIsRefused() throws {
    let other = try Self.model(InterceptFamilyOracle.counts, .negativeBinomial)
    let fit = try other.fit()
    #expect(throws: FitError.self) { try fit.varianceSummary(of: other) }
    // Of the variances it is the median rate ratio that does not depend on the family: a function
    // of the SD, but for the 0.015 SDs by which the median of 8,000 draws is off.
    let ratio = try fit.medianRateRatios(of: other, alpha: 0.05)[0].median
    let sd = exp(fit.logStandardDeviations[0].marginal.quantile(0.5))
    #expect(abs(log(ratio) / (2.0.squareRoot() * 0.6745 * sd) - 1) < 0.05)
  }
}
