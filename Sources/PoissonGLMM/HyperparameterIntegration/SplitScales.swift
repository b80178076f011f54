import PlatformEssentials

/// SDs of a density on either side of its center along each coordinate y_k, as if it were a product
/// of split normals:
///
///     sigma^2 = 1 / (log f(0) - log f(+- sqrt(2) e_k))
///
/// which is 1 where the log density falls as a standard normal's does (Martins, Simpson, Lindgren &
/// Rue 2013, section 3.2). They take up most of a skewness, and of a center beside the mode.
struct SplitScales: Sendable {
  /// sigma for y_k < 0 and y_k > 0, by coordinate.
  let lower: [Double]
  let upper: [Double]

  /// The distance from the center of the points where the density has to be known.
  static let distance = 2.0.squareRoot()
  /// A density that hardly falls, or rises, is no wider than this, and one that is not there no
  /// narrower: points farther out would be beyond the normal part.
  private static let range = 0.5...2.0

  /// The points where the density has to be known: below and above the center, by coordinate.
  static func points(dimensions: Int) -> [[Double]] {
    HyperparameterChart.axisPoints(dimensions: dimensions, distance: -distance)
  }

  /// - Parameters:
  ///   - heights: the log densities of y at `points`; nil where there is none.
  init(center: Double, heights: [Double?]) {
    let scales = heights.map { height in
      let fall = center - (height ?? -.infinity)
      let scale = fall > 0 ? 1 / fall.squareRoot() : .infinity
      return min(max(scale, Self.range.lowerBound), Self.range.upperBound)
    }
    lower = stride(from: 0, to: scales.count, by: 2).map { scales[$0] }
    upper = stride(from: 1, to: scales.count, by: 2).map { scales[$0] }
  }

  /// By coordinate, the mean square of both sides' SDs.
  var variances: [Double] {
    zip(lower, upper).map { 0.5 * ($0 * $0 + $1 * $1) }
  }

  /// By coordinate, the SD on the side of a point; the mean of both at 0, which stands for the
  /// volume on either side.
  func scales(at z: [Double]) -> [Double] {
    z.indices.map { k in
      z[k] < 0 ? lower[k] : z[k] > 0 ? upper[k] : 0.5 * (lower[k] + upper[k])
    }
  }
}
