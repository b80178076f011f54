extension FitOutput {
  /// What the variances mean, in the JSON.
  struct VarianceJSON: Encodable {
    struct Quantity: Encodable {
      let median, lower, upper: JSONNumber

      init(_ quantity: VarianceSummary.Quantity) {
        median = JSONNumber(value: quantity.median)
        lower = JSONNumber(value: quantity.lower)
        upper = JSONNumber(value: quantity.upper)
      }
    }

    struct Factor: Encodable {
      let group: String
      let variance, medianRateRatio, latentIcc, countIcc: Quantity
    }

    let factors: [Factor]
    let fixedVariance, marginalR2, conditionalR2: Quantity
    let observationVariance, meanCount: JSONNumber

    init(_ summary: VarianceSummary) {
      factors = summary.factors.map {
        Factor(
          group: $0.name, variance: Quantity($0.variance),
          medianRateRatio: Quantity($0.medianRateRatio), latentIcc: Quantity($0.latentICC),
          countIcc: Quantity($0.countICC))
      }
      fixedVariance = Quantity(summary.fixedVariance)
      marginalR2 = Quantity(summary.marginalR2)
      conditionalR2 = Quantity(summary.conditionalR2)
      observationVariance = JSONNumber(value: summary.observationVariance)
      meanCount = JSONNumber(value: summary.meanCount)
    }
  }
}
