import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The fit of designs that cannot be factored, made of designs that can, beside the exact one.
@Suite struct IterativeFitTests {
  /// Counts of crossed factors; with `isCorrelated` the first has a slope, correlated with its
  /// intercept. The first fixed column is the intercept.
  static func design(
    rows n: Int, levels: [Int], isCorrelated: Bool = false
  ) throws -> DesignData {
    let stream = try RandomStream(seed: 5, scenario: "crossed", replicate: 0, purpose: .design)
    let x = (0..<n).map { _ in stream.normal() }
    var predictors = x.map { -0.2 + 0.3 * $0 }
    var factors: [RandomFactor] = []
    for (k, count) in levels.enumerated() {
      let hasSlope = isCorrelated && k == 0
      let codes = (0..<n).map { _ in stream.uniformInteger(in: 0...(count - 1)) }
      let effects = (0..<count).map { _ in (stream.normal(sd: 0.6), stream.normal(sd: 0.3)) }
      for row in 0..<n {
        let (intercept, slope) = effects[codes[row]]
        predictors[row] += intercept + (hasSlope ? slope * x[row] : 0)
      }
      var terms = [DesignColumn.intercept(rows: n)]
      if hasSlope { terms.append(DesignColumn(name: "x", values: x)) }
      factors.append(
        RandomFactor(
          name: "f\(k)", grouping: Grouping(labels: codes.map(String.init)), terms: terms,
          correlatedSets: hasSlope ? [0..<2] : nil))
    }
    return DesignData(
      counts: predictors.map { stream.poisson(mean: exp($0)) }, offset: nil,
      fixed: [[Double](repeating: 1, count: n), x], factors: factors)
  }

  /// What is off in SDs, means and SDs of the fixed effects, and the root mean square and the
  /// largest of the relative errors of the random effects' SDs.
  private func expectNear(
    _ fixed: (means: [Double], covariance: Matrix), _ random: [Double],
    exact: (means: [Double], covariance: Matrix), _ exactRandom: [Double], _ label: String
  ) {
    for c in fixed.means.indices {
      let sd = exact.covariance[c, c].squareRoot()
      // What is asked of the approximation: .02 SD and 1 %.
      #expect((fixed.means[c] - exact.means[c]).magnitude < 0.02 * sd, "\(label) \(c)")
      #expect((fixed.covariance[c, c].squareRoot() / sd - 1).magnitude < 0.01, "\(label) \(c)")
    }
    let errors = zip(random, exactRandom).map { ($0 / $1).squareRoot() - 1 }
    let square = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    // 128 draws tell the part of a variance that they have to, a fifth or so, to 12 %. Of 110
    // effects and 146 the largest errors were .083 and .065.
    #expect(square.squareRoot() < 0.02, "\(label)")
    #expect(errors.allSatisfy { $0.magnitude < 0.1 }, "\(label)")
  }

