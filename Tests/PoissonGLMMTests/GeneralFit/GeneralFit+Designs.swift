@testable import PoissonGLMM

extension DesignData {
  /// The fit by the engine for general designs, whatever the design.
  /// - Parameter maximumLatticeDimensions: with more hyperparameters, a composite design.
  func generalFit(
    _ options: FitOptions, fixedNames: [String], priors: Priors = Priors(),
    maximumLatticeDimensions: Int = HyperparameterQuadrature.maximumLatticeDimensions
  ) throws -> PoissonMixedModelFit {
    let approximated = try GeneralFit(
      self, priors: priors, options: options, maximumLatticeDimensions: maximumLatticeDimensions
    ).approximated(nil)
    return PoissonMixedModelFit(
      approximation: options.approximation, posterior: approximated.posterior,
      fixedNames: fixedNames, factors: factors.map(\.description),
      evidenceLowerBound: approximated.evidenceLowerBound, logEvidence: approximated.logEvidence,
      optimization: approximated.optimization, warnings: approximated.warnings)
  }
}

extension RandomGeneralDesign {
  func fit(_ options: FitOptions) throws -> PoissonMixedModelFit {
    try designData.generalFit(options, fixedNames: fixed.map(\.name))
  }
}

extension PoissonMixedModelFit {
  /// Mean and SD by name: of fixed effects and random ones, and of hyperparameters.
  private var named: (effects: [String: Marginal], hyperparameters: [String: Marginal]) {
    var effects: [String: Marginal] = [:]
    var hyperparameters: [String: Marginal] = [:]
    for effect in fixedEffects { effects[effect.name] = effect.marginal }
    for factor in factors {
      let q = factor.termNames.count
      for index in factor.means.indices {
        let label = factor.groupLabels[index / q]
        effects["\(factor.factor) \(label) \(factor.termNames[index % q])"] = Marginal(
          mean: factor.means[index], standardDeviation: factor.standardDeviations[index])
      }
    }
    for logSD in logStandardDeviations { hyperparameters[logSD.name] = logSD.marginal }
    for correlation in correlations { hyperparameters[correlation.name] = correlation.atanh }
    return (effects, hyperparameters)
  }

  /// How far this fit is from another of the same model whose rows, levels or factors come in
  /// another order.
  func departure(from other: PoissonMixedModelFit) -> (
    effects: MomentDeparture, hyperparameters: MomentDeparture
  ) {
    func compare(_ own: [String: Marginal], _ other: [String: Marginal]) -> MomentDeparture {
      let names = other.keys.sorted()
      let mine = names.compactMap { own[$0] }
      let theirs = names.compactMap { other[$0] }
      return MomentDeparture(
        ParameterMoments(means: mine.map(\.mean), sds: mine.map(\.standardDeviation)),
        from: ParameterMoments(
          means: theirs.map(\.mean), sds: theirs.map(\.standardDeviation)))
    }
    let (own, others) = (named, other.named)
    return (
      compare(own.effects, others.effects),
      compare(own.hyperparameters, others.hyperparameters)
    )
  }

  /// All means and SDs.
  var allMoments: ParameterMoments { fixedMoments + hyperparameterMoments + randomMoments }
}
