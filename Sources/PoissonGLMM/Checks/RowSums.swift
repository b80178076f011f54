import GSLNumerics
import PlatformEssentials

/// What the counts of all rows are like beside Poisson counts of given means.
///
/// The sums are of functions of y that have mean 0 under the model and are uncorrelated with y -
/// mu, so that to first order nothing depends on how the means were estimated.
struct RowSums {
  /// sum w ((y - mu)^2 - y) with w = 1 / (1 + mu), the second Poisson-Charlier polynomial:
  /// variances that exceed the mean by a share of mu / (1 + mu), Poisson's where counts are rare.
  private(set) var dispersion = StandardizedSum()
  /// sum of 1[y = 0] - p + p (y - mu) with p = exp(-mu).
  private(set) var zeros = StandardizedSum()
  /// sum w (y - mu)^2 and its mean under the model.
  private(set) var squares = 0.0
  private(set) var expectedSquares = 0.0
  /// The number of zeros that the model expects.
  private(set) var expectedZeros = 0.0

  /// - Parameters:
  ///   - predictors: log mu.
  ///   - means: room for mu, as `probabilities` for the probabilities of a zero.
  init(_ rows: CheckRows, predictors: DoubleStorage, means: DoubleStorage, room: DoubleStorage) {
    let n = rows.count
    let (y, mu, p) = (rows.counts.pointer, means.pointer, room.pointer)
    fillExponentials(of: predictors.pointer, into: mu, count: n)
    for i in 0..<n { p[i] = -mu[i] }
    fillExponentials(of: p, into: p, count: n)
    for i in 0..<n {
      let (mean, zero) = (mu[i], p[i])
      let error = y[i] - mean
      let weight = 1 / (1 + mean)
      let ratio = weight * mean
      let square = weight * error * error
      squares += square
      expectedSquares += ratio
      dispersion.add(
        square - weight * y[i], variance: 2 * ratio * ratio,
        third: (8 * ratio + 4 * weight) * ratio * ratio)
      expectedZeros += zero
      let other = 1 - zero
      zeros.add(
        (y[i] == 0 ? other : -zero) + zero * error, variance: zero * (other - zero * mean),
        third: zero
          * (other * (1 - 2 * zero)
            + zero * mean * (3 * (2 * zero - 1) + zero * (3 * (mean - 1) + 1))))
    }
  }
}

/// A sum of independent numbers with mean 0, with its variance and third central moment.
struct StandardizedSum {
  private(set) var value = 0.0
  private(set) var variance = 0.0
  private(set) var third = 0.0

  init() {}

  init(_ value: Double, variance: Double, third: Double) {
    (self.value, self.variance, self.third) = (value, variance, third)
  }

  @inline(__always)
  mutating func add(_ value: Double, variance: Double, third: Double) {
    self.value += value
    self.variance += variance
    self.third += third
  }

  /// The number with the standard normal distribution that the sum has as a gamma variable with its
  /// first three moments (Wilson & Hilferty 1931); nil where it is more skewed than an exponential
  /// variable, so that one event or none would decide.
  var normalScore: Double? {
    guard variance > 0, variance.isFinite, value.isFinite else { return nil }
    let x = value / variance.squareRoot()
    let skewness = third / (variance * variance.squareRoot())
    guard skewness.magnitude <= Self.largestSkewness else { return nil }
    guard skewness.magnitude > 1e-6 else { return x }
    let root = cbrt(max(0.5 * skewness * x + 1, 0))
    return 6 / skewness * (root - 1) + skewness / 6
  }

  private static let largestSkewness = 2.0
}
