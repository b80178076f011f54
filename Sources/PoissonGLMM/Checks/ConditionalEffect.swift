import Foundation
import GSLNumerics

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

  /// The first and second moments of the Hermite polynomials He3(t) = t^3 - 3 t and He4(t) = t^4 -
  /// 6 t^2 + 3, whose means under N(0, 1) are 0 and whose variances are 6 and 24: by the
  /// trapezoidal rule over 5 SDs on either side of the mode.
  func hermiteMoments() -> HermiteMoments {
    let t = mode + spread * Self.nodes
    var logs = events * t - 0.5 * t * t
    for i in 0..<count {
      logs -= rates.pointer[i] * vectorExponential(slopes.pointer[i] * t)
    }
    let peak = logs.max()
    let density = vectorExponential(logs - peak)
    let total = density.sum()
    let squares = t * t
    let third = t * (squares - 3)
    let fourth = squares * (squares - 6) + 3
    return HermiteMoments(
      third: (density * third).sum() / total, thirdSquare: (density * third * third).sum() / total,
      fourth: (density * fourth).sum() / total,
      fourthSquare: (density * fourth * fourth).sum() / total)
  }

  private static let nodes: SIMD16<Double> = {
    var nodes = SIMD16<Double>()
    for i in 0..<16 { nodes[i] = 10 * (Double(i) - 7.5) / 15 }
    return nodes
  }()
}

/// Moments of He3 and He4 of a random effect over its prior's SD, given the data.
struct HermiteMoments {
  var third = 0.0
  var thirdSquare = 0.0
  var fourth = 0.0
  var fourthSquare = 0.0
}

@inline(__always)
private func vectorExponential(_ x: SIMD16<Double>) -> SIMD16<Double> {
  SIMD16(
    lowHalf: vectorExponential(x.lowHalf), highHalf: vectorExponential(x.highHalf))
}
