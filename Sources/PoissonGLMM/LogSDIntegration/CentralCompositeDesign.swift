import Foundation

/// A quadrature rule in K standardized dimensions from few points: the center, 2 K points on the
/// axes and the 2^K corners of a cube, all but the center on a sphere of radius f sqrt(K), f = 1.1
/// (the layout of Rue, Martino & Chopin 2009, section 6.5).
///
/// The weights make it exact for the mass and the second moments of a standard normal density: with
/// n - 1 points on the sphere, each carries exp(f^2 K / 2) / ((n - 1) f^2) times the density, the
/// center 1 - 1 / f^2.
struct CentralCompositeDesign {
  private static let radiusFactor = 1.1

  /// Points in units of posterior SDs.
  let points: [[Double]]
  /// What the density at a point, relative to the center's, is multiplied by; the sum is the
  /// integral over (2 pi)^(K/2).
  let weights: [Double]

  init(dimensions: Int) {
    let radius = Self.radiusFactor * Double(dimensions).squareRoot()
    var points = [[Double](repeating: 0, count: dimensions)]
    for k in 0..<dimensions {
      for side in [-radius, radius] {
        var point = points[0]
        point[k] = side
        points.append(point)
      }
    }
    for corner in 0..<(1 << dimensions) {
      points.append(
        (0..<dimensions).map {
          corner >> $0 & 1 == 0 ? -Self.radiusFactor : Self.radiusFactor
        })
    }
    let square = Self.radiusFactor * Self.radiusFactor
    let onSphere =
      exp(0.5 * square * Double(dimensions)) / (Double(points.count - 1) * square)
    self.points = points
    weights = points.indices.map { $0 == 0 ? 1 - 1 / square : onSphere }
  }
}
