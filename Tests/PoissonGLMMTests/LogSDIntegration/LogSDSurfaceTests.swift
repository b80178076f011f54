import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Interpolation between few fits against a fit at every point of the lattice.
@Suite struct LogSDSurfaceTests {
  /// Groups of 5 to 9 rows with one, two or three random terms.
  private func model(
    groups: Int, terms: Int, number: Int, logMean: Double = 0.7
  ) throws -> PoissonMixedModel {
    let stream = try RandomStream(
      seed: 11, scenario: "surface", replicate: UInt64(number), purpose: .design)
    var columns: [[Double]] = [[], [], []]
    var counts: [Double] = []
    var labels: [Double] = []
    for group in 0..<groups {
      let effects = [0.6, 0.5, 0.4].prefix(terms).map { stream.normal(sd: $0) }
      for _ in 0..<stream.uniformInteger(in: 5...9) {
        let x = [1, stream.normal(), stream.normal()]
        var predictor = logMean + 0.3 * x[1] - 0.2 * x[2]
        for (k, effect) in effects.enumerated() { predictor += effect * x[k] }
        for c in 0..<3 { columns[c].append(x[c]) }
        counts.append(stream.poisson(mean: exp(predictor)))
        labels.append(Double(group))
      }
    }
    let design = columns.enumerated().map { DesignColumn(name: "x\($0)", values: $1) }
    return try PoissonMixedModel(
      counts: counts, fixed: design, random: Array(design.prefix(terms)),
      grouping: Grouping(numbers: labels))
  }

  @Test(arguments: [
    (100, 1, Approximation.corrected), (300, 1, .integrated), (120, 2, .corrected),
    (250, 2, .corrected), (150, 2, .integrated), (300, 2, .integrated), (120, 3, .integrated),
    (120, 3, .corrected),
  ])
  func agreesWithFitsEverywhere(
    groups: Int, terms: Int, approximation: Approximation
  ) throws {
    let model = try model(groups: groups, terms: terms, number: groups + terms)
    try expectAgreement(model, terms: terms, approximation)
  }

  /// With many groups the corrections of the inner points do for all.
  @Test(arguments: [(800, 1, 3), (1500, 2, 5), (1000, 3, 7)])
  func fewCorrectionsDoWhereTheyAreNearlyStraight(
    groups: Int, terms: Int, corrected: Int
  ) throws {
    let model = try model(groups: groups, terms: terms, number: groups + terms)
    if terms < 3 { try expectAgreement(model, terms: terms, .corrected) }
    let fit = try IntegratedFit(model, options: FitOptions())
    #expect(fit.fits.count { $0.meanStep != nil } == corrected)
    let few = try self.model(groups: 120, terms: 2, number: 122)
    #expect(try IntegratedFit(few, options: FitOptions()).fits.allSatisfy { $0.meanStep != nil })
  }

  /// The evidence gap moves the mode by 2 SDs of each log SD, and more.
  @Test(arguments: [(8000, 1, -2.0), (3000, 2, -1.5)])
  func followsTheModeOfSparseCounts(groups: Int, terms: Int, logMean: Double) throws {
    let model = try model(groups: groups, terms: terms, number: 1, logMean: logMean)
    func mode(_ approximation: Approximation) throws -> [Double] {
      try model.fit(FitOptions(approximation: approximation)).logStandardDeviations.map {
        $0.marginal.mean
      }
    }
    let fit = try model.fit()
    let moves = zip(try mode(.corrected), try mode(.integrated)).map { $0 - $1 }
    let farthest = zip(moves, fit.logStandardDeviations).map {
      $0 / $1.marginal.standardDeviation
    }.max()
    #expect(try #require(farthest) > 1)
    // Both lattices cover the mass of `corrected`, and the bound's integral only where the two
    // meet.
    try expectAgreement(model, terms: terms, .corrected, boundTolerance: 1e-3)
  }

