import GSLNumerics

/// A finite mixture of distributions that are skewed each, for a parameter whose distribution at given log SDs is.
struct SkewMixture: Sendable, Equatable {
  /// They add up to 1.
  let weights: [Double]
  let components: [ShiftedLognormal]

  /// Mean and SD are those of a mixture of normals: they depend on the components' first two moments alone.
  private var normals: NormalMixture {
    NormalMixture(
      weights: weights, means: components.map(\.mean),
      standardDeviations: components.map(\.standardDeviation))
  }
  var mean: Double { normals.mean }
  var standardDeviation: Double { normals.standardDeviation }

  /// P(X <= x)
  func cumulativeProbability(at x: Double) -> Double {
    sum { $0.cumulativeProbability(at: x) }
  }

  /// P(X > x), precise however small.
  func upperTailProbability(at x: Double) -> Double {
    sum { $0.upperTailProbability(at: x) }
  }

  private func sum(_ probability: (ShiftedLognormal) -> Double) -> Double {
    var sum = 0.0
    for index in weights.indices { sum += weights[index] * probability(components[index]) }
    return sum
  }

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
    weights.indices.filter { weights[$0] > 0 }.map { components[$0].value(ofNormal: z) }
  }
}
