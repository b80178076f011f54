import GSLNumerics
import PlatformEssentials

/// Rules for expectations over t ~ N(0, 1) of smooth functions h(m + sqrt(v) t), by the distance a
/// of the function's nearest singularity from the real line in units of sqrt(v).
///
/// Gauss-Hermite rules of N = 8, 16 and 24 points have errors of about exp(-2 a sqrt(N)); those of
/// 5 and 6 points serve distances of 14 and 10 as well. Nearer singularities get the trapezoid
/// rule, whose error is exp(-2 pi a / step) and that of the normal density's own, exp(-2 pi^2 /
/// step^2). Its points go farther up than down: where h grows as exp(eta), the integrand's mass is
/// sqrt(v) above the mean.
///
/// Measured over the means and the variances that are served (`OverdispersedFamilyTests`), errors
/// of h and its first two derivatives are below 1e-8 of h's size, and those of the fourth
/// derivative below 1e-4.
final class NormalRules: Sendable {
  /// Points and weights, in whole vectors of eight: those that fill up have no weight. They live as
  /// long as the program.
  struct Rule: @unchecked Sendable {
    let points: UnsafePointer<Double>
    let weights: UnsafePointer<Double>
    /// The weights of a point and of all above it, and the same of weights times points.
    private let tails: UnsafePointer<Double>
    private let firstMoments: UnsafePointer<Double>
    /// Without those that fill up.
    let count: Int
    let paddedCount: Int
    /// The distance of points; 0 where they are not equidistant.
    private let step: Double

    fileprivate init(points: [Double], weights: [Double], step: Double = 0) {
      count = points.count
      self.step = step
      let padding = [Double](repeating: 0, count: (8 - count % 8) % 8)
      paddedCount = count + padding.count
      var (tails, moments) = ([0.0], [0.0])
      for (point, weight) in zip(points + padding, weights + padding).reversed() {
        tails.append(tails[tails.count - 1] + weight)
        moments.append(moments[moments.count - 1] + weight * point)
      }
      func kept(_ values: [Double]) -> UnsafePointer<Double> {
        let storage = UnsafeMutablePointer<Double>.allocate(capacity: values.count)
        storage.initialize(from: values, count: values.count)
        return UnsafePointer(storage)
      }
      self.points = kept(points + padding)
      self.weights = kept(weights + padding)
      self.tails = kept(tails.reversed())
      firstMoments = kept(moments.reversed())
    }

    /// The places of whole vectors that have the points of an equidistant rule from `low` to
    /// `high`, or all of them.
    @inline(__always)
    func places(from low: Double, to high: Double) -> Range<Int> {
      guard step > 0, low.isFinite, high.isFinite else { return 0..<paddedCount }
      let first = (low - points[0]) / step
      let last = (high - points[0]) / step
      let end = Double(paddedCount)
      let start = 8 * Int(min(max(first, 0), end) / 8)
      let stop = 8 * Int((min(max(last + 1, 0), end) / 8).rounded(.up))
      return start..<max(start, min(stop, paddedCount))
    }

    /// The sums of the weights from a place on, and of the weights times points.
    @inline(__always)
    func sums(from place: Int) -> (weight: Double, moment: Double) {
      (tails[place], firstMoments[place])
    }
  }

  static let shared = NormalRules()

  private let eight: Rule
  private let sixteen: Rule
  private let twentyFour: Rule
  /// Rules that serve where the function is nearly a polynomial.
  private let three: Rule
  private let five: Rule
  private let six: Rule
  /// Trapezoid rules for distances of 2.5 / ratio^k.
  private let trapezoids: [Rule]

  private static let farthest = 2.5
  private static let ratio = 1.15
  private static let smallestDistance = 0.05
  /// From here on no function that is served grows by more than its values at the points say.
  private static let longestReach = 8.3
  /// -log of the error that a singularity makes.
  private static let exponent = 30.0
  private static let reach = 7.4

  private init() {
    (three, five, eight) = (Self.hermite(3), Self.hermite(5), Self.hermite(8))
    six = Self.hermite(6)
    (sixteen, twentyFour) = (Self.hermite(16), Self.hermite(24))
    let classes = Int((log(Self.farthest / Self.smallestDistance) / log(Self.ratio)).rounded(.up))
    trapezoids = (0..<classes).map { k in
      Self.trapezoid(distance: Self.farthest / pow(Self.ratio, Double(k + 1)))
    }
  }

  private static func hermite(_ count: Int) -> Rule {
    guard let rule = try? GaussHermiteRule(points: count) else {
      preconditionFailure("a rule of so few points exists")
    }
    let total = rule.weights.reduce(0, +)
    return Rule(
      points: rule.nodes.map { 2.0.squareRoot() * $0 }, weights: rule.weights.map { $0 / total })
  }

  private static func trapezoid(distance a: Double) -> Rule {
    let step = min(0.8, 2 * Double.pi * a / exponent)
    let above = reach + min(Double.pi / a, longestReach)
    let count = Int(((reach + above) / step).rounded(.up)) + 1
    let points = (0..<count).map { -reach + step * Double($0) }
    return Rule(
      points: points,
      weights: points.map { step * exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() }, step: step)
  }

  /// - Parameter distance: a.
  func rule(distance a: Double) -> Rule {
    if a >= 6 { return eight }
    return gauss(distance: a) ?? trapezoid(a)
  }

  /// A Gauss-Hermite rule with as few points as will do, for those who do not fill vectors with
  /// the points; nil where it takes a trapezoid rule.
  func gauss(distance a: Double) -> Rule? {
    if a >= 14 { return five }
    if a >= 10 { return six }
    if a >= 6 { return eight }
    if a >= 3.5 { return sixteen }
    return a >= Self.farthest ? twentyFour : nil
  }

  /// A rule for the value alone, exact to 1e-8.
  func briefRule(distance a: Double) -> Rule {
    if a >= 30 { return three }
    return a >= 14 ? five : rule(distance: a)
  }

  private func trapezoid(_ a: Double) -> Rule {
    guard a > Self.smallestDistance else { return trapezoids[trapezoids.count - 1] }
    let place = Int(log(Self.farthest / a) / log(Self.ratio))
    return trapezoids[min(max(place, 0), trapezoids.count - 1)]
  }
}
