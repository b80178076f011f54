import GSLNumerics
import PlatformEssentials

/// A Gauss-Hermite product rule for independent normals, as those of the hyperparameters under
/// mean-field and structured; a single point where all of them are given.
enum HermiteProductRule {
  /// - Parameters:
  ///   - maximumPoints: about the most points, 15 in each direction at most.
  /// - Returns: points with their weights, which add up to 1.
  /// - Throws: `FitError` if there is no such rule.
  static func points(
    means: [Double], variances: [Double], maximumPoints: Double
  ) throws(FitError) -> [(weight: Double, values: [Double])] {
    guard variances.contains(where: { $0 > 0 }) else { return [(1, means)] }
    let perDimension = Int(
      min(15, max(1, pow(maximumPoints, 1 / Double(means.count)).rounded(.down))))
    let rule: GaussHermiteRule
    do {
      rule = try GaussHermiteRule(points: perDimension)
    } catch {
      throw FitError("Predictions need a quadrature rule: \(error)")
    }
    var points = [(weight: 1.0, values: [Double]())]
    for (mean, variance) in zip(means, variances) {
      points = points.flatMap { point in
        zip(rule.nodes, rule.weights).map { node, weight in
          (
            point.weight * weight / Double.pi.squareRoot(),
            point.values + [mean + (2 * variance).squareRoot() * node]
          )
        }
      }
    }
    return points
  }
}
