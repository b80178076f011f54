import Foundation

/// The posterior of (b, u) as a mixture of Gaussians: one for every point of the quadrature over
/// the log SDs under integrated and corrected, a single one under mean-field and structured.
struct PosteriorMixture: Sendable {
  /// One Gaussian.
  struct Component: Sendable {
    var weight: Double
    /// The log SDs it belongs to, by random term: their values under integrated and
    /// corrected, their means under mean-field and structured.
    let logSDs: [Double]
    /// The variances of the log SDs: 0 under integrated and corrected.
    let logSDVariances: [Double]
    /// p
    var fixedMean: [Double]
    /// p x p, row-major.
    var fixedCovariance: [Double]
    /// The skewness of each fixed effect that is reported; empty where only the Gaussian is known.
    var fixedSkewness: [Double] = []
    /// G q, group-major; empty where the component weighs too little to be kept.
    var randomMean: [Double]
    /// G q, group-major; empty where `randomMean` is.
    var randomVariance: [Double]
  }

  let components: [Component]
  let approximation: Approximation
  /// The components with random effects; their weights add up to 1.
  let kept: [Component]

  /// The components left out of the random effects have this weight together, at most: it moves a
  /// 2.5 % point by less than 0.002 SD, and saves a third to two thirds of the memory.
  static let negligibleWeight = 1e-4

  /// Leaves the random effects out of the lightest components.
  init(components: [Component], approximation: Approximation) {
    var components = components
    var left = Self.negligibleWeight
    for index in components.indices.sorted(by: { components[$0].weight < components[$1].weight }) {
      left -= components[index].weight
      if left < 0 { break }
      components[index].randomMean = []
      components[index].randomVariance = []
    }
    var kept = components.filter { !$0.randomMean.isEmpty }
    let total = kept.reduce(0) { $0 + $1.weight }
    for index in kept.indices { kept[index].weight /= total }
    self.components = components
    self.approximation = approximation
    self.kept = kept
  }

  /// The same posterior in the fixed effects M b, to which the skewness belongs already.
  /// - Parameter matrix: M, p x p, row-major.
  func transformed(by matrix: [Double]) -> PosteriorMixture {
    PosteriorMixture(
      components: components.map { component in
        var copy = component
        let p = component.fixedMean.count
        let mean = product(matrix, component.fixedMean, order: p)
        // M S M' = M (M S)', S being symmetric.
        let half = product(matrix, component.fixedCovariance, order: p)
        let turned = (0..<(p * p)).map { half[$0 % p * p + $0 / p] }
        copy.fixedMean = mean
        copy.fixedCovariance = product(matrix, turned, order: p)
        return copy
      }, approximation: approximation)
  }

  /// The marginal of each fixed effect.
  func fixedMarginals() -> [Marginal] {
    let p = components.first?.fixedMean.count ?? 0
    return (0..<p).map { c in
      guard components.contains(where: { !$0.fixedSkewness.isEmpty }) else {
        return Self.marginal(
          components.map { ($0.weight, $0.fixedMean[c], $0.fixedCovariance[c * (p + 1)]) })
      }
      return Marginal(
        SkewMixture(
          weights: components.map(\.weight),
          components: components.map {
            ShiftedLognormal(
              mean: $0.fixedMean[c],
              standardDeviation: max($0.fixedCovariance[c * (p + 1)], 0).squareRoot(),
              skewness: $0.fixedSkewness.isEmpty ? 0 : $0.fixedSkewness[c])
          }))
    }
  }

  /// The marginal of the random effect at a place in the group-major order.
  func randomMarginal(at index: Int) -> Marginal {
    Self.marginal(kept.map { ($0.weight, $0.randomMean[index], $0.randomVariance[index]) })
  }

  /// The distribution with the given weights, means and variances of normals.
  static func marginal(_ normals: [(weight: Double, mean: Double, variance: Double)]) -> Marginal {
    if normals.count == 1 {
      return Marginal(
        mean: normals[0].mean, standardDeviation: max(normals[0].variance, 0).squareRoot())
    }
    return Marginal(
      NormalMixture(
        weights: normals.map(\.weight), means: normals.map(\.mean),
        standardDeviations: normals.map { max($0.variance, 0).squareRoot() }))
  }
}

/// The product of a square matrix, most of whose elements may be 0, and a matrix of as many rows;
/// row-major.
private func product(_ left: [Double], _ right: [Double], order p: Int) -> [Double] {
  let columns = p == 0 ? 0 : right.count / p
  var result = [Double](repeating: 0, count: right.count)
  for row in 0..<p {
    for k in 0..<p where left[row * p + k] != 0 {
      for column in 0..<columns {
        result[row * columns + column] += left[row * p + k] * right[k * columns + column]
      }
    }
  }
  return result
}
