import PlatformEssentials

/// The integral over the random effect v of a group in which every random term is constant,
///
///     Lambda(L) = log integral of N(v; 0, 1) exp(Y sigma v - exp(L + sigma v)) dv
///
/// with Y the group's total count, exp(L) its expected total at v = 0, and sigma the SD of its
/// linear predictors; and what follows for the derivatives in L.
///
/// Gauss-Hermite rules about the mode need the integrand to be close to a normal density. In a
/// group without events and with a large sigma it is a normal density that is cut off at one side,
/// within 1 / sigma. The trapezoidal rule is exact to 1e-8 there too, if its step is at most 0.45 /
/// sigma: the integrand is analytic and bounded within a distance of pi / (2 sigma) from the line,
/// and the rule's relative error is exp(-pi^2 / (sigma step)). Where sigma is above 3, v = center +
/// c sinh(x) puts the points close together about the cut and farther apart beyond, at steps of
/// 0.15 in x: exact to 1e-5, with some 80 points at sigma = 40.
struct ConstantTermIntegral {
  /// Lambda
  private(set) var logIntegral = 0.0
  /// E mu, the posterior mean of the expected total mu = exp(L + sigma v): minus the derivative of
  /// Lambda.
  private(set) var mean = 0.0
  /// Var mu: E mu less this is minus the second derivative of Lambda.
  private(set) var variance = 0.0

  /// The step in SDs of a normal density, for an error of 1e-10, and its largest product with
  /// sigma.
  private static let largestStep = 0.9
  private static let largestChange = 0.45
  /// From where on points are stretched, and how far above the mode their center may lie: a cut 4
  /// SDs of v beyond changes nothing.
  private static let stretchedSigma = 3.0
  private static let farthestCenter = 4.0
  private static let maximumModeSteps = 60

  /// - Parameters:
  ///   - totalCount: Y.
  ///   - logTotal: L, finite.
  ///   - sigma: 0 or more, finite.
  init(totalCount: Double, logTotal: Double, sigma: Double) {
    let mode = Self.logMeanAtMode(totalCount: totalCount, logTotal: logTotal, sigma: sigma)
    let rate = exp(mode)
    let curvature = 1 + sigma * sigma * rate
    // At the mode both are v. The rounding of the mode is one of v in the first, where counts tell
    // v, and then of no effect on the integrand; in the second it is multiplied by the counts.
    let effect = curvature > 2 ? (mode - logTotal) / sigma : sigma * (totalCount - rate)
    var sums = Sums(rate: rate, sigma: sigma)
    if sigma > Self.stretchedSigma {
      // The expected total is that of one event, or of as many as there were, at the center.
      let events = max(totalCount, 1)
      let unit = 1 / (sigma * events.squareRoot())
      let center = min((log(events) - logTotal) / sigma - effect, Self.farthestCenter)
      sums.addStretched(center: center, unit: unit)
    } else {
      sums.addEven(
        step: min(Self.largestStep / curvature.squareRoot(), Self.largestChange / sigma))
    }
    logIntegral =
      totalCount * sigma * effect - rate - 0.5 * effect * effect
      + log(sums.mass) - 0.5 * log(2 * Double.pi)
    let growth = sums.first / sums.mass
    mean = rate * (1 + growth)
    variance = rate * rate * max(sums.second / sums.mass - growth * growth, 0)
  }

  /// The sums over points of the integrand, relative to its mode, times 1, e^(sigma delta) - 1 and
  /// the square of that, with delta the distance from the mode.
  private struct Sums {
    /// exp(L + sigma v) at the mode.
    let rate: Double
    let sigma: Double
    var mass = 0.0
    var first = 0.0
    var second = 0.0

    /// Points whose heights are below that of the mode by more than this are left out.
    private static let depth = 36.0
    private static let stretchedStep = 0.15

    init(rate: Double, sigma: Double) {
      self.rate = rate
      self.sigma = sigma
    }

    /// - Returns: whether the point counts.
    private mutating func add(at delta: Double, width: Double) -> Bool {
      let growth = expm1(sigma * delta)
      let height = rate * (sigma * delta - growth) - 0.5 * delta * delta
      // False for NaN too, where the growth is beyond a double's range.
      guard height > -Self.depth else { return false }
      let weight = width * exp(height)
      mass += weight
      first += weight * growth
      second += weight * growth * growth
      return true
    }

    mutating func addEven(step: Double) {
      mass += step
      for side in [step, -step] {
        var index = 1.0
        while add(at: index * side, width: step) { index += 1 }
      }
    }

    /// delta = `center` + `unit` sinh(x) at equidistant x.
    mutating func addStretched(center: Double, unit: Double) {
      for side in [1.0, -1] {
        var index = side > 0 ? 0.0 : 1
        while true {
          let growth = exp(Self.stretchedStep * index)
          let delta = center + side * 0.5 * unit * (growth - 1 / growth)
          let width = Self.stretchedStep * 0.5 * unit * (growth + 1 / growth)
          // Between the center and the mode points may be too low on the way to where they count.
          if !add(at: delta, width: width), delta * side > 0 { break }
          index += 1
        }
      }
    }
  }

  /// w = L + sigma v at the mode, the root of the convex and rising sigma^2 exp(w) + w - L -
  /// sigma^2 Y. Newton's method falls to it from a start above.
  private static func logMeanAtMode(
    totalCount: Double, logTotal: Double, sigma: Double
  ) -> Double {
    let square = sigma * sigma
    let top = logTotal + square * totalCount
    guard square > 0 else { return top }
    // A root above 0 has sigma^2 exp(w) < top.
    var w = top <= 0 ? top : min(top, max(0, log(top / square)))
    for _ in 0..<maximumModeSteps {
      let product = square * exp(w)
      let move = (product + w - top) / (product + 1)
      w -= move
      if move.magnitude < 1e-12 * max(1, w.magnitude) { break }
    }
    return w
  }
}
