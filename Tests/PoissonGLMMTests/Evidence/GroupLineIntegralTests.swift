import Foundation
import Testing

@testable import PoissonGLMM

/// The integral over a group's random effect, far from any normal density.
@Suite struct GroupLineIntegralTests {
  /// By the trapezoidal rule with steps of 1e-3 or 0.05 / sigma.
  private func exact(
    totalCount: Double, logTotal: Double, sigma: Double
  ) -> (logIntegral: Double, mean: Double, variance: Double) {
    let step = min(1e-3, 0.05 / sigma)
    let nodes = stride(from: -60, through: 60, by: step)
    let heights = nodes.map { v in
      totalCount * sigma * v - exp(logTotal + sigma * v) - 0.5 * v * v
    }
    let peak = heights.max() ?? 0
    var (mass, first, second) = (0.0, 0.0, 0.0)
    for (v, height) in zip(nodes, heights) where height > peak - 700 {
      let (weight, rate) = (exp(height - peak), exp(logTotal + sigma * v))
      mass += weight
      first += weight * rate
      second += weight * rate * rate
    }
    let mean = first / mass
    return (
      peak + log(mass * step) - 0.5 * log(2 * Double.pi), mean, second / mass - mean * mean
    )
  }

  /// The distances of the cut from the middle of the random effect's prior, in its SDs.
  private static let cuts = [-6.0, -2, -0.5, 0, 1, 2.5, 4, 7]

  @Test(arguments: [0.05, 0.6, 2, 2.9, 3.1, 6, 20, 40], [0.0, 1, 3, 40])
  func itIsThatOfAFineGrid(sigma: Double, totalCount: Double) {
    for cut in Self.cuts {
      let logTotal = -cut * max(sigma, 1)
      let exact = exact(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
      let found = ConstantTermIntegral(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
      // The stretched rule is exact to 1e-5 at sigma = 3 and better beyond.
      #expect((found.logIntegral - exact.logIntegral).magnitude < 2e-5)
      #expect((found.mean - exact.mean).magnitude < 2e-5 * (exact.mean + 1))
      #expect((found.variance - exact.variance).magnitude < 2e-4 * (exact.variance + 1))
    }
  }

  /// With w = L + sigma v the integral is Gamma(Y) exp(-Y L) / sigma E N((w - L) / sigma), where
  /// exp(w) has a gamma distribution of Y: of w the mean is log Y - 1 / (2 Y), the variance 1 / Y.
  @Test(arguments: [0.1, 0.3, 2, 6], [1e6, 1e8])
  func largeCountsKeepTheirDigits(sigma: Double, totalCount: Double) {
    let logTotal = log(totalCount) - 1.3 * sigma
    let found = ConstantTermIntegral(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
    let effect = (log(totalCount) - 0.5 / totalCount - logTotal) / sigma
    let spread = 1 / (totalCount * sigma * sigma)
    let normal = -0.5 * (effect * effect + log(2 * Double.pi)) - log(sigma)
    let widening = log1p(0.5 * spread * (effect * effect - 1))
    let exact: Double = lgamma(totalCount) - totalCount * logTotal + normal + widening
    // Terms of the size of Y log Y are rounded some five times, the square of the spread is left
    // out, and the stretched rule is exact to 1e-5.
    let rounding = 1e-15 * totalCount * log(totalCount)
    #expect((found.logIntegral - exact).magnitude < rounding + spread * spread + 1e-5)
  }

  @Test(arguments: [0.05, 0.6, 2, 8], [0.0, 1, 5, 40])
  func theTableIsTheIntegral(sigma: Double, totalCount: Double) {
    let table = ConstantTermTable()
    for cut in stride(from: -5.0, through: 60, by: 1.37) {
      let direct = ConstantTermIntegral(totalCount: totalCount, logTotal: -cut, sigma: sigma)
      let found = table.integral(totalCount: totalCount, logTotal: -cut, sigma: sigma)
      let scale = 1 + totalCount
      #expect((found.logIntegral - direct.logIntegral).magnitude < 1e-6 * scale * scale)
      #expect((found.mean - direct.mean).magnitude < 1e-5 * (scale + direct.mean))
      #expect((found.variance - direct.variance).magnitude < 1e-4 * (scale + direct.variance))
    }
  }

  @Test func nothingOverflows() {
    for (total, logTotal, sigma) in [
      (0.0, -5000.0, 1.0), (0, 600, 1), (1e6, -300, 30), (0, 0, 1e-300), (3, 2, 1e8),
    ] {
      let found = ConstantTermIntegral(totalCount: total, logTotal: logTotal, sigma: sigma)
      #expect(found.logIntegral.isFinite && found.mean.isFinite && found.variance.isFinite)
    }
  }
}