  private func expectAgreement(
    _ model: PoissonMixedModel, terms: Int, _ approximation: Approximation,
    boundTolerance: Double = 1e-4
  ) throws {
    let options = FitOptions(approximation: approximation, keepsRandomEffects: true)
    let interpolated = try IntegratedFit(model, options: options)
    let plain = try IntegratedFit(model, options: options, interpolates: false)
    #expect(interpolated.fits.count == [5, 13, 25][terms - 1])
    #expect(plain.fits.count == plain.points.count)
    let (fit, expected) = (
      reported(interpolated, model, approximation), reported(plain, model, approximation)
    )
    // A hundredth of what differs between a posterior and a long NUTS run.
    #expect((fit.evidenceLowerBound - expected.evidenceLowerBound).magnitude < boundTolerance)
    if let logEvidence = fit.logEvidence {
      #expect((logEvidence - (try #require(expected.logEvidence))).magnitude < 3e-4)
    }
    for (a, b) in zip(
      fit.fixedEffects + fit.logStandardDeviations,
      expected.fixedEffects + expected.logStandardDeviations)
    {
      let (a, b) = (a.marginal, b.marginal)
      #expect((a.mean - b.mean).magnitude < 1e-3 * b.standardDeviation)
      #expect((a.standardDeviation / b.standardDeviation - 1).magnitude < 1e-3)
      for probability in [0.025, 0.5, 0.975] {
        #expect(
          (a.quantile(probability) - b.quantile(probability)).magnitude
            < 2e-3 * b.standardDeviation)
      }
    }
    let (effects, others) = (fit.randomEffects, expected.randomEffects)
    for index in effects.means.indices {
      let sd = others.standardDeviations[index]
      #expect((effects.means[index] - others.means[index]).magnitude < 1e-3 * sd)
      #expect((effects.standardDeviations[index] / sd - 1).magnitude < 1e-3)
    }
    let marginal = try fit.randomEffectMarginal(group: 3, term: terms - 1)
    let other = try expected.randomEffectMarginal(group: 3, term: terms - 1)
    #expect(
      (marginal.quantile(0.975) - other.quantile(0.975)).magnitude < 2e-3 * other.standardDeviation)
  }

  /// What a fit reports of an integration.
  private func reported(
    _ fit: IntegratedFit, _ model: PoissonMixedModel, _ approximation: Approximation
  ) -> PoissonMixedModelFit {
    PoissonMixedModelFit(
      approximation: approximation, posterior: fit.posterior, fixedNames: model.fixedNames,
      factors: model.factors,
      evidenceLowerBound: fit.bound, logEvidence: fit.logEvidence,
      optimization: fit.optimization, warnings: fit.warnings)
  }

  private func fitter(
    _ model: PoissonMixedModel
  ) throws -> (fitter: LogSDEvaluator, mode: LogSDMode) {
    let maximizer = model.boundMaximizer(FitOptions(approximation: .integrated))
    let start = try maximizer.maximize().posterior.logSDMean
    let fitter = LogSDEvaluator(maximizer, model: model)
    return (fitter, try LogSDMode(fitter, start: start, priors: model.logSDPriors))
  }

  /// Slopes on the axes can be put right; those off them tell that the polynomials lack a product
  /// of powers.
  @Test func wrongSlopesAreNoticed() throws {
    let model = try model(groups: 40, terms: 2, number: 3)
    let (fitter, mode) = try fitter(model)
    #expect(mode.asymmetry < 0.2)
    #expect(LogSDSurface(fitter, mode: mode) == nil)
  }

  @Test func tooMuchAsymmetryIsNoticedBeforeAnyFit() throws {
    let (fitter, mode) = try fitter(try model(groups: 8, terms: 2, number: 8))
    #expect(mode.asymmetry > 0.2)
    let iterations = fitter.iterations
    #expect(LogSDSurface(fitter, mode: mode) == nil)
    #expect(fitter.iterations == iterations)
  }

  @Test func endsWhereItsPolynomialsDo() throws {
    let (fitter, mode) = try fitter(try model(groups: 300, terms: 1, number: 301))
    let surface = try #require(LogSDSurface(fitter, mode: mode))
    let sd = mode.conditionalSDs[0]
    #expect(surface.point(at: [mode.peak[0] + 5 * sd]) != nil)
    #expect(surface.point(at: [mode.peak[0] - 8 * sd]) == nil)
  }

  /// At 6 SDs the last level of the grid matters far more than where the posterior is.
  @Test func whatTheLastLevelChangesIsNoticed() throws {
    let (fitter, mode) = try fitter(try model(groups: 120, terms: 1, number: 121))
    let surface = try #require(LogSDSurface(fitter, mode: mode))
    let sd = mode.conditionalSDs[0]
    let near = try #require(surface.point(at: [mode.peak[0] + sd]))
    let far = try #require(surface.point(at: [mode.peak[0] - 6 * sd]))
    #expect(surface.isSettled([near], weights: [1]))
    #expect(!surface.isSettled([far], weights: [1]))
  }

  @Test func threadsDoNotMatter() throws {
    let model = try model(groups: 700, terms: 2, number: 702)
    let one = try model.fit(FitOptions(threads: 1))
    let three = try model.fit(FitOptions(threads: 3))
    #expect(one.fixedEffects.map(\.marginal) == three.fixedEffects.map(\.marginal))
    #expect(
      one.logStandardDeviations.map(\.marginal) == three.logStandardDeviations.map(\.marginal))
    #expect(one.randomEffects.means == three.randomEffects.means)
    #expect(one.randomEffects.standardDeviations == three.randomEffects.standardDeviations)
    #expect(one.logEvidence == three.logEvidence)
  }

  @Test func fewGroupsGetAFitEverywhere() throws {
    let model = try model(groups: 8, terms: 2, number: 8)
    let fit = try IntegratedFit(model, options: FitOptions(approximation: .integrated))
    #expect(fit.fits.count == fit.points.count)
  }
}

