import Foundation

/// Expectations under a normal distribution by the trapezoid rule: on the whole line it is exact
/// to rounding for a smooth function, here to exp(-2 pi^2 / step^2) = 1e-15.
enum NormalExpectation {
  /// Standard normal points and their probabilities; nine SDs on both sides leave room for
  /// integrands that grow exponentially.
  static let rule: [(point: Double, weight: Double)] = {
    let step = 0.75
    return (-12...12).map { index in
      let point = Double(index) * step
      return (point, step * exp(-0.5 * point * point) / (2 * Double.pi).squareRoot())
    }
  }()

  /// E f(z), z ~ N(mean, sd^2).
  static func of(mean: Double, sd: Double, _ function: (Double) -> Double) -> Double {
    rule.reduce(0) { $0 + $1.weight * function(mean + sd * $1.point) }
  }

  /// Calls with every combination of points of independent normals, and its probability.
  static func forEach(
    means: [Double], sds: [Double], _ body: (_ point: [Double], _ weight: Double) -> Void
  ) {
    guard let mean = means.first, let sd = sds.first else { return body([], 1) }
    for (point, weight) in rule {
      forEach(means: Array(means.dropFirst()), sds: Array(sds.dropFirst())) {
        body([mean + sd * point] + $0, weight * $1)
      }
    }
  }
}
