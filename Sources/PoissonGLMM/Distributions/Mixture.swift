import GSLNumerics

/// A finite mixture of distributions, each a monotone function of a standard normal variable.
protocol Mixture: Sendable, Equatable {
  /// They add up to 1.
  var weights: [Double] { get }

  /// P(X <= x)
  func cumulativeProbability(at x: Double) -> Double

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double

  /// What component `index` has the same probability on either side of as the standard normal has
  /// of `z`.
  func value(ofNormal z: Double, in index: Int) -> Double
}

extension Mixture {
  /// The x with P(X <= x) = `probability`, between 0 and 1; computed from the nearer tail.
  func quantile(_ probability: Double) -> Double {
    guard probability > 0 else { return probability == 0 ? -.infinity : .nan }
    guard probability < 1 else { return probability == 1 ? .infinity : .nan }
    guard probability <= 0.5 else { return upperTailQuantile(1 - probability) }
    return MixtureQuantile.root(
      probability, between: values(ofNormal: NormalDistribution.quantile(probability))
    ) { cumulativeProbability(at: $0) }
  }

  /// The x with P(X > x) = `probability`.
  func upperTailQuantile(_ probability: Double) -> Double {
    MixtureQuantile.root(
      probability, between: values(ofNormal: NormalDistribution.upperTailQuantile(probability))
    ) { upperTailProbability(at: $0) }
  }

  /// The components' own quantiles: the mixture's lies between them.
  private func values(ofNormal z: Double) -> [Double] {
    weights.indices.filter { weights[$0] > 0 }.map { value(ofNormal: z, in: $0) }
  }
}
