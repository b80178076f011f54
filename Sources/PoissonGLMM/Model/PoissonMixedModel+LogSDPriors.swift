extension PoissonMixedModel {
  /// The priors of the log SDs, in the order of `randomNames`.
  var logSDPriors: [LogSDPrior] { priors.logSDPriors(of: factors) }

  /// Whether the log SD of some random term has the prior N(0, logSDSD^2).
  package var usesLogSDSD: Bool {
    factors.contains { factor in
      factor.terms.contains { priors.ownSDPrior(ofTerm: $0, in: factor) == nil }
    }
  }
}
