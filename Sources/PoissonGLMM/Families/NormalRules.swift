import GSLNumerics
import PlatformEssentials

/// Rules for expectations over t ~ N(0, 1) of smooth functions h(m + sqrt(v) t), by the distance a
/// of the function's nearest singularity from the real line in units of sqrt(v).
///
/// Gauss-Hermite rules of 8, 16 and 24 points have errors of about exp(-2 a sqrt(N)). Nearer ones
/// get the trapezoid rule, whose error is exp(-2 pi a / step) and that of the normal density's own,
/// exp(-2 pi^2 / step^2). Its points go farther up than down: where h grows as exp(eta), the
/// integrand's mass is sqrt(v) above the mean.
///
/// Measured over the means and the variances that are served (`OverdispersedFamilyTests`), errors
/// of h and its first two derivatives are below 1e-8 of h's size, and those of the fourth
/// derivative below 1e-4.
final class NormalRules: Sendable {
  /// Points and weights, in whole vectors of eight: those that fill up have no weight.
  struct Rule: Sendable {
    let points: DoubleStorage
    let weights: DoubleStorage
    /// Without those that fill up.
    let count: Int

    fileprivate init(points: [Double], weights: [Double]) {
      count = points.count
      let padding = [Double](repeating: 0, count: (8 - count % 8) % 8)
      self.points = DoubleStorage(points + padding)
      self.weights = DoubleStorage(weights + padding)
    }
  }

  static let shared = NormalRules()

  /// By ascending numbers of points; each serves down to its distance.
  private let hermite: [(distance: Double, rule: Rule)]
  /// The same for values alone, which need fewer where the function is nearly a polynomial.
  private let brief: [(distance: Double, rule: Rule)]
  /// Trapezoid rules for distances of 2.5 / ratio^k.
  private let trapezoids: [Rule]

  private static let farthest = 2.5
  private static let ratio = 1.15
  private static let smallestDistance = 0.38
  /// -log of the error that a singularity makes.
  private static let exponent = 30.0
  private static let reach = 7.4

  private init() {
    hermite = [(6, 8), (3.5, 16), (Self.farthest, 24)].map { ($0.0, Self.hermite($0.1)) }
    brief = [(30, 3), (14, 5)].map { ($0.0, Self.hermite($0.1)) } + hermite
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
    let count = Int(((2 * reach + Double.pi / a) / step).rounded(.up)) + 1
    let points = (0..<count).map { -reach + step * Double($0) }
    return Rule(
      points: points,
      weights: points.map { step * exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot() })
  }

  /// - Parameter distance: a.
  func rule(distance a: Double) -> Rule {
    for (least, rule) in hermite where a >= least { return rule }
    return trapezoid(a)
  }

  /// A rule for the value alone, exact to 1e-8.
  func briefRule(distance a: Double) -> Rule {
    for (least, rule) in brief where a >= least { return rule }
    return trapezoid(a)
  }

  private func trapezoid(_ a: Double) -> Rule {
    guard a > Self.smallestDistance else { return trapezoids[trapezoids.count - 1] }
    let place = Int(log(Self.farthest / a) / log(Self.ratio))
    return trapezoids[min(max(place, 0), trapezoids.count - 1)]
  }
}
