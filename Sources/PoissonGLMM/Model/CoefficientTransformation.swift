/// Fixed effects b as a linear function of effects b* that all have the prior
/// N(0, fixedEffectSD^2):
///
///     b_c = mean_c + scale_c b*_c      scale_c = sd_c / fixedEffectSD
///
/// A prior mean moves the offset by x_c mean_c, and an SD of its own multiplies the column.
struct CoefficientTransformation: EffectTransformation {
  /// p numbers, 0 where the prior has mean 0.
  let means: [Double]
  /// p numbers, 1 where the prior has the SD of all others.
  let scales: [Double]

  /// nil where all fixed effects have one prior.
  init?(_ model: PoissonMixedModel) {
    let own = model.priors.coefficients
    guard !own.isEmpty else { return nil }
    means = model.fixedNames.map { own[$0]?.mean ?? 0 }
    scales = model.fixedNames.map {
      (own[$0]?.standardDeviation ?? model.priors.fixedEffectSD) / model.priors.fixedEffectSD
    }
  }

  var matrix: Matrix { Matrix(diagonal: scales) }

  func inverse(_ difference: [Double]) -> [Double] { zip(difference, scales).map(/) }

  func transformed(_ model: PoissonMixedModel) -> PoissonMixedModel {
    PoissonMixedModel(model, knownEffects: means) { c, x in scales[c] * x }
  }
}
