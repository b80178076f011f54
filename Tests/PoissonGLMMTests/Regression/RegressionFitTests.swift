import Foundation
import Testing

@testable import PoissonGLMM

/// Models without random effects.
@Suite struct RegressionFitTests {
  /// Posteriors on a grid: `Reference/exact_regressions.py`.
  private struct Exact: Decodable {
    let y: [Double]
    let x: [[Double]]
    let offset: [Double]
    let logEvidence: Double
    let mean: [Double]
    let covariance: [[Double]]
    let q025: [Double]
    let q975: [Double]

    func model(priors: Priors = Priors()) throws -> PoissonMixedModel {
      try PoissonMixedModel(
        counts: y,
        fixed: x.enumerated().map { DesignColumn(name: "x\($0)", values: $1) },
        factors: [], offset: offset, priors: priors)
    }
  }

  private static func exact() throws -> [String: Exact] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      [String: Exact].self, from: Data(contentsOf: ReferenceData.url("exact_regressions.json")))
  }

  /// The promise of `corrected` for mixed models: SDs within 2.5 %, means within 0.04 SD, ends
  /// within 0.06 SD.
  @Test(arguments: ["ten rows", "few events", "large counts"])
  func correctedAgreesWithQuadrature(name: String) throws {
    let exact = try #require(try Self.exact()[name])
    let fit = try exact.model().fit()
    #expect(fit.optimization.converged)
    #expect(fit.warnings.allSatisfy { !$0.contains("converged") })
    for (c, effect) in fit.fixedEffects.enumerated() {
      let sd = exact.covariance[c][c].squareRoot()
      let interval = effect.marginal.interval(alpha: 0.05)
      #expect(abs(effect.marginal.mean - exact.mean[c]) < 0.04 * sd, "\(c)")
      #expect(abs(effect.marginal.standardDeviation / sd - 1) < 0.025, "\(c)")
      #expect(abs(interval.lower - exact.q025[c]) < 0.06 * sd, "\(c)")
      #expect(abs(interval.upper - exact.q975[c]) < 0.06 * sd, "\(c)")
      for (d, value) in exact.covariance[c].enumerated() {
        let size = sd * exact.covariance[d][d].squareRoot()
        #expect(abs(fit.fixedCovariance[c, d] - value) < 0.025 * size, "\(c), \(d)")
      }
    }
    // R is too small by 3 to 6 % of what the bound lacks here.
    let logEvidence = try #require(fit.logEvidence)
    #expect(fit.evidenceLowerBound <= exact.logEvidence)
    let gap = exact.logEvidence - fit.evidenceLowerBound
    #expect(abs(logEvidence - exact.logEvidence) < 0.1 * gap)
  }

  /// Without an event the posterior is far from a Gaussian, and only the order of things is right.
  @Test func withoutEventsTheBoundIsOne() throws {
    let exact = try #require(try Self.exact()["no events"])
    let fits = try Approximation.allCases.map {
      try exact.model().fit(FitOptions(approximation: $0))
    }
    for fit in fits {
      #expect(fit.optimization.converged)
      // Under corrected it rests on the integral of a line, which is within 1e-3.
      let slack = fit.approximation == .corrected ? 1e-3 : 0
      #expect(fit.evidenceLowerBound <= exact.logEvidence + slack)
      #expect(fit.warnings.contains { $0.contains("All counts are zero") })
      for (c, effect) in fit.fixedEffects.enumerated() {
        let sd = exact.covariance[c][c].squareRoot()
        #expect(abs(effect.marginal.mean - exact.mean[c]) < 0.25 * sd, "\(fit.approximation), \(c)")
      }
    }
    #expect(fits[0].evidenceLowerBound <= fits[1].evidenceLowerBound)
    #expect(fits[1].evidenceLowerBound == fits[2].evidenceLowerBound)
  }

  /// F of the optimum against the definition, by a derivative-free check: no other Gaussian nearby
  /// has a larger one.
  @Test(arguments: [Approximation.meanField, .structured])
  func theOptimumIsOne(approximation: Approximation) throws {
    let exact = try #require(try Self.exact()["few events"])
    let fit = try exact.model().fit(FitOptions(approximation: approximation))
    let (m, s) = (fit.fixedEffects.map(\.marginal.mean), fit.fixedCovariance)
    func bound(_ m: [Double], _ s: Matrix) -> Double {
      var value = 0.0
      for i in exact.y.indices {
        let x = exact.x.map { $0[i] }
        let eta = zip(x, m).reduce(exact.offset[i]) { $0 + $1.0 * $1.1 }
        value += exact.y[i] * eta - exp(eta + 0.5 * s.quadraticForm(x)) - lgamma(exact.y[i] + 1)
      }
      for c in m.indices { value -= 0.125 * (m[c] * m[c] + s[c, c]) + log(2) }
      return value + 0.5 * (Double(m.count) + s.logDeterminant)
    }
    let best = bound(m, s)
    // Sums of a dozen terms, in another order.
    #expect(abs(best - fit.evidenceLowerBound) < 1e-12)
    for c in m.indices {
      for step in [-1e-3, 1e-3] {
        var moved = m
        moved[c] += step
        #expect(bound(moved, s) < best)
        var wider = s
        wider[c, c] *= 1 + step
        #expect(bound(m, wider) < best)
        for d in 0..<c where approximation == .structured {
          var turned = s
          turned[c, d] += step * s[c, c]
          turned[d, c] = turned[c, d]
          #expect(bound(m, turned) < best)
        }
      }
    }
  }

  private struct GLM: Decodable {
    struct Fit: Decodable {
      let data: String
      let formula: String
      let estimates, means: [Double]
      let covariance: [Double]
      let logLikelihood, aic, bic: Double
    }
    let program: String
    let fits: [Fit]
  }

  /// R 4.2.2's `glm`, by `Reference/regression_glm.R`, which also has the means of the likelihood
  /// to first order, off the estimates by some 0.09 SD; what is left out is of second order, the
  /// square of that. The log-likelihood there is lower by half the square.
  @Test func widePriorsGiveTheEstimatesOfGLM() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode(
      GLM.self, from: Data(contentsOf: ReferenceData.url("regression_glm.json")))
    #expect(golden.program.contains("R version 4.2.2"))
    #expect(golden.fits.count == 2)
    for reference in golden.fits {
      let formula = try Formula(reference.formula)
      let table = try CSVReader.read(
        path: ReferenceData.url("\(reference.data).csv").path, columns: formula.columnRequests)
      let model = try PoissonMixedModel(
        formula: formula, data: table, priors: Priors(fixedEffectSD: 1000))
      let fit = try model.fit()
      let p = reference.estimates.count
      try #require(fit.fixedEffects.count == p)
      for c in 0..<p {
        let sd = reference.covariance[c * p + c].squareRoot()
        let marginal = fit.fixedEffects[c].marginal
        #expect(abs(marginal.mean - reference.means[c]) < 0.01 * sd, "\(reference.data) \(c)")
        #expect(abs(marginal.standardDeviation / sd - 1) < 0.01, "\(reference.data) \(c)")
      }
      let criteria = try model.informationCriteria(of: fit)
      #expect(abs(criteria.logLikelihood - reference.logLikelihood) < 0.01)
      #expect(criteria.logLikelihood <= reference.logLikelihood + 1e-9)
      #expect(abs(criteria.aic - reference.aic) < 0.02)
      #expect(abs(criteria.bic - reference.bic) < 0.02)
      // At the estimates themselves it is R's.
      let own = try model.informationCriteria(
        fixedEffects: reference.estimates, logStandardDeviations: [])
      #expect(abs(own.logLikelihood - reference.logLikelihood) < 1e-9)
    }
  }

  /// The likelihood of a mixed model whose random effects are known to be next to nothing is that
  /// of the regression; so are the fits.
  @Test func isTheLimitOfAMixedModel() throws {
    let exact = try #require(try Self.exact()["ten rows"])
    let plainModel = try exact.model()
    let plain = try plainModel.fit()
    let x = exact.x.enumerated().map { DesignColumn(name: "x\($0)", values: $1) }
    let tiny = DesignColumn(name: "z", values: exact.y.map { _ in 1e-8 })
    let mixedModel = try PoissonMixedModel(
      counts: exact.y, fixed: x, random: [tiny],
      grouping: Grouping(numbers: exact.y.indices.map { Double($0 % 3) }),
      offset: exact.offset)
    let mixed = try mixedModel.fit()
    for (effect, other) in zip(plain.fixedEffects, mixed.fixedEffects) {
      let sd = other.marginal.standardDeviation
      // The two correct the mean in different ways, with few groups the mixed model not at all.
      #expect(abs(effect.marginal.mean - other.marginal.mean) < 0.04 * sd)
      #expect(abs(effect.marginal.standardDeviation / sd - 1) < 0.01)
    }
    // Of a mixture over a held effect, which `corrected` may be, the bound is higher.
    let integrated = FitOptions(approximation: .integrated)
    let bounds = try [plainModel, mixedModel].map { try $0.fit(integrated).evidenceLowerBound }
    #expect(abs(bounds[0] - bounds[1]) < 1e-3)
  }

  @Test func standardizingBringsTheSameBack() throws {
    let exact = try #require(try Self.exact()["ten rows"])
    let wide = try exact.model(priors: Priors(fixedEffectSD: 100))
    let plain = try wide.fit()
    let standardized = try wide.fit(FitOptions(standardizes: true))
    for (effect, other) in zip(plain.fixedEffects, standardized.fixedEffects) {
      // The priors differ, and have next to no weight.
      let sd = effect.marginal.standardDeviation
      #expect(abs(effect.marginal.mean - other.marginal.mean) < 0.01 * sd)
      #expect(abs(effect.marginal.standardDeviation / other.marginal.standardDeviation - 1) < 0.01)
      let (own, theirs) = (
        effect.marginal.interval(alpha: 0.05), other.marginal.interval(alpha: 0.05)
      )
      #expect(abs(own.lower - theirs.lower) < 0.02 * sd)
      #expect(abs(own.upper - theirs.upper) < 0.02 * sd)
    }
  }

  @Test func newRowsArePredicted() throws {
    let exact = try #require(try Self.exact()["ten rows"])
    let model = try exact.model()
    let fit = try model.fit()
    let rows = try PredictionRows(
      model: model,
      fixed: [
        DesignColumn(name: "x0", values: [1, 1]), DesignColumn(name: "x1", values: [0, 2]),
      ], factors: [], offset: [0, log(3)])
    let predictions = try fit.predict(rows, model: model)
    #expect(predictions.count == 2)
    let expected: [([Double], Double)] = [([1, 0], 0), ([1, 2], log(3))]
    for (prediction, (x, offset)) in zip(predictions, expected) {
      let mean = zip(x, fit.fixedEffects).reduce(offset) { $0 + $1.0 * $1.1.marginal.mean }
      let variance = fit.fixedCovariance.quadraticForm(x)
      #expect(!prediction.isNewGroup)
      // The closed form of a lognormal, in another order of operations.
      #expect(abs(try #require(prediction.mean) / exp(mean + variance / 2) - 1) < 1e-12)
      #expect(abs(prediction.median / exp(mean) - 1) < 1e-12)
    }
  }

  /// Nothing crashes, and what comes out are numbers or a sentence.
  @Test func extremesAreFittedOrRefused() throws {
    let cases: [([Double], Double)] = [
      ([0, 0, 0], 1), ([1e9, 1, 0], 1), ([5, 3, 2], 1e-12), ([5, 3, 2], 1e12),
      ([1e12, 1e12, 0], 1),
    ]
    for (counts, scale) in cases {
      let x = DesignColumn(name: "x", values: [scale, -scale, 2 * scale])
      let model = try PoissonMixedModel(
        counts: counts, fixed: [.intercept(rows: 3), x], factors: [])
      for approximation in Approximation.allCases {
        guard let fit = try? model.fit(FitOptions(approximation: approximation)) else { continue }
        #expect(
          fit.fixedEffects.allSatisfy {
            $0.marginal.mean.isFinite && $0.marginal.standardDeviation > 0
          }, "\(counts), \(scale), \(approximation)")
      }
    }
    // No effect at all.
    let empty = try PoissonMixedModel(counts: [1, 2], fixed: [], factors: []).fit()
    #expect(empty.fixedEffects.isEmpty)
    // log p(y) = -2 + log(1 / 2!)
    #expect(abs(empty.evidenceLowerBound - (-2 - log(2))) < 1e-12)
  }
}
