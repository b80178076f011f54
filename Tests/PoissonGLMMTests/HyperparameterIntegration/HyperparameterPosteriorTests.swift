import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Moments, evidence and quantiles of known densities.
@Suite struct HyperparameterPosteriorTests {
  static let probabilities = [0.025, 0.25, 0.5, 0.75, 0.975]

  /// The largest error of a quantile, in SDs.
  static func quantileError(
    _ marginal: Marginal, sd: Double, _ quantile: (Double) -> Double
  ) -> Double {
    probabilities.reduce(0) {
      max($0, (marginal.quantile($1) - quantile($1)).magnitude / sd)
    }
  }

  @Test(arguments: 1...6)
  func normalDensities(h: Int) throws {
    let density = KnownDensity.normal(h)
    let lattice = try density.lattice()
    let posterior = HyperparameterPosterior(lattice)
    let matrix = KnownDensity.mixing(h)
    var worst = (mean: 0.0, sd: 0.0, quantile: 0.0)
    for a in 0..<h {
      let sd = (0..<h).reduce(0) { $0 + matrix[a, $1] * matrix[a, $1] }.squareRoot()
      let marginal = posterior.marginal(a)
      worst.mean = max(worst.mean, marginal.mean.magnitude / sd)
      worst.sd = max(worst.sd, (marginal.standardDeviation / sd - 1).magnitude)
      worst.quantile = max(
        worst.quantile,
        Self.quantileError(marginal, sd: sd) { sd * NormalDistribution.quantile($0) })
    }
    #expect(posterior.logIntegral.magnitude < 0.01)
    #expect(worst.mean < 0.01)
    #expect(worst.sd < 0.005)
    #expect(worst.quantile < 0.01)
  }

  @Test(arguments: 1...6)
  func logGammaDensities(h: Int) throws {
    let density = KnownDensity.logGamma(h)
    let lattice = try density.lattice(from: Array(repeating: 1.0, count: h))
    let posterior = HyperparameterPosterior(lattice)
    var worst = (mean: 0.0, sd: 0.0, quantile: 0.0)
    for a in 0..<h {
      let exact = KnownDensity.logGammaMarginal(h, of: a)
      let sd = exact.standardDeviation
      let marginal = posterior.marginal(a)
      worst.mean = max(worst.mean, (marginal.mean - exact.mean).magnitude / sd)
      worst.sd = max(worst.sd, (marginal.standardDeviation / sd - 1).magnitude)
      worst.quantile = max(
        worst.quantile, Self.quantileError(marginal, sd: sd, exact.quantile))
    }
    #expect(posterior.logIntegral.magnitude < 0.01)
    #expect(worst.mean < 0.01)
    // The tails beyond the cut are missing: in five and six dimensions of a skewed density .8 %.
    #expect(worst.sd < (h < 5 ? 0.005 : 0.01))
    #expect(worst.quantile < (h < 5 ? 0.03 : 0.04))
  }

  @Test(arguments: [2, 3, 4], [0.1, 0.2, 0.3])
  func bananas(h: Int, bend: Double) throws {
    let width = 0.8
    let density = KnownDensity.banana(h, bend: bend, width: width)
    let lattice = try density.lattice()
    let posterior = HyperparameterPosterior(lattice)
    let exact = TabulatedDensity(
      start: -8, step: 0.01,
      values: (0...4000).map { index in
        let x = -8 + 0.01 * Double(index)
        return NormalExpectationOfTests.mean { u in
          let z = (x - bend * (u * u - 1)) / width
          return exp(-0.5 * z * z)
        }
      })
    let sd = exact.standardDeviation
    let marginal = posterior.marginal(1)
    #expect(posterior.logIntegral.magnitude < 0.01)
    #expect((marginal.mean - exact.mean).magnitude < 0.015 * sd)
    #expect((marginal.standardDeviation / sd - 1).magnitude < 0.006)
    #expect(Self.quantileError(marginal, sd: sd, exact.quantile) < 0.03)
  }

  /// Correlations of three terms, R_32 a function of all three z's, and of two.
  @Test func correlations() throws {
    let structure = CovarianceStructure(setSizes: [3])
    let (means, sds) = ([0.0, 0, 0, 0.5, -0.3, 0.6], [0.3, 0.4, 0.2, 0.5, 0.4, 0.45])
    let density = KnownDensity(
      dimensions: 6,
      logDensity: { phi in
        phi.indices.reduce(0) {
          let z = (phi[$1] - means[$1]) / sds[$1]
          return $0 - 0.5 * z * z
        }
      }, isLogSD: [true, true, true, false, false, false])
    let posterior = HyperparameterPosterior(try density.lattice())
    let own = posterior.marginal(3, scale: .hyperbolicTangent)
    let sd = posterior.moments { tanh($0[3]) }.standardDeviation
    let error = Self.quantileError(own, sd: sd) {
      tanh(means[3] + sds[3] * NormalDistribution.quantile($0))
    }
    #expect(error < 0.015)
    #expect(own.cumulativeProbability(at: 1) > 1 - 1e-12 && own.cumulativeProbability(at: -1) == 0)

    let marginal = posterior.marginal(ofCorrelation: { structure.correlations(at: $0)[0][2, 1] })
    // P(R_32 <= r) given z_21 and z_31 is that of z_32.
    func probability(_ r: Double) -> Double {
      NormalExpectationOfTests.mean { u in
        let first = means[3] + sds[3] * u
        return NormalExpectationOfTests.mean { v in
          let second = means[4] + sds[4] * v
          let partial = (r - tanh(first) * tanh(second)) * cosh(first) * cosh(second)
          guard partial.magnitude < 1 else { return partial < 0 ? 0 : 1 }
          return NormalDistribution.cumulative((atanh(partial) - means[5]) / sds[5])
        }
      }
    }
    for p in Self.probabilities {
      let quantile = marginal.quantile(p)
      // What the error of a probability is as an error of the quantile.
      let slope = (probability(quantile + 0.005) - probability(quantile - 0.005)) / 0.01
      let error = (probability(quantile) - p) / slope / marginal.standardDeviation
      #expect(error.magnitude < 0.04)
    }
    // An SD, whose log is normal.
    let scale = posterior.marginal(1, scale: .exponential)
    #expect(
      Self.quantileError(scale, sd: scale.standardDeviation) {
        exp(0.4 * NormalDistribution.quantile($0))
      } < 0.03)
    #expect((scale.mean / exp(0.08) - 1).magnitude < 0.002)
  }
}

/// Expectations under a standard normal by a fine trapezoid rule.
enum NormalExpectationOfTests {
  static func mean(_ function: (Double) -> Double) -> Double {
    let step = 0.05
    return (-160...160).reduce(0) { sum, index in
      let x = step * Double(index)
      return sum + step * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot() * function(x)
    }
  }
}
