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

  @Test(arguments: [([60, 50], false), ([50, 40, 6], true), ([150, 100, 60], false)])
  func conditionalFitIsTheExactOne(levels: [Int], isCorrelated: Bool) throws {
    let data = try Self.design(rows: 500, levels: levels, isCorrelated: isCorrelated)
    let problem = try GeneralProblem(data, priors: Priors())
    let phi = problem.startingHyperparameters
    let exact = ConditionalGaussianFit(problem)
    let optimum = try exact.maximize(at: phi, from: nil, maximumIterations: 1000)
    let node = exact.node(at: phi, optimum.monitor)
    let fit = IterativeConditionalFit(problem, isCorrected: true)
    let gaussian = fit.gaussian
    try gaussian.start(under: problem.prior(at: phi))
    let gradient = fit.gradient(at: phi)
    #expect(gaussian.hasConverged)
    expectNear(
      (problem.fixedPart(gaussian.means), gaussian.fixedCovariance()),
      problem.randomPart(gaussian.effectVariances),
      exact: (node.fixedMean, node.fixedCovariance), node.randomVariance, "bound")

    // The slope of the bound in the hyperparameters, in units of 1 / SD: a mode moves by as much.
    for (index, slope) in gradient.enumerated() {
      let off = (slope - optimum.gradient[index]).magnitude
      print("MEASURED slope", levels, index, off * problem.typicalVariances[index].squareRoot())
      #expect(off * problem.typicalVariances[index].squareRoot() < 0.05)
    }

    let value = try #require(fit.evidence).value()
    let correction = exact.correction(of: node)
    let expected = try #require(correction.evidence)
    print("MEASURED R", levels, isCorrelated, value, expected, value / expected)
    #expect((value / expected - 1).magnitude < 0.1)

    let corrected = correction.applied(
      to: node, meanShifts: try #require(exact.meanShifts()))
    var moments = fit.moments()
    #expect(moments.hasResponse)
    moments.shift(by: fit.meanShifts(center: value))
    expectNear(
      (moments.fixedMean, moments.fixedCovariance), moments.randomVariance,
      exact: (corrected.fixedMean, corrected.fixedCovariance), corrected.randomVariance,
      "corrected")
    for factor in problem.levels.indices where problem.levels[factor] < EffectLayout.fewLevels {
      let place = problem.layout.eliminationPlace[factor]
      guard problem.layout.solvedPlaces.contains(place) else { continue }
      let shape = problem.layout.shapes[place]
      let start = problem.levels[..<factor].indices.reduce(0) {
        $0 + problem.levels[$1] * problem.layout.termCount(ofFactor: $1)
      }
      for index in start..<(start + shape.levels * shape.terms) {
        let ratio = problem.randomPart(gaussian.effectVariances)[index] / node.randomVariance[index]
        print("MEASURED solved", levels, index - start, ratio.squareRoot())
        #expect((ratio.squareRoot() - 1).magnitude < 0.003)
      }
    }
  }

  /// One fit by either path.
  private func fits(
    _ data: DesignData, _ approximation: Approximation,
    maximumFewLevelDimensions: Int = IterativeQuadrature.maximumDimensions
  ) throws -> (iterative: ApproximatedPosterior, exact: ApproximatedPosterior) {
    func fit(_ largestTrailingBlock: Int) throws -> ApproximatedPosterior {
      try GeneralFit(
        data, priors: Priors(), options: FitOptions(approximation: approximation, keepsRandomEffects: true),
        largestTrailingBlock: largestTrailingBlock,
        maximumFewLevelDimensions: maximumFewLevelDimensions
      ).approximated(nil)
    }
    let clock = ContinuousClock()
    let a = clock.now
    let one = try fit(20)
    let b = clock.now
    let two = try fit(EffectLayout.largestTrailingBlock)
    print("MEASURED seconds", data.factors.map(\.grouping.count), approximation, b - a, clock.now - b)
    for (own, other) in zip(one.posterior.logSDs, two.posterior.logSDs) {
      print("MEASURED logSD", data.factors.map(\.grouping.count), approximation, (own.mean - other.mean) / other.standardDeviation, own.standardDeviation / other.standardDeviation)
    }
    for c in one.posterior.fixedMean.indices {
      let sd = two.posterior.fixedCovariance[c, c].squareRoot()
      print("MEASURED fixed", data.factors.map(\.grouping.count), approximation, (one.posterior.fixedMean[c] - two.posterior.fixedMean[c]) / sd, one.posterior.fixedCovariance[c, c].squareRoot() / sd)
    }
    print("MEASURED warnings", one.warnings)
    return (one, two)
  }

  @Test(
    arguments: [[150, 120], [300, 200, 10], [60, 50]],
    [Approximation.structured, .integrated, .corrected])
  func wholeFitIsNearTheExactOne(levels: [Int], approximation: Approximation) throws {
    let data = try Self.design(rows: 1200, levels: levels)
    let (iterative, exact) = try fits(data, approximation)
    #expect(iterative.optimization.converged)
    #expect(iterative.logEvidence == nil)
    // Independent factors are a smaller family; the integral over phi is Laplace's.
    #expect(iterative.evidenceLowerBound < exact.evidenceLowerBound)
    expectNear(
      (iterative.posterior.fixedMean, iterative.posterior.fixedCovariance),
      iterative.posterior.randomVariance,
      exact: (exact.posterior.fixedMean, exact.posterior.fixedCovariance),
      exact.posterior.randomVariance, "\(levels) \(approximation.rawValue)")
    for (own, other) in zip(iterative.posterior.logSDs, exact.posterior.logSDs) {
      // Normals leave out the skewness, which is .1 with so many levels.
      #expect((own.mean - other.mean).magnitude < 0.1 * other.standardDeviation)
      #expect((own.standardDeviation / other.standardDeviation - 1).magnitude < 0.02)
    }
  }

  @Test func severalFactorsOfFewLevels() throws {
    let data = try Self.design(rows: 1200, levels: [150, 120, 10, 6])
    let (iterative, exact) = try fits(data, .corrected)
    expectNear(
      (iterative.posterior.fixedMean, iterative.posterior.fixedCovariance),
      iterative.posterior.randomVariance,
      exact: (exact.posterior.fixedMean, exact.posterior.fixedCovariance),
      exact.posterior.randomVariance, "several")
  }

  @Test func normalSDsOfFewLevels() throws {
    let data = try Self.design(rows: 1200, levels: [300, 200, 10])
    let (_, _) = try fits(data, .corrected, maximumFewLevelDimensions: 0)
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
