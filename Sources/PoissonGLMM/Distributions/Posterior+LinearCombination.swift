/// Linear combinations of the fixed effects, whose joint posterior is a mixture of Gaussians over
/// the hyperparameters: w'b is then a mixture of normals with means w'm and variances w'S w, or of
/// skewed distributions with these where the fit knows third derivatives along S w.
extension Posterior {
  /// The distribution of `constant` + w'b.
  /// - Parameter weights: w, p numbers. The skewness is known of multiples of a single effect and
  ///   of `skewedCombinations`.
  func marginal(ofCombination weights: [Double], plus constant: Double = 0) -> Marginal {
    if let density = ownDensity(ofCombination: weights) {
      return density.transformed(factor: 1, constant: constant)
    }
    let normals = normals(ofCombination: weights, plus: constant)
    guard let (place, sign) = skewnessPlace(of: weights) else { return Self.marginal(normals) }
    return Marginal(
      SkewMixture(
        weights: components.map(\.weight),
        components: zip(components, normals).map { component, normal in
          ShiftedLognormal(
            mean: normal.mean, standardDeviation: max(normal.variance, 0).squareRoot(),
            skewness: component.fixedSkewness.isEmpty ? 0 : sign * component.fixedSkewness[place])
        }))
  }

  /// The distribution of w'b where no mixture of the components is near it.
  private func ownDensity(ofCombination weights: [Double]) -> Marginal? {
    let places = weights.indices.filter { weights[$0] != 0 }
    if places.count == 1, let density = fixedDensities[places[0]] {
      return density.transformed(factor: weights[places[0]])
    }
    if let found = combinationDensities.first(where: { $0.weights == weights }) {
      return found.density
    }
    guard let heldEffect else { return nil }
    let mixture = Self.marginal(normals(ofCombination: weights))
    return heldEffect.rules(combination: weights, standardDeviation: mixture.standardDeviation)
      ? heldEffect.marginal(ofCombination: weights) : nil
  }

  /// The marginal of each fixed effect.
  func fixedMarginals() -> [Marginal] {
    let p = components.first?.gaussian.fixedMean.count ?? 0
    return (0..<p).map { c in
      marginal(ofCombination: (0..<p).map { $0 == c ? 1 : 0 })
    }
  }

  /// The normals that `constant` + w'b is a mixture of, skewness apart.
  func normals(
    ofCombination weights: [Double], plus constant: Double = 0
  ) -> [(weight: Double, mean: Double, variance: Double)] {
    components.map { component in
      let gaussian = component.gaussian
      let mean = zip(weights, gaussian.fixedMean).reduce(constant) {
        $1.0 == 0 ? $0 : $0 + $1.0 * $1.1
      }
      return (component.weight, mean, gaussian.fixedCovariance.quadraticForm(weights))
    }
  }

  /// Where components have the skewness of w'b, and its sign there; nil where they do not know it.
  private func skewnessPlace(of weights: [Double]) -> (place: Int, sign: Double)? {
    guard components.contains(where: { !$0.fixedSkewness.isEmpty }) else { return nil }
    let used = weights.indices.filter { weights[$0] != 0 }
    if used.count == 1 { return (used[0], weights[used[0]] < 0 ? -1 : 1) }
    if let index = skewedCombinations.firstIndex(of: weights) {
      return (weights.count + index, 1)
    }
    let mirrored = weights.map { -$0 }
    return skewedCombinations.firstIndex(of: mirrored).map { (weights.count + $0, -1) }
  }
}
