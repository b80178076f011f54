import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// What polynomials through a few fits tell, against fits at the same hyperparameters.
@Suite struct PosteriorSurfaceTests {
  /// So many levels that polynomials stand in for fits.
  enum Design: String, CaseIterable {
    case nested, crossed, correlated

    func model() throws -> GeneralProblem {
      let stream = try RandomStream(
        seed: 5, scenario: "posterior-surface", replicate: 0, purpose: .design)
      let n = self == .correlated ? 10_000 : 3000
      let x = (0..<n).map { _ in stream.normal() }
      var predictors = x.map { 0.3 + 0.3 * $0 }
      var factors: [RandomFactor] = []
      func add(_ name: String, _ codes: [Int], sds: [Double]) {
        let effects = (0...(codes.max() ?? 0)).map { _ in sds.map { stream.normal(sd: $0) } }
        for row in 0..<n {
          predictors[row] += effects[codes[row]][0]
          if sds.count > 1 {
            // A correlation of .6.
            predictors[row] +=
              x[row]
              * (0.8 * effects[codes[row]][1] + 0.6 * sds[1] / sds[0] * effects[codes[row]][0])
          }
        }
        let terms = [
          DesignColumn.intercept(rows: n), DesignColumn(name: "x", values: x),
        ].prefix(sds.count)
        factors.append(
          RandomFactor(
            name: name, grouping: Grouping(numbers: codes.map(Double.init)), terms: Array(terms),
            correlatedSets: [0..<sds.count]))
      }
      switch self {
      case .nested:
        add("a", (0..<n).map { $0 / 10 }, sds: [0.5])
        add("b", (0..<n).map { $0 / 5 }, sds: [0.4])
      case .crossed:
        add("a", (0..<n).map { $0 / 10 }, sds: [0.5])
        add("b", (0..<n).map { $0 % 100 }, sds: [0.4])
      case .correlated: add("a", (0..<n).map { $0 / 5 }, sds: [0.5, 0.4])
      }
      let counts = predictors.map { Double(stream.poisson(mean: exp($0))) }
      let model = try PoissonMixedModel(
        counts: counts,
        fixed: [.intercept(rows: n), DesignColumn(name: "x", values: x)], factors: factors)
      return try GeneralProblem(try #require(model.design), priors: Priors())
    }
  }

  @Test(arguments: Design.allCases)
  func polynomialsStandInForFits(_ design: Design) throws {
    let problem = try design.model()
    let options = FitOptions(approximation: .corrected)
    let fit = ConditionalGaussianFit(problem)
    let near = try StructuredGeneralFit.approximate(problem)
    let mode = try HyperparameterMode<DoubleStorage>(
      from: near.phiMean, state: near.state, scales: near.phiVariance
    ) { (phi, start) throws(FitError) in
      let found = try fit.maximize(at: phi, from: start, maximumIterations: 1000)
      return .init(state: fit.state, value: found.value, gradient: found.gradient)
    }
    let chart = HyperparameterChart(
      mode: mode.point, curvatures: mode.curvatures, axes: mode.axes,
      isStretched: problem.hyperparameters.isLogSD)
    var workers = WorkerPool<ConditionalGaussianFit>()
    let h = chart.dimensions
    let surface = try #require(
      PosteriorSurface(
        problem, chart: chart, rule: .standard(dimensions: h), start: mode.evaluation.state,
        options: options, workers: &workers))
    #expect(surface.hasFits)
    for step in 0..<6 {
      // Two SDs away, on all sides.
      let direction = (0..<h).map { cos(Double(step) + 2.1 * Double($0)) }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let y = direction.map { 2 * $0 / length }
      let phi = chart.point(y)
      let own = try fit.maximize(at: phi, from: mode.evaluation.state, maximumIterations: 1000)
      let node = fit.node(at: phi, own.monitor)
      let correction = fit.correction(of: node)
      let expected = correction.applied(to: node, meanShifts: [])
      let told = surface.correction(at: y)
        .applied(to: surface.node(at: y, phi: phi, bound: 0), meanShifts: [])
      // Twice the root mean squares that a surface may have, of what is largest two SDs away.
      #expect((surface.logDensity(at: y) - own.value).magnitude < 0.012)
      #expect((surface.evidence(at: y) - (correction.evidence ?? .nan)).magnitude < 0.02)
      for c in 0..<problem.layout.fixedCount {
        let sd = expected.fixedCovariance[c, c].squareRoot()
        #expect((told.fixedMean[c] - expected.fixedMean[c]).magnitude < 0.008 * sd)
        #expect((told.fixedCovariance[c, c].squareRoot() / sd - 1).magnitude < 0.004)
      }
      for k in stride(from: 0, to: node.randomMean.count, by: 37) {
        let sd = expected.randomVariance[k].squareRoot()
        // Single levels differ more than their root mean square.
        #expect((told.randomMean[k] - expected.randomMean[k]).magnitude < 0.03 * sd)
        #expect((told.randomVariance[k].squareRoot() / sd - 1).magnitude < 0.01)
      }
    }
  }
}
