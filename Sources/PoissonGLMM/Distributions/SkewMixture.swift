import GSLNumerics

/// A finite mixture of distributions that are skewed each, for a parameter whose distribution at
/// given log SDs is.
struct SkewMixture: Mixture {
  /// They add up to 1.
  let weights: [Double]
  let components: [ShiftedLognormal]

  /// Mean and SD are those of a mixture of normals: they depend on the components' first two
  /// moments alone.
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

  func value(ofNormal z: Double, in index: Int) -> Double { components[index].value(ofNormal: z) }
}
