import GSLNumerics
import PlatformEssentials

/// The predictive density of one count by all others, from the posterior of its linear predictor.
///
/// The posterior of eta given all counts is close to N(m, v). What is left without count y is the
/// cavity, the N(m', v') whose product with Poisson(y; exp(eta)) has mean m and variance v, found
/// by expectation propagation; the density of y is the integral of that product (Vehtari et al.
/// 2016, section 3.4).
struct CavityDensity {
  private let rule: GaussHermiteRule

  private static let points = 32
  private static let maximumIterations = 60
  /// In units of the moments' own sizes.
  private static let tolerance = 1e-8
  /// No cavity is wider, as a multiple of the posterior's variance.
  private static let largestRatio = 1e6

  init() throws(FitError) {
    do {
      rule = try GaussHermiteRule(points: Self.points)
    } catch {
      throw FitError("There is no quadrature rule: \(error).")
    }
  }

  /// log p(y without itself), and the share of the posterior's precision that is the count's own:
  /// the larger it is, the more it matters that the posterior is not quite Gaussian.
  func density(
    of count: Double, mean m: Double, variance v: Double
  ) -> (log: Double, share: Double) {
    guard v > 0 else { return (Self.logPoisson(count, m), 0) }
    // The site of the count as the Gaussian of the bound has it.
    let rate = exp(m + 0.5 * v)
    var site = (precision: min(rate, 0.999 / v), shift: 0.0)
    site.shift = count - rate + rate * m
    var best = tilted(count, cavity(m, v, site))
    for _ in 0..<Self.maximumIterations {
      let (own, moments) = (cavity(m, v, site), best)
      guard moments.variance > 0, moments.variance.isFinite else { break }
      let next = (
        precision: 1 / moments.variance - 1 / own.variance,
        shift: moments.mean / moments.variance - own.mean / own.variance
      )
      let change =
        abs(next.precision - site.precision) * v
        + abs(next.shift - site.shift - (next.precision - site.precision) * m) * v.squareRoot()
      // Half steps: whole ones go to and fro where a count says most of what is known.
      site.precision += 0.5 * (next.precision - site.precision)
      site.shift += 0.5 * (next.shift - site.shift)
      best = tilted(count, cavity(m, v, site))
      if change < Self.tolerance { break }
    }
    return (best.logIntegral, site.precision * v)
  }

  private func cavity(
    _ m: Double, _ v: Double, _ site: (precision: Double, shift: Double)
  ) -> (mean: Double, variance: Double) {
    let precision = max(1 / v - site.precision, 1 / (Self.largestRatio * v))
    let variance = 1 / precision
    return (variance * (m / v - site.shift), variance)
  }

  /// The integral of Poisson(y; exp eta) N(eta; m', v'), with the mean and the variance of its
  /// integrand: about the mode, by the curvature there.
  private func tilted(
    _ count: Double, _ cavity: (mean: Double, variance: Double)
  ) -> (logIntegral: Double, mean: Double, variance: Double) {
    let (center, variance) = cavity
    func logHeight(_ eta: Double) -> Double {
      let z = eta - center
      return count * eta - exp(eta) - 0.5 * z * z / variance
    }
    var mode = min(center, log(count + 1) + 1)
    for _ in 0..<100 {
      let rate = exp(mode)
      let step = (count - rate - (mode - center) / variance) / (rate + 1 / variance)
      mode += max(-1, min(1, step))
      if abs(step) < 1e-10 { break }
    }
    let width = (2 / (exp(mode) + 1 / variance)).squareRoot()
    let peak = logHeight(mode)
    var (sum, first, second) = (0.0, 0.0, 0.0)
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let t = width * node
      let value = weight * exp(node * node + logHeight(mode + t) - peak)
      sum += value
      first += value * t
      second += value * t * t
    }
    let mean = first / sum
    return (
      peak + log(sum * width) - 0.5 * log(2 * .pi * variance) - GammaFunction.logFactorial(count),
      mode + mean, second / sum - mean * mean
    )
  }

  private static func logPoisson(_ count: Double, _ eta: Double) -> Double {
    count * eta - exp(eta) - GammaFunction.logFactorial(count)
  }
}
