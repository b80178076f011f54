import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The composite design and the lines on known densities of more dimensions than a lattice has.
@Suite struct HyperparameterCompositeTests {
  private func posterior(
    _ density: KnownDensity, from start: [Double], threads: Int = 1
  ) throws -> HyperparameterPosterior {
    let mode = try density.mode(from: start)
    let chart = HyperparameterChart(
      mode: mode.point, curvatures: mode.curvatures, axes: mode.axes, isStretched: density.isLogSD)
    let logDensity = density.logDensity
    let composite = try HyperparameterComposite<Void>(
      chart, from: 0, threads: threads, makeWorkspace: noWorkspace
    ) { _, phi, start, _ in
      .init(logDensity: logDensity(phi), state: start, content: ())
    }
    let lines = try (0..<density.dimensions).map { axis in
      try HyperparameterPosterior(
        along: HyperparameterLine(chart, axis: axis, variances: composite.scales.variances),
        from: 0, tailDepth: 0, threads: threads, makeWorkspace: noWorkspace
      ) { _, phi, start, _ in
        .init(logDensity: logDensity(phi), state: start, content: ())
      }
    }
    return HyperparameterPosterior(composite, lines: lines)
  }

  /// The rule is exact for them, but for curvatures by differences of numerical gradients. In some
  /// directions the SDs are above 2, where the mode's curvature is bounded and the axes have to be
  /// stretched.
  @Test(arguments: [7, 9])
  func normalDensities(h: Int) throws {
    let density = KnownDensity.normal(h)
    let posterior = try posterior(density, from: Array(repeating: 0.3, count: h))
    let matrix = KnownDensity.mixing(h)
    #expect(posterior.logIntegral.magnitude < 0.02, "\(posterior.logIntegral)")
    for a in 0..<h {
      let sd = (0..<h).reduce(0) { $0 + matrix[a, $1] * matrix[a, $1] }.squareRoot()
      let marginal = posterior.marginal(a)
      #expect(marginal.mean.magnitude < 0.03 * sd)
      #expect((marginal.standardDeviation / sd - 1).magnitude < 0.01)
      let error = HyperparameterPosteriorTests.quantileError(marginal, sd: sd) {
        sd * NormalDistribution.quantile($0)
      }
      #expect(error < 0.03)
    }
  }

  /// Skewed variables mixed with each other, of one marginal each from a fine convolution.
  @Test func logGammaDensities() throws {
    let h = 7
    let density = KnownDensity.logGamma(h)
    let posterior = try posterior(density, from: Array(repeating: 1.0, count: h))
    var worst = (mean: 0.0, sd: 0.0)
    for a in 0..<h {
      let exact = KnownDensity.logGammaMarginal(h, of: a)
      let sd = exact.standardDeviation
      let marginal = posterior.marginal(a)
      worst.mean = max(worst.mean, (marginal.mean - exact.mean).magnitude / sd)
      worst.sd = max(worst.sd, (marginal.standardDeviation / sd - 1).magnitude)
    }
    #expect(posterior.logIntegral.magnitude < 0.3, "\(posterior.logIntegral)")
    // An effect of this skewness is a fifth of an SD away from the mode.
    #expect(worst.mean < 0.1 && worst.sd < 0.1, "\(worst)")
  }

  @Test func threadsChangeNothing() throws {
    let density = KnownDensity.logGamma(7)
    let start = [Double](repeating: 1, count: 7)
    let (one, three) = (
      try posterior(density, from: start), try posterior(density, from: start, threads: 3)
    )
    #expect(one.weights == three.weights)
    #expect(one.marginal(3) == three.marginal(3))
  }

  /// Without a density anywhere else, sides are as narrow as they may be.
  @Test func scalesAreBounded() {
    let scales = SplitScales(center: 0, heights: [nil, -1, -4, 0.5])
    #expect(scales.lower == [0.5, 0.5])
    #expect(scales.upper == [1, 2])
    #expect(scales.scales(at: [-1, 0]) == [0.5, 1.25])
  }
}
