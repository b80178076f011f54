import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

struct RowResidualTests {
  /// The model without a row.
  private static func without(
    _ row: Int, counts: [Double], x: [Double], groups: [Double]
  ) throws -> (all: PoissonMixedModel, rest: PoissonMixedModel) {
    func model(_ rows: [Int]) throws -> PoissonMixedModel {
      try PoissonMixedModel(
        counts: rows.map { counts[$0] },
        fixed: [
          .intercept(rows: rows.count), DesignColumn(name: "x", values: rows.map { x[$0] }),
        ],
        random: [.intercept(rows: rows.count)],
        grouping: Grouping(numbers: rows.map { groups[$0] }))
    }
    let all = Array(counts.indices)
    return (try model(all), try model(all.filter { $0 != row }))
  }

  /// A quantile residual lies between the normal scores of P(Y < y) and P(Y <= y) of a fit without
  /// its row, which an independent fit gives.
  @Test(arguments: [0, 17, 40, 63, 99])
  func quantileResidualIsThatOfAFitWithoutTheRow(row: Int) throws {
    let stream = try RandomStream(seed: 8, scenario: "t", replicate: 0, purpose: .counts)
    // Interleaved groups, so that the order of the data is not that of the kernels.
    let groups = (0..<100).map { Double($0 % 20) }
    let u = (0..<20).map { _ in stream.normal(sd: 0.6) }
    let x = (0..<100).map { _ in stream.normal() }
    let counts = (0..<100).map { stream.poisson(mean: exp(1 + 0.3 * x[$0] + u[$0 % 20])) }
    let (all, rest) = try Self.without(row, counts: counts, x: x, groups: groups)
    let options = FitOptions(keepsRandomEffects: true)
    let residual = try all.residuals(of: all.fit(options))[row]
    #expect(residual.observed == counts[row])
    let predictor = try Predictor(rest, fit: rest.fit(options))
    let rows = try PredictionRows(
      model: rest,
      fixed: [.intercept(rows: 1), DesignColumn(name: "x", values: [x[row]])],
      random: [.intercept(rows: 1)],
      groupLabels: [Grouping(numbers: [groups[row]]).labels[0]])
    let left = predictor.distributions(of: rows)[0]
    let (below, upTo) = (
      left.countProbability(atMost: counts[row] - 1), left.countProbability(atMost: counts[row])
    )
    // Leaving out a row of five by its share of the precision is an approximation, and another
    // posterior of the SD comes with it: 0.15 SD.
    #expect(residual.quantile > NormalDistribution.quantile(below) - 0.15)
    #expect(residual.quantile < NormalDistribution.quantile(upTo) + 0.15)
  }

  @Test func responseAndPearsonFollowFromTheFittedCount() throws {
    let model = try ModelChecksTests.model(sample: 3)
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let residuals = try model.residuals(of: fit)
    #expect(residuals.count == 320)
    for residual in residuals.prefix(20) {
      #expect(residual.response == residual.observed - residual.fitted)
      #expect(residual.pearson == residual.response / residual.fitted.squareRoot())
    }
    #expect(residuals == (try model.residuals(of: fit, threads: 3)))
    // The score equation of the intercept: the fitted counts add up to the observed ones but for
    // the prior, here within 1 %.
    let (observed, fitted) = residuals.reduce((0.0, 0.0)) { ($0.0 + $1.observed, $0.1 + $1.fitted) }
    #expect(abs(fitted / observed - 1) < 0.01)
  }

  /// Where the model holds both kinds are standard normal: over 320 rows the mean is within 4
  /// standard errors, for new groups those of 40 group effects, and the variance within 0.35.
  @Test(arguments: [false, true])
  func residualsAreStandardNormalWhereTheModelHolds(isCorrelated: Bool) throws {
    let model = try ModelChecksTests.model(sample: 4, isCorrelated: isCorrelated)
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let residuals = try model.residuals(of: fit)
    for (values, bound) in [
      (residuals.map(\.quantile), 0.23), (residuals.map(\.newGroupQuantile), 0.5),
    ] {
      let mean = values.reduce(0, +) / 320
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 319
      #expect(abs(mean) < bound)
      #expect(abs(variance - 1) < 0.35)
    }
  }

  /// With an effect for each row a count is judged by what other rows say of the effects' SD: the
  /// quantile residual lies between the normal scores of the Poisson-lognormal probabilities, here
  /// sums over a fine grid at the posterior means.
  @Test func rowsWithEffectsOfTheirOwnAreJudgedByTheOthers() throws {
    let stream = try RandomStream(seed: 12, scenario: "t", replicate: 0, purpose: .counts)
    let rows = 300
    let counts = (0..<rows).map { _ in stream.poisson(mean: exp(1 + stream.normal(sd: 0.8))) }
    let ones = DesignColumn.intercept(rows: rows)
    let model = try PoissonMixedModel(
      counts: counts, fixed: [ones],
      factors: [
        RandomFactor(
          name: "row", grouping: Grouping(numbers: (0..<rows).map(Double.init)), terms: [ones])
      ])
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let residuals = try model.residuals(of: fit)
    let center = fit.fixedEffects[0].marginal.mean
    let sd = fit.standardDeviations[0].marginal.mean
    func atMost(_ count: Double) -> Double {
      guard count >= 0 else { return 0 }
      return (-400...400).reduce(0) { sum, step in
        let z = 0.02 * Double(step)
        let mean = exp(center + sd * z)
        let probability = (0...Int(count)).reduce(0) {
          $0 + exp(Double($1) * log(mean) - mean - lgamma(Double($1) + 1))
        }
        return sum + 0.02 * exp(-0.5 * z * z) / (2 * Double.pi).squareRoot() * probability
      }
    }
    for row in stride(from: 0, to: rows, by: 23) {
      // The parameters' own uncertainty, of some 0.05 in both, is not in the sums: 0.1 SD.
      let quantile = residuals[row].quantile
      #expect(quantile > NormalDistribution.quantile(atMost(counts[row] - 1)) - 0.1, "\(row)")
      #expect(quantile < NormalDistribution.quantile(atMost(counts[row])) + 0.1, "\(row)")
    }
    // Standard normal: 4 standard errors of 300 independent ones.
    let values = residuals.map(\.quantile)
    let mean = values.reduce(0, +) / Double(rows)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows - 1)
    #expect(abs(mean) < 0.23)
    #expect(abs(variance - 1) < 0.33)
    // Without that effect the counts vary far more than the model says.
    let plain = try PoissonMixedModel(counts: counts, fixed: [ones], factors: [])
    let others = try plain.residuals(of: plain.fit(FitOptions(keepsRandomEffects: true)))
    let squares = others.map(\.quantile).reduce(0) { $0 + $1 * $1 } / Double(rows)
    #expect(squares > 2)
  }

  @Test func residualsNeedTheRandomEffects() throws {
    let model = try ModelChecksTests.model(sample: 5)
    let fit = try model.fit()
    #expect(throws: FitError.self) { try model.residuals(of: fit) }
  }
}
