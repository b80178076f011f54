import GSLNumerics
import PlatformEssentials

extension FitOutput {
  /// The parameters of the family of a fit's counts on their own scales.
  static func familyRows(_ fit: PoissonMixedModelFit, alpha: Double) -> [FamilyRow] {
    zip(fit.family.parameters, fit.familyParameters).flatMap { parameter, posterior in
      parameter.ownScales.map { scale in
        FamilyRow(scale.name, of: posterior.marginal, alpha: alpha, value: scale.value)
      }
    }
  }
}

extension FitOutput {
  /// What `familyRows` are, a sentence each.
  package var familyNotes: [String] {
    (family.hasSize
      ? ["Counts of mean mu have the variance mu + dispersion mu^2; dispersion = 1 / size."] : [])
      + (family.hasZeroShare
        ? ["zero_share is the share of zeros beside those that the means explain."] : [])
  }
}

extension FamilyParameter {
  /// What the parameter is fitted for, each a monotonic function of it.
  fileprivate var ownScales: [(name: String, value: (Double) -> Double)] {
    switch self {
    case .logOverdispersionSD:
      [("size", { exp(-2 * $0) }), ("dispersion", { exp(2 * $0) })]
    case .logitZeroShare:
      [("zero_share", { 1 / (1 + exp(-$0)) })]
    }
  }
}

extension FitOutput.FamilyRow {
  /// The mean and the SD are sums over 401 quantiles, at normal values from -6 to 6.
  fileprivate init(
    _ name: String, of marginal: Marginal, alpha: Double, value: (Double) -> Double
  ) {
    let (step, count) = (0.03, 200)
    var (mass, first, second) = (0.0, 0.0, 0.0)
    let median = value(marginal.quantile(0.5))
    for index in -count...count {
      let z = step * Double(index)
      let weight = exp(-0.5 * z * z)
      let number = value(marginal.quantile(NormalDistribution.cumulative(z))) - median
      mass += weight
      first += weight * number
      second += weight * number * number
    }
    let shift = first / mass
    let ends = marginal.interval(alpha: alpha)
    let values = (value(ends.lower), value(ends.upper))
    self.init(
      parameter: name, mean: median + shift, sd: max(second / mass - shift * shift, 0).squareRoot(),
      median: median,
      interval: (Swift.min(values.0, values.1), Swift.max(values.0, values.1)))
  }
}