@Suite struct SparseGridTests {
  @Test(arguments: [(1, 5), (2, 13), (3, 25)])
  func interpolatesItsPoints(dimensions: Int, count: Int) {
    let grid = SparseGrid(dimensions: dimensions)
    #expect(grid.points.count == count)
    for (index, point) in grid.points.enumerated() {
      for (other, coefficient) in grid.coefficients(at: point).enumerated() {
        #expect((coefficient - (other == index ? 1 : 0)).magnitude < 1e-14)
      }
    }
  }

  @Test func isExactForItsPolynomials() {
    let grid = SparseGrid(dimensions: 3)
    func value(_ z: [Double]) -> Double {
      2 - z[0] + 0.5 * z[0] * z[0] * z[1] - z[2] * z[1] + 0.1 * pow(z[2], 4)
        + z[0] * z[0] * z[2] * z[2]
    }
    let z = [0.7, -1.9, 3.1]
    let values = grid.points.map(value)
    let interpolated = zip(values, grid.coefficients(at: z)).reduce(0) { $0 + $1.0 * $1.1 }
    #expect((interpolated - value(z)).magnitude < 1e-11)
    let slope = zip(values, grid.slopes(at: z, along: 2)).reduce(0) { $0 + $1.0 * $1.1 }
    let expected = -z[1] + 0.4 * pow(z[2], 3) + 2 * z[0] * z[0] * z[2]
    #expect((slope - expected).magnitude < 1e-11)
  }

  @Test func slopeCorrectionsLeaveTheValues() {
    for (j, x) in [0.0, -2, 2, -4, 4].enumerated() {
      let corrections = SparseGrid.slopeCorrections(at: x)
      for index in 0..<5 {
        #expect(corrections.values[index].magnitude < 1e-14)
        #expect((corrections.slopes[index] - (index == j ? 1 : 0)).magnitude < 1e-14)
      }
    }
  }

  @Test func predecessorsComeFirst() {
    for dimensions in 1...3 {
      let grid = SparseGrid(dimensions: dimensions)
      for (index, point) in grid.points.enumerated().dropFirst() {
        guard let (nearest, next) = grid.predecessors(of: index) else {
          Issue.record("\(point) has no predecessor")
          continue
        }
        #expect(nearest < index)
        if let next {
          #expect(next < index)
          // The three lie on a line, at equal distances.
          for k in 0..<dimensions {
            #expect(
              point[k] - grid.points[nearest][k] == grid.points[nearest][k] - grid.points[next][k])
          }
        }
      }
    }
  }
}
