import Foundation
import Testing

@testable import PoissonGLMM

/// Intraclass correlations, median rate ratios and R^2.
@Suite struct VarianceSummaryTests {
  /// With the parameters known the quantities are closed: against their definitions, the ICC of
  /// counts by a double sum over two rows' linear predictors.
  @Test func theyAreTheirDefinitions() throws {
    let rows = 40
    let x = DesignColumn(name: "x", values: (0..<rows).map { Double($0 % 5) - 2 })
    let model = try PoissonMixedModel(
      counts: (0..<rows).map { Double($0 % 4) }, fixed: [.intercept(rows: rows), x],
      factors: [
        RandomFactor(
          name: "g", grouping: Grouping(numbers: (0..<rows).map { Double($0 / 5) }),
          terms: [.intercept(rows: rows), x], correlatedSets: [0..<2]),
        RandomFactor(
          name: "row", grouping: Grouping(numbers: (0..<rows).map { Double($0) }),
          terms: [.intercept(rows: rows)]),
      ])
    let (s, z) = ([log(0.5), log(0.3), log(0.4)], atanh(-0.4))
    var posterior = Posterior(fixedEffects: [0.2, 0.6], logSDs: s, partialCorrelations: [z])
    posterior.skewedCombinations = []
    let fit = PoissonMixedModelFit(
      approximation: .structured, posterior: posterior, fixedNames: model.fixedNames,
      factors: model.factors, evidenceLowerBound: 0, logEvidence: nil,
      optimization: OptimizationSummary(
        bounds: [0], boundRoundingError: 0, stopReason: .converged, iterations: 1),
      warnings: [])
    let summary = try fit.varianceSummary(of: model)
    // x has mean 0 and mean square 2 over the rows; so the correlation adds nothing.
    let (group, row) = (0.25 + 2 * 0.09, 0.16)
    let fixed = 0.36 * 2 * Double(rows) / Double(rows - 1)
    let mean = 1.5
    let observation = log(1 + 1 / mean)
    func expect(_ quantity: VarianceSummary.Quantity, _ value: Double, _ name: Comment) {
      for number in [quantity.median, quantity.lower, quantity.upper] {
        #expect(abs(number - value) < 1e-9, name)
      }
    }
    #expect(abs(summary.meanCount - mean) < 1e-12)
    #expect(abs(summary.observationVariance - observation) < 1e-12)
    expect(summary.fixedVariance, fixed, "fixed")
    expect(summary.factors[0].variance, group, "g")
    expect(summary.factors[1].variance, row, "row")
    let total = fixed + group + row + observation
    expect(summary.marginalR2, fixed / total, "marginal")
    expect(summary.conditionalR2, (fixed + group) / total, "conditional")
    expect(summary.factors[0].latentICC, group / (group + row + observation), "latent")
    // Phi^-1(3/4) from tables.
    expect(
      summary.factors[0].medianRateRatio, exp(0.6744897501960817 * (2 * group).squareRoot()), "MRR")
    // Two counts of mean 1.5 with a common effect of variance `group` and own ones of `row`.
    let level = log(mean) - (group + row) / 2
    var (covariance, variance, weight) = (0.0, 0.0, 0.0)
    for i in -400...400 {
      let u = Double(i) * 0.02
      let w = exp(-u * u / 2)
      weight += w
      // Given u a count has mean exp(level + u sd + row / 2).
      let given = exp(level + u * group.squareRoot() + row / 2)
      covariance += w * (given - mean) * (given - mean)
      variance += w * (given + given * given * exp(row) - mean * mean)
    }
    expect(summary.factors[0].countICC, (covariance / weight) / (variance / weight), "counts")
  }

  /// With one factor its quantities are monotone functions of the SD, whose quantiles are known:
  /// draws of it have its distribution. Four standard errors of a median from 8,000 draws are 0.06
  /// SD, of a 2.5 % point 0.12 SD.
  @Test func drawsHaveTheDistributionOfTheSD() throws {
    let model = try ReferenceData("few_groups").model()
    let fit = try model.fit()
    let summary = try fit.varianceSummary(of: model)
    let logSD = fit.logStandardDeviations[0].marginal
    let interval = logSD.interval(alpha: 0.05)
    let sd = logSD.standardDeviation
    let found = summary.factors[0].variance
    #expect(abs(0.5 * log(found.median) - logSD.quantile(0.5)) < 0.06 * sd)
    #expect(abs(0.5 * log(found.lower) - interval.lower) < 0.12 * sd)
    #expect(abs(0.5 * log(found.upper) - interval.upper) < 0.12 * sd)
    #expect(summary.marginalR2.lower >= 0)
    #expect(summary.conditionalR2.upper <= 1)
    #expect(summary.marginalR2.median < summary.conditionalR2.median)
  }

  /// The median rate ratio is about means, whatever the counts are given these.
  @Test func medianRateRatiosAreThoseOfEveryFamily() throws {
    let data = try ReferenceData("epilepsy")
    let model = try data.model()
    let fit = try model.fit()
    let summary = try fit.varianceSummary(of: model, alpha: 0.1)
    #expect(
      try fit.medianRateRatios(of: model, alpha: 0.1) == summary.factors.map(\.medianRateRatio))
  }

  @Test func withoutEventsNothingIsExplained() throws {
    let model = try PoissonMixedModel(
      counts: [0, 0, 0, 0], fixed: [.intercept(rows: 4)], random: [.intercept(rows: 4)],
      grouping: Grouping(labels: ["a", "a", "b", "b"]))
    let summary = try model.fit().varianceSummary(of: model)
    #expect(summary.meanCount == 0)
    #expect(summary.observationVariance == .infinity)
    #expect(summary.marginalR2.median == 0)
    #expect(summary.factors[0].latentICC.upper == 0)
    #expect(summary.factors[0].countICC.upper == 0)
  }

  @Test func aRegressionHasNoFactors() throws {
    let x = DesignColumn(name: "x", values: [0, 1, 0, 1, 2])
    let model = try PoissonMixedModel(
      counts: [1, 3, 0, 2, 5], fixed: [.intercept(rows: 5), x], factors: [])
    let summary = try model.fit().varianceSummary(of: model)
    #expect(summary.factors.isEmpty)
    #expect(summary.marginalR2 == summary.conditionalR2)
  }
}
