import Foundation
import Testing

@testable import PoissonGLMM

/// The linear predictor of rows, which the data themselves may be, under fits of general designs.
@Suite struct GeneralPredictionTests {
  /// Mean and variance of the linear predictor, row by row.
  private struct Moments {
    var means: [Double] = []
    var variances: [Double] = []
  }

  /// The rows of the data themselves; in the factors named all levels are new.
  private func rows(
    _ model: PoissonMixedModel, _ dense: DenseGeneralModel, new: Set<Int> = []
  ) throws -> PredictionRows {
    try PredictionRows(
      model: model,
      fixed: zip(model.fixedNames, dense.fixedColumns).map {
        DesignColumn(name: $0, values: $1)
      },
      factors: dense.randomFactors.enumerated().map { index, factor in
        guard new.contains(index) else { return factor }
        let labels = factor.grouping.groupOfRow.map { "new \($0)" }
        return RandomFactor(
          name: factor.name, grouping: Grouping(labels: labels), terms: factor.terms,
          correlatedSets: factor.correlatedSets)
      }, offset: dense.offset)
  }

  private func predicted(
    _ model: PoissonMixedModel, _ fit: PoissonMixedModelFit, _ rows: PredictionRows
  ) throws -> Moments {
    let distributions = try Predictor(model, fit: fit).distributions(of: rows)
    return Moments(
      means: distributions.map(\.linearPredictor.mean),
      variances: distributions.map {
        $0.linearPredictor.standardDeviation * $0.linearPredictor.standardDeviation
      })
  }

