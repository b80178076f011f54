/// Linear combinations of the fixed effects, whose joint posterior is a mixture of Gaussians over
/// the hyperparameters: w'b is then a mixture of normals with means w'm and variances w'S w.
extension Posterior {
  /// The distribution of `constant` + w'b.
  ///
  /// A combination of several effects has no skewness given the hyperparameters, of which a fit
  /// knows only that of each single effect; a multiple of one effect has that effect's.
  /// - Parameter weights: w, p numbers.
  func marginal(ofCombination weights: [Double], plus constant: Double = 0) -> Marginal {
    let used = weights.indices.filter { weights[$0] != 0 }
    if used.count == 1 {
      return fixedMarginal(used[0], times: weights[used[0]], plus: constant)
    }
    return Self.marginal(normals(ofCombination: weights, plus: constant))
  }

  /// The marginal of `constant` + `factor` b_c.
  func fixedMarginal(
    _ c: Int, times factor: Double = 1, plus constant: Double = 0
  ) -> Marginal {
    func moments(_ component: Component) -> (mean: Double, variance: Double) {
      let gaussian = component.gaussian
      return (
        constant + factor * gaussian.fixedMean[c],
        factor * factor * gaussian.fixedCovariance[c, c]
      )
    }
    guard components.contains(where: { !$0.fixedSkewness.isEmpty }) else {
      return Self.marginal(
        components.map { ($0.weight, moments($0).mean, moments($0).variance) })
    }
    return Marginal(
      SkewMixture(
        weights: components.map(\.weight),
        components: components.map { component in
          let (mean, variance) = moments(component)
          let skewness = component.fixedSkewness.isEmpty ? 0 : component.fixedSkewness[c]
          return ShiftedLognormal(
            mean: mean, standardDeviation: max(variance, 0).squareRoot(),
            skewness: factor < 0 ? -skewness : skewness)
        }))
  }

  /// The normals that `constant` + w'b is a mixture of.
  func normals(
    ofCombination weights: [Double], plus constant: Double = 0
  ) -> [(weight: Double, mean: Double, variance: Double)] {
    components.map { component in
      let gaussian = component.gaussian
      let mean = zip(weights, gaussian.fixedMean).reduce(constant) { $0 + $1.0 * $1.1 }
      return (component.weight, mean, gaussian.fixedCovariance.quadraticForm(weights))
    }
  }
}
