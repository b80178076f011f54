extension PoissonMixedModelFit {
  /// The posterior of a linear combination of the fixed effects, `constant` + w'b.
  ///
  /// Given the hyperparameters w'b is normal, with mean w'm and variance w'S w; its distribution is
  /// the mixture of these over the hyperparameters. So its tails are those of the joint posterior,
  /// which the covariance matrix alone does not know. A multiple of a single effect has that
  /// effect's own distribution, with its skewness.
  /// - Parameters:
  ///   - weights: w, one number for each of `fixedEffects`; not all of them 0.
  ///   - constant: what is added, an offset say.
  /// - Throws: `FitError` if the weights are not as many as the fixed effects, not finite, or all
  ///   0.
  public func linearCombination(
    _ weights: [Double], plus constant: Double = 0
  ) throws(FitError) -> Marginal {
    try check(weights)
    return posterior.marginal(ofCombination: weights, plus: constant)
  }

  /// Requires that weights are those of a linear combination of the fixed effects.
  func check(_ weights: [Double]) throws(FitError) {
    guard weights.count == fixedEffects.count else {
      throw FitError(
        "A linear combination of \(fixedEffects.count) fixed effects needs as many weights, not "
          + "\(weights.count).")
    }
    guard weights.allSatisfy(\.isFinite) else {
      throw FitError("The weights of a linear combination must be finite numbers.")
    }
    guard weights.contains(where: { $0 != 0 }) else {
      throw FitError("All weights of a linear combination are 0: it is no combination.")
    }
  }
}