  private func expect(
    _ own: Moments, near expected: Moments, means: Double, sds: Double, _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func moments(_ moments: Moments) -> ParameterMoments {
      ParameterMoments(
        means: moments.means, sds: moments.variances.map { $0.squareRoot() })
    }
    let departure = MomentDeparture(moments(own), from: moments(expected))
    #expect(
      departure.mean < means && departure.sd < sds, "\(what): \(departure)",
      sourceLocation: sourceLocation)
  }

  /// a'm and a'S a by dense algebra, at the fit's hyperparameters: with one term E Sigma^-1 =
  /// exp(-2 m + 2 r) and E log|Sigma| = 2 m. The two optima differ by 1e-7 of an SD.
  @Test(arguments: ["nested", "crossed"])
  func structuredRowsHaveTheVariancesOfS(name: String) throws {
    let dense = try GeneralReferenceData(name).model
    let model = try dense.packageModel()
    let fit = try model.fit(FitOptions(approximation: .structured))
    let logSDs = fit.logStandardDeviations.map(\.marginal)
    let precisions = logSDs.map { logSD in
      let variance = logSD.standardDeviation * logSD.standardDeviation
      var precision = DenseMatrix(identity: 1)
      precision[0, 0] = exp(-2 * logSD.mean + 2 * variance)
      return precision
    }
    let prior = DenseEffectPrior(
      dense, precisions: precisions, logDeterminants: logSDs.map { 2 * $0.mean }, tilt: nil)
    let optimum = try #require(
      DenseMaximizer(model: dense, prior: prior, blocks: [0..<dense.effectCount]).maximize())
    let gaussian = optimum.gaussian
    let own = try predicted(model, fit, rows(model, dense))
    let expected = Moments(
      means: zip(dense.offset, dense.design.times(gaussian.mean)).map(+),
      variances: gaussian.predictorVariances)
    expect(own, near: expected, means: 1e-6, sds: 1e-6, "known levels")
  }

  /// Independent effects: the squares of the design times the variances of the fit.
  @Test func meanFieldRowsAddUp() throws {
    let dense = try GeneralReferenceData("corr_slopes").model
    let model = try dense.packageModel()
    let fit = try model.fit(FitOptions(approximation: .meanField))
    let effects = fit.fixedMoments + fit.randomMoments
    let squares = effects.sds.map { $0 * $0 }
    var expected = Moments(means: dense.design.times(effects.means))
    expected.variances = (0..<dense.rows).map { row in
      (0..<dense.effectCount).reduce(0) {
        $0 + dense.design[row, $1] * dense.design[row, $1] * squares[$1]
      }
    }
    // Sums of the same numbers.
    expect(
      try predicted(model, fit, rows(model, dense)), near: expected, means: 1e-10, sds: 1e-10,
      "known levels")
  }

  /// New levels of all factors: x'Cov(b) x + sum z_k' E Sigma_k z_k, with E exp(2 s) = exp(2 m + 2
  /// r) for one term. The rule of 15 points or more for s leaves 1e-8.
  @Test(arguments: [Approximation.structured, .meanField])
  func newLevelsAddTheirVariance(approximation: Approximation) throws {
    let dense = try GeneralReferenceData("nested").model
    let model = try dense.packageModel()
    let fit = try model.fit(FitOptions(approximation: approximation))
    var between = 0.0
    for logSD in fit.logStandardDeviations.map(\.marginal) {
      between += exp(
        2 * logSD.mean + 2 * logSD.standardDeviation * logSD.standardDeviation)
    }
    let columns = dense.design.columns(0..<dense.fixedCount)
    let b = fit.fixedMoments.means
    let covariance = fit.fixedCovariance
    let expected = Moments(
      means: columns.times(b),
      variances: (0..<dense.rows).map { row in
        covariance.quadraticForm((0..<dense.fixedCount).map { columns[row, $0] }) + between
      })
    let own = try predicted(model, fit, rows(model, dense, new: [0, 1]))
    expect(own, near: expected, means: 1e-8, sds: 1e-6, "new levels")
    // A new level of the inner factor only lies between.
    let inner = try predicted(model, fit, rows(model, dense, new: [1]))
    let known = try predicted(model, fit, rows(model, dense))
    for row in 0..<dense.rows {
      #expect(known.variances[row] < inner.variances[row])
    }
  }

  /// The mixture over the nodes: at each the dense program's m and P_eff^-1, means of b as the fit
  /// has them. The engine couples weights within levels only, and interpolates what linear response
  /// changes.
  @Test(arguments: ["corr_one", "nested"])
  func correctedRowsHaveTheVariancesOfLinearResponse(name: String) throws {
    let dense = try GeneralReferenceData(name).model
    let model = try dense.packageModel()
    let fit = try model.fit(
      FitOptions(approximation: .corrected, keepsRandomEffects: true))
    let surface = DensePhiSurface(dense)
    var (weights, nodes, fresh): ([Double], [Moments], [Moments]) = ([], [], [])
    var start: DenseGeneralGaussian?
    for component in fit.posterior.components where component.weight > 1e-4 {
      let gaussian = component.gaussian
      let phi = Self.phi(dense, gaussian)
      let point = try #require(surface.maximize(at: phi, from: start))
      start = point.gaussian
      let covariance = try #require(surface.response(at: point)).covariance
      let mean = gaussian.fixedMean + point.gaussian.mean.dropFirst(dense.fixedCount)
      let spread = dense.design.times(covariance)
      weights.append(component.weight)
      nodes.append(
        Moments(
          means: dense.design.times(mean),
          variances: (0..<dense.rows).map { row in
            (0..<dense.effectCount).reduce(0) { $0 + spread[row, $1] * dense.design[row, $1] }
          }))
      fresh.append(Self.fresh(dense, covariance, gaussian.fixedMean, phi))
    }
    let own = try predicted(model, fit, rows(model, dense))
    // .4 % of an SD was measured in corr_one, of six groups.
    expect(own, near: mixture(weights, nodes), means: 0.002, sds: 0.01, "known levels")
    let everyFactor = Set(dense.blocks.indices)
    let new = try predicted(model, fit, rows(model, dense, new: everyFactor))
    expect(new, near: mixture(weights, fresh), means: 0.002, sds: 0.01, "new levels")
  }

  /// phi of a component, block by block.
  private static func phi(
    _ dense: DenseGeneralModel, _ gaussian: GaussianPosterior
  ) -> [Double] {
    var (logSDs, correlations) = (gaussian.logSDMean[...], gaussian.correlationMean[...])
    return dense.blocks.flatMap { block in
      let q = block.terms.count
      let zs = block.hyperparameterCount - q
      defer {
        logSDs = logSDs.dropFirst(q)
        correlations = correlations.dropFirst(zs)
      }
      return Array(logSDs.prefix(q)) + Array(correlations.prefix(zs))
    }
  }

  /// Levels that are all new: x'b, and x'Cov(b) x + sum z'Sigma z.
  private static func fresh(
    _ dense: DenseGeneralModel, _ covariance: DenseMatrix, _ b: [Double], _ phi: [Double]
  ) -> Moments {
    let sigmas = dense.covariances(at: phi)
    var moments = Moments()
    for row in 0..<dense.rows {
      let x = (0..<dense.fixedCount).map { dense.design[row, $0] }
      moments.means.append(zip(x, b).reduce(0) { $0 + $1.0 * $1.1 })
      var variance = 0.0
      for i in x.indices {
        for j in x.indices { variance += x[i] * covariance[i, j] * x[j] }
      }
      for (block, sigma) in zip(dense.blocks, sigmas) {
        let z = zip(block.terms, sigma.logSDs).map { $0[row] * exp($1) }
        let correlation = sigma.correlation
        for i in z.indices {
          for j in z.indices { variance += z[i] * correlation[i, j] * z[j] }
        }
      }
      moments.variances.append(variance)
    }
    return moments
  }

  private func mixture(_ weights: [Double], _ nodes: [Moments]) -> Moments {
    let total = weights.reduce(0, +)
    var result = Moments()
    for row in nodes[0].means.indices {
      let mean = zip(weights, nodes).reduce(0) { $0 + $1.0 * $1.1.means[row] } / total
      result.means.append(mean)
      result.variances.append(
        zip(weights, nodes).reduce(0) { sum, node in
          let shift = node.1.means[row] - mean
          return sum + node.0 * (node.1.variances[row] + shift * shift)
        } / total)
    }
    return result
  }

  /// With a prior of SD 100 it hardly matters to which scale of the columns it belongs.
  @Test(arguments: [Approximation.structured, .corrected])
  func standardizedFitsPredictTheSame(approximation: Approximation) throws {
    let dense = try GeneralReferenceData("crossed").model
    let model = try PoissonMixedModel(
      counts: dense.counts,
      fixed: dense.fixedColumns.enumerated().map { DesignColumn(name: "x\($0)", values: $1) },
      factors: dense.randomFactors, priors: Priors(fixedEffectSD: 100))
    let rows = try rows(model, dense)
    let (own, standardized) = try (
      predicted(
        model,
        model.fit(FitOptions(approximation: approximation, keepsRandomEffects: true)), rows),
      predicted(
        model,
        model.fit(
          FitOptions(
            approximation: approximation, standardizes: true, keepsRandomEffects: true)), rows)
    )
    // The prior is worth 1e-4 observations: it moves what it pulls by 1e-5 of an SD.
    expect(standardized, near: own, means: 1e-3, sds: 1e-3, "standardized")
  }
}