  @Test(arguments: [false, true]) func conditionalFitIsTheExactOne(isCorrelated: Bool) throws {
    let data = try Self.design(
      rows: 500, levels: isCorrelated ? [50, 40, 6] : [60, 50], isCorrelated: isCorrelated)
    let problem = try GeneralProblem(data, priors: Priors())
    let phi = problem.startingHyperparameters
    let exact = ConditionalGaussianFit(problem)
    let fit = try exact.maximize(at: phi, from: nil, maximumIterations: 1000)
    let node = exact.node(at: phi, fit.monitor)
    let gaussian = IterativeGaussian(problem)
    try gaussian.start(under: problem.prior(at: phi))
    gaussian.maximize(under: problem.prior(at: phi))
    #expect(gaussian.hasConverged)
    expectNear(
      (problem.fixedPart(gaussian.means), gaussian.fixedCovariance()),
      problem.randomPart(gaussian.effectVariances),
      exact: (node.fixedMean, node.fixedCovariance), node.randomVariance, "bound")

    // The slope of the bound in the hyperparameters, in units of 1 / SD: a mode moves by as much.
    let slopes = problem.hyperparameters.gradient(
      at: phi, levels: problem.levels, secondMoments: gaussian.secondMoments)
    let prior = problem.hyperparameters.logPriorGradient(at: phi, problem.hyperparameterPrior)
    for (index, slope) in slopes.enumerated() {
      let off = (slope + prior[index] - fit.gradient[index]).magnitude
      #expect(off * problem.typicalVariances[index].squareRoot() < 0.05)
    }

    let evidence = IterativeEvidence(gaussian)
    let value = evidence.value()
    let correction = exact.correction(of: node)
    // One covariance for all pairs of a cluster, and an estimate of it: 4 % are missing, and 19 %
    // with slopes, whose rows are less alike.
    let missing = 1 - value / (try #require(correction.evidence))
    #expect(missing.magnitude < (isCorrelated ? 0.25 : 0.06))

    let corrected = correction.applied(
      to: node, meanShifts: try #require(exact.meanShifts()))
    var moments = IterativeMoments(gaussian)
    try moments.correct(gaussian, evidence, value: value)
    expectNear(
      (moments.fixedMean, moments.fixedCovariance), moments.randomVariance,
      exact: (corrected.fixedMean, corrected.fixedCovariance), corrected.randomVariance,
      "corrected")
  }

  @Test(arguments: [Approximation.structured, .corrected])
  func wholeFitIsNearTheExactOne(approximation: Approximation) throws {
    let data = try Self.design(rows: 1200, levels: [150, 120])
    let options = FitOptions(approximation: approximation)
    func fit(_ largestTrailingBlock: Int) throws -> ApproximatedPosterior {
      try GeneralFit(
        data, priors: Priors(), options: options, largestTrailingBlock: largestTrailingBlock
      ).approximated(nil)
    }
    let (iterative, exact) = (try fit(100), try fit(EffectLayout.largestTrailingBlock))
    #expect(iterative.optimization.converged)
    #expect(iterative.warnings.count == 1)
    #expect(iterative.warnings[0].contains("conjugate gradients"))
    #expect(iterative.logEvidence == nil)
    // Independent factors are a smaller family; the integral over phi is Laplace's under corrected.
    #expect(iterative.evidenceLowerBound < exact.evidenceLowerBound)
    expectNear(
      (iterative.posterior.fixedMean, iterative.posterior.fixedCovariance),
      iterative.posterior.randomVariance,
      exact: (exact.posterior.fixedMean, exact.posterior.fixedCovariance),
      exact.posterior.randomVariance, approximation.rawValue)
    for (own, other) in zip(iterative.posterior.logSDs, exact.posterior.logSDs) {
      // Normals leave out the skewness, which is .1 with so many levels.
      #expect((own.mean - other.mean).magnitude < 0.1 * other.standardDeviation)
      #expect((own.standardDeviation / other.standardDeviation - 1).magnitude < 0.02)
    }
  }

  @Test func meanFieldIsRefused() throws {
    let data = try Self.design(rows: 100, levels: [12, 10])
    let fit = try GeneralFit(
      data, priors: Priors(), options: FitOptions(approximation: .meanField),
      largestTrailingBlock: 5)
    let error = #expect(throws: FitError.self) { try fit.approximated(nil) }
    #expect(error?.description.hasPrefix("mean-field is not available") == true)
    #expect(error?.description.contains("order 12") == true)
  }

  /// Products and solutions are those of the factored matrix.
  @Test func solutionsAreThoseOfTheFactor() throws {
    let problem = try GeneralProblem(
      try Self.design(rows: 300, levels: [40, 30, 5], isCorrelated: true), priors: Priors())
    let layout = problem.layout
    let prior = problem.prior(at: problem.startingHyperparameters)
    let weights = DoubleStorage((0..<layout.rowCount).map { 0.5 + Double($0 % 7) })
    let factor = PrecisionFactor(layout)
    factor.assemble(
      weights: weights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    #expect(factor.factor())
    let design = PanelDesign(layout)
    let precision = PanelPrecision(design)
    #expect(
      precision.update(
        weights: weights,
        priors: layout.eliminationOrder.map {
          LevelPriors(blocks: prior.precisions[$0].elements, stride: 0)
        }, fixedPrecision: prior.fixedPrecision))
    let (right, solution) = (Panel(count: design.effectCount), Panel(count: design.effectCount))
    precision.setProbe(3, into: right)
    precision.solve(
      right, into: solution, tolerance: 1e-10, room: PanelPrecision.Room(design))
    for lane in [0, 5] {
      let x = DoubleStorage((0..<design.effectCount).map { right.pointer[$0][lane] })
      factor.solve(x)
      let size = x.array.reduce(0) { max($0, $1.magnitude) }
      for k in 0..<x.count {
        // A residual of 1e-10, times the square root of the condition number.
        #expect((solution.pointer[k][lane] - x.pointer[k]).magnitude < 1e-8 * size)
      }
    }
  }
}
