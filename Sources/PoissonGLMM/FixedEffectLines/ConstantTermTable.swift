import PlatformEssentials

/// The integrals of `ConstantTermIntegral` for one SD, tabled as they are needed: with many groups
/// the same totals come back, and for each of them the log of the integral is a smooth function of
/// L. Between points a quarter apart it is the quintic with the known values, slopes and curvatures
/// there (Hermite), exact to 1e-8 of the total count.
///
/// One for each thread.
final class ConstantTermTable: @unchecked Sendable {
  private var sigma = -1.0
  /// By total count, the points from `lowest` on; NaN where they are not known yet.
  private var points: [[Point]] = []

  private struct Point {
    var value = Double.nan
    var slope = 0.0
    var curvature = 0.0
  }

  private static let spacing = 0.25
  /// Outside of these, and for larger totals, integrals are computed.
  private static let lowest = -200.0
  private static let highest = 40.0
  private static let largestTotal = 50

  /// Lambda with E mu and Var mu.
  func integral(
    totalCount: Double, logTotal: Double, sigma: Double
  ) -> (logIntegral: Double, mean: Double, variance: Double) {
    guard logTotal > Self.lowest, logTotal < Self.highest - Self.spacing,
      totalCount <= Double(Self.largestTotal)
    else {
      let direct = ConstantTermIntegral(
        totalCount: totalCount, logTotal: logTotal, sigma: sigma)
      return (direct.logIntegral, direct.mean, direct.variance)
    }
    if sigma != self.sigma {
      self.sigma = sigma
      points = [[Point]](repeating: [], count: Self.largestTotal + 1)
    }
    let place = (logTotal - Self.lowest) / Self.spacing
    let index = Int(place)
    let total = Int(totalCount)
    let (a, b) = (point(index, total: total), point(index + 1, total: total))
    let (t, h) = (place - Double(index), Self.spacing)
    // Newton's form on the points a, a, a, b, b, b.
    let rise = b.value - a.value
    let (slopeA, slopeB) = (h * a.slope, h * b.slope)
    let (curveA, curveB) = (0.5 * h * h * a.curvature, 0.5 * h * h * b.curvature)
    let third = rise - slopeA - curveA
    let fourth = slopeB - 3 * rise + 2 * slopeA + curveA
    let fifth = curveB - curveA - 3 * (slopeB - slopeA) + 6 * (rise - slopeA)
    let s = t - 1
    let value =
      a.value + t * (slopeA + t * (curveA + t * (third + s * (fourth + s * fifth))))
    // The derivatives of t^3 (third + s fourth + s^2 fifth).
    let (q, dq, ddq) = (
      third + s * (fourth + s * fifth), fourth + 2 * s * fifth, 2 * fifth
    )
    let slope = slopeA + 2 * curveA * t + t * t * (3 * q + t * dq)
    let curvature = 2 * curveA + t * (6 * q + t * (6 * dq + t * ddq))
    let mean = max(-slope / h, 0)
    return (value, mean, max(curvature / (h * h) + mean, 0))
  }

  private func point(_ index: Int, total: Int) -> Point {
    if points[total].isEmpty {
      let count = Int((Self.highest - Self.lowest) / Self.spacing) + 1
      points[total] = [Point](repeating: Point(), count: count)
    }
    if points[total][index].value.isNaN {
      let known = ConstantTermIntegral(
        totalCount: Double(total), logTotal: Self.lowest + Self.spacing * Double(index),
        sigma: sigma)
      points[total][index] = Point(
        value: known.logIntegral, slope: -known.mean, curvature: known.variance - known.mean)
    }
    return points[total][index]
  }
}
