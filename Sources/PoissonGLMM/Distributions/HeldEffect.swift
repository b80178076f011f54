/// A fixed effect whose density no normal one is near, with what the other fixed effects are given
/// its value: normal, with a mean and a covariance that are known at some values.
struct HeldEffect: Sendable {
  /// Its place among the fixed effects b.
  let effect: Int
  let density: Marginal
  /// Ascending in value, two or more.
  let points: [Point]
  /// M, p x p, where the fixed effects that are reported are M b.
  let effectMatrix: Matrix?
  /// c, p numbers, where they are M b + c; none for zeros.
  var shift: [Double] = []

  struct Point: Sendable {
    let value: Double
    /// E b and Cov(b) of the other fixed effects, p - 1 and p - 1 x p - 1.
    let mean: [Double]
    let covariance: Matrix
  }

  /// The normals of a combination's mixture: their own SDs smooth it.
  private static let mixtureCount = 400

  /// Whether most of a combination's variance comes from the held effect. Where it does not, as for
  /// the level of an arm with events, the mixture over the hyperparameters shapes its tails.
  func rules(combination reported: [Double], standardDeviation: Double) -> Bool {
    let weights = effectMatrix.map { $0.transposed * reported } ?? reported
    let others = weights.indices.filter { $0 != effect }.map { weights[$0] }
    let given = points.reduce(0) { $0 + $1.covariance.quadraticForm(others) }
    return given / Double(points.count) < 0.5 * standardDeviation * standardDeviation
  }

  /// The marginal of a combination w'b of the fixed effects that are reported: means and variances
  /// given the held effect are interpolated between the points, and means extrapolated beyond them.
  func marginal(ofCombination reported: [Double]) -> Marginal {
    let weights = effectMatrix.map { $0.transposed * reported } ?? reported
    let constant = zip(reported, shift).reduce(0) { $0 + $1.0 * $1.1 }
    let others = weights.indices.filter { $0 != effect }.map { weights[$0] }
    guard others.contains(where: { $0 != 0 }) else {
      return density.transformed(factor: weights[effect], constant: constant)
    }
    let moments = points.map { point in
      (
        mean: zip(others, point.mean).reduce(0) { $0 + $1.0 * $1.1 },
        variance: point.covariance.quadraticForm(others)
      )
    }
    let count = Self.mixtureCount
    let normals = (0..<count).map { part in
      let value = density.quantile((Double(part) + 0.5) / Double(count))
      let high =
        points.indices.dropFirst().first { points[$0].value >= value } ?? points.count - 1
      let low = high - 1
      let share = (value - points[low].value) / (points[high].value - points[low].value)
      let inner = max(0, min(1, share))
      return (
        mean: constant + weights[effect] * value + (1 - share) * moments[low].mean
          + share * moments[high].mean,
        variance: (1 - inner) * moments[low].variance + inner * moments[high].variance
      )
    }
    return Marginal(
      NormalMixture(
        weights: normals.map { _ in 1 / Double(count) }, means: normals.map(\.mean),
        standardDeviations: normals.map { max($0.variance, 0).squareRoot() }))
  }
}
