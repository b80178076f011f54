import GSLNumerics
import PlatformEssentials

/// The distribution of one random effect given all other parameters and the data, in units of its
/// prior's SD from its prior's mean:
///
///     log p(t) = sum_i (y_i a_i t - r_i exp(a_i t)) - t^2 / 2 + constant
///
/// with r_i the rate of row i where t = 0 and a_i its slope. It is log-concave.
struct ConditionalEffect {
  private let slopes: DoubleStorage
  private let rates: DoubleStorage
  private var count = 0
  /// sum_i y_i a_i
  private var events = 0.0
  private(set) var mode = 0.0
  /// 1 / sqrt(-d^2 log p / dt^2) at the mode.
  private(set) var spread = 1.0

  /// - Parameter rows: those of the largest level.
  init(rows: Int) {
    slopes = DoubleStorage(count: max(rows, 1))
    rates = DoubleStorage(count: max(rows, 1))
  }

  mutating func removeRows() { (count, events) = (0, 0) }

  /// Adds a row, or several with the same slope: their events and their rates together.
  mutating func add(events y: Double, slope: Double, rate: Double) {
    slopes.pointer[count] = slope
    rates.pointer[count] = rate
    events += y * slope
    count += 1
  }

  /// log p(t), up to its constant.
  private func logDensity(_ t: Double) -> Double {
    var sum = events * t - 0.5 * t * t
    for i in 0..<count { sum -= rates.pointer[i] * exp(slopes.pointer[i] * t) }
    return sum
  }

  /// Finds the mode, by Newton's method with bounded steps from `start`: the slope of log p falls
  /// and is concave in exp(a t), so that from above Newton's steps cannot overshoot.
  mutating func locate(from start: Double) {
    var t = start
    for _ in 0..<Self.maximumSteps {
      var (gradient, curvature) = (events - t, 1.0)
      for i in 0..<count {
        let slope = slopes.pointer[i]
        let rate = slope * rates.pointer[i] * exp(slope * t)
        gradient -= rate
        curvature += slope * rate
      }
      spread = 1 / curvature.squareRoot()
      let step = max(-Self.longestStep, min(Self.longestStep, gradient / curvature))
      t += step
      // What follows weighs with the density itself: the mode need not be exact.
      if step.magnitude <= 0.02 * spread { break }
    }
    mode = t
  }

  private static let maximumSteps = 60
  private static let longestStep = 2.0
  /// Wider than the normal at the mode, whose left tail is lighter than that of p where events are
  /// few.
  private static let proposalWidth = 1.25
  /// With the acceptance rates of these densities, from 0.75 on, what is left of the proposal's
  /// distribution is below 0.25^4.
  private static let proposals = 4

  /// A draw: independent Metropolis-Hastings steps with a normal at the mode.
  func draw(_ stream: RandomStream) -> Double {
    let width = Self.proposalWidth * spread
    var (current, currentWeight) = (mode, -Double.infinity)
    for _ in 0..<Self.proposals {
      let z = stream.normal()
      let t = mode + width * z
      let weight = logDensity(t) + 0.5 * z * z
      let u = stream.uniform()
      if currentWeight == -.infinity || log(max(u, 1e-300)) < weight - currentWeight {
        (current, currentWeight) = (t, weight)
      }
    }
    return current
  }

  /// The mean of `ShapeMoments` given the data, and the variance of t: by the trapezoidal rule over
  /// 5 SDs on either side of the mode.
  func shapeMoments() -> ShapeMoments {
    let t = mode + spread * Self.nodes
    var logs = events * t - 0.5 * t * t
    for i in 0..<count {
      logs -= rates.pointer[i] * vectorExponential(slopes.pointer[i] * t)
    }
    let density = vectorExponential(logs - logs.max())
    let scale = 1 / density.sum()
    let squares = t * t
    let bell = vectorExponential(-0.5 * squares)
    let mean = (density * t).sum() * scale
    let square = (density * squares).sum() * scale
    return ShapeMoments(
      skewness: (density * t * bell).sum() * scale - ShapeMoments.skewnessSlope * mean,
      tails: (density * bell).sum() * scale - ShapeMoments.meanBell
        + ShapeMoments.tailsSlope * (square - 1), reliability: 1 - (square - mean * mean))
  }

  private static let nodes: SIMD16<Double> = {
    var nodes = SIMD16<Double>()
    for i in 0..<16 { nodes[i] = 10 * (Double(i) - 7.5) / 15 }
    return nodes
  }()
}

/// Two functions of a random effect t over its prior's SD, which under N(0, 1) have mean 0 and are
/// uncorrelated with t and t^2, so that to first order neither the fixed effects nor the SD matter:
///
///     t exp(-t^2/2) - t / sqrt(8)       exp(-t^2/2) - 1 / sqrt(2) + (t^2 - 1) / sqrt(32)
///
/// The first is negative where t is skewed to the right, the second positive where its tails are
/// heavy. They grow more slowly than the third and fourth power of t, whose sums are far from
/// normal for some dozens of levels.
struct ShapeMoments {
  var skewness = 0.0
  var tails = 0.0
  /// r = 1 - Var(t | y).
  var reliability = 0.0

  static let skewnessSlope = 0.125.squareRoot()
  static let meanBell = 0.5.squareRoot()
  static let tailsSlope = 0.03125.squareRoot()

  /// The variance of E(f(t) | y) for the two functions f. It is E f(t) f(t') for two draws t and t'
  /// given the same data, which are bivariate normal with the correlation r if t and the data's
  /// estimate of it are.
  var variances: (skewness: Double, tails: Double) {
    let r = max(reliability, 0)
    let rest = 1 / (4 - r * r)
    let root = rest.squareRoot()
    return (r * (rest * root - 0.125), root - 0.5 - r * r / 16)
  }
}

@inline(__always)
private func vectorExponential(_ x: SIMD16<Double>) -> SIMD16<Double> {
  SIMD16(
    lowHalf: vectorExponential(x.lowHalf), highHalf: vectorExponential(x.highHalf))
}
