import Foundation
import GSLNumerics

/// A measure near its target as a line in the logarithm of the value: of the probit of a share, by
/// maximum likelihood, or of the measure itself, by weighted least squares. It takes all batches
/// that are not far from the place.
package struct PowerCurve: Sendable, Equatable {
  /// In the logarithm of the value.
  let intercept: Double
  let slope: Double
  /// Whether the line is that of the probit.
  let isShare: Bool
  /// Where the line reaches the target.
  package let place: Double
  /// Of the logarithm of `place`.
  package let logStandardError: Double

  /// Batches at values within this ratio of the median count.
  private static let reach = 1.6
  private static let leastBatches = 6
  private static let steps = 12

  /// The place with its standard errors on both sides: 95 %.
  package var interval: ClosedRange<Double> {
    let margin = exp(NormalDistribution.quantile(0.975) * logStandardError)
    return (place / margin)...(place * margin)
  }

  /// - Returns: nil if too few batches are near the place, or they do not show where it is.
  init?(_ search: PowerSearch, isShare: Bool) {
    let values = search.candidates.values
    let center = log(values[search.quantile(0.5)])
    let near = search.observations.compactMap { observation -> Point? in
      let x = log(values[observation.candidate]) - center
      guard abs(x) <= log(Self.reach), observation.used > 0 else { return nil }
      return Point(
        x: x, y: observation.estimate, count: Double(observation.used),
        error: observation.standardError)
    }
    let wanted = isShare ? NormalDistribution.quantile(search.target) : search.target
    guard near.count >= Self.leastBatches else { return nil }
    // Of shares by iteratively reweighted least squares, from a level line on.
    var line = (height: wanted, slope: 0.0)
    var sums = Sums()
    for _ in 0..<(isShare ? Self.steps : 1) {
      sums = Sums()
      for point in near {
        let (y, weight) =
          isShare
          ? Self.working(point, at: line.height + line.slope * point.x)
          : (point.y, 1 / (point.error * point.error))
        guard weight.isFinite, weight > 0 else { continue }
        sums.add(point.x, y, weight)
      }
      guard let solved = sums.line else { return nil }
      line = solved
    }
    let x = (wanted - line.height) / line.slope
    // Var(height + slope x) / slope^2.
    let variance =
      (sums.xx - 2 * x * sums.x + x * x * sums.w) / sums.determinant / (line.slope * line.slope)
    guard x.isFinite, variance.isFinite, variance > 0,
      (line.slope > 0) == (search.isIncreasing == true)
    else { return nil }
    slope = line.slope
    intercept = line.height - line.slope * center
    self.isShare = isShare
    place = exp(x + center)
    logStandardError = variance.squareRoot()
  }

  private struct Point {
    let x: Double
    let y: Double
    let count: Double
    let error: Double
  }

  /// Weighted sums of a straight line.
  private struct Sums {
    var (w, x, xx, y, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)

    mutating func add(_ x: Double, _ y: Double, _ weight: Double) {
      w += weight
      self.x += weight * x
      xx += weight * x * x
      self.y += weight * y
      xy += weight * x * y
    }

    var determinant: Double { w * xx - x * x }
    var line: (height: Double, slope: Double)? {
      guard determinant > 1e-12 * w * w else { return nil }
      return ((y * xx - x * xy) / determinant, (w * xy - x * y) / determinant)
    }
  }

  /// The working response and weight of a share at a value of the line.
  private static func working(_ point: Point, at line: Double) -> (y: Double, weight: Double) {
    let line = min(5, max(-5, line))
    let density = exp(-0.5 * line * line) / (2 * Double.pi).squareRoot()
    let share = NormalDistribution.cumulative(line)
    return (
      line + (point.y - share) / density, point.count * density * density / (share * (1 - share))
    )
  }

  /// The measure at a value.
  func measure(at value: Double) -> Double {
    let y = intercept + slope * log(value)
    return isShare ? NormalDistribution.cumulative(y) : y
  }
}
