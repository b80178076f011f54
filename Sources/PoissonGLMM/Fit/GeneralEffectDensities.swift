import PlatformEssentials

extension PoissonMixedModel {
  /// A fit with several grouping factors or correlated terms; under `corrected` with densities of
  /// their own for the fixed effects that no normal distribution is near.
  ///
  /// Where there are such effects, one is held at one value after another; the logs of the evidence
  /// of these fits, with its prior, are its log density. The others follow from it: given the held
  /// effect they are normal.
  /// - Parameter effectMatrix: M, p x p, where the fixed effects that are reported are M b.
  func general(
    _ design: DesignData, _ options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior {
    let fit = try GeneralFit(design, priors: priors, options: options).approximated(effectMatrix)
    if family == .poisson,
      let sampled = try withoutEvents(fit, options, effectMatrix: effectMatrix)
    {
      return sampled
    }
    guard options.approximation == .corrected, fit.logEvidence != nil, !factors.isEmpty,
      let departures = departures(
        design, randomMean: fit.posterior.randomMean,
        start: effectMatrix == nil ? fit.posterior.fixedMean : nil),
      let held = departures.firstDeparting
    else { return fit }
    let notFollowed = fit.warning(
      "The posterior of the effect of '\(fixedNames[held])' is far from a normal one, and could "
        + "not be followed: its interval may be off by half an SD and more.")
    // With the parameters of a family to be integrated over, too, dozens of fits take minutes.
    guard family == .poisson else { return notFollowed }
    let p = fixedNames.count
    func unit(_ c: Int) -> [Double] { (0..<p).map { $0 == c ? 1 : 0 } }
    var withoutCombinations = options
    withoutCombinations.combinations = []
    let heldOptions = withoutCombinations
    func heldFit(_ model: PoissonMixedModel) throws(FitError) -> ApproximatedPosterior {
      guard let design = model.design else {
        throw FitError("A model with a held effect has lost its design.")
      }
      return try GeneralFit(design, priors: priors, options: heldOptions).approximated(nil)
    }
    let scale = departures.scales[held]
    let line = LogDensityLine(
      start: departures.peak.position[held] * scale, scale: scale, reach: .ofFits
    ) { value in
      let model = PoissonMixedModel(self, holding: held, at: value)
      guard let fit = try? heldFit(model), fit.optimization.converged,
        let evidence = fit.logEvidence
      else { return nil }
      return evidence + logPrior(ofEffect: value)
    }
    guard let line, let density = CombinationPosterior.mixture([(line, 0)]) else {
      return notFollowed
    }
    guard
      let mixture = HeldEffectMixture(
        self, holding: held, density: density, logEvidence: line.logIntegral, isBrief: false,
        fit: heldFit)
    else {
      return fit.replacing(fixed: [:], logEvidence: line.logIntegral)
    }
    let reported = (0..<p).map { c in effectMatrix.map { Array($0.row(c)) } ?? unit(c) }
    let heldEffect = mixture.heldEffect(effectMatrix)
    var densities: [Int: Marginal] = [:]
    for c in departures.departing(reported) {
      densities[c] = heldEffect.marginal(ofCombination: unit(c))
    }
    let bound = max(fit.evidenceLowerBound, line.logIntegral + mixture.logBoundRatio)
    return ApproximatedPosterior(
      posterior: mixture.posterior(
        effectMatrix, logSDs: fit.posterior.logSDs, correlations: fit.posterior.correlations,
        partialCorrelations: fit.posterior.partialCorrelations,
        familyParameters: fit.posterior.familyParameters
      ).replacing(fixed: densities, heldEffect: heldEffect),
      evidenceLowerBound: bound, logEvidence: line.logIntegral,
      optimization: OptimizationSummary(
        bounds: [bound], boundRoundingError: fit.optimization.boundRoundingError,
        stopReason: mixture.stopReason,
        iterations: fit.optimization.iterations + mixture.iterations),
      warnings: mixture.warnings)
  }

  /// log N(b; 0, fixedEffectSD^2)
  private func logPrior(ofEffect value: Double) -> Double {
    let z = value / priors.fixedEffectSD
    return -0.5 * (z * z + log(2 * Double.pi)) - log(priors.fixedEffectSD)
  }

  /// The fixed effects that no normal distribution is near, with the random effects taken as known.
  /// - Parameter start: fixed effects near their peak, if they are known.
  private func departures(
    _ design: DesignData, randomMean: [Double], start fixedEffects: [Double]?
  ) -> EffectDepartures? {
    let p = fixedNames.count
    guard p > 0 else { return nil }
    var predictor = design.offset
    var start = 0
    for factor in design.factors {
      let q = factor.terms.count
      for (row, level) in factor.grouping.groupOfRow.enumerated() {
        for (term, column) in factor.terms.enumerated() {
          predictor[row] += column.values[row] * randomMean[start + level * q + term]
        }
      }
      start += factor.grouping.count * q
    }
    let rows = MarginalRows(
      groupStarts: [0, predictor.count], counts: DoubleStorage(design.counts),
      offset: DoubleStorage(predictor), fixedDesign: DoubleStorage(design.fixed.flatMap { $0 }),
      randomDesign: DoubleStorage(count: 0), fixedCount: p, termCount: 0)
    return ConstantTermDensity(rows, fixedEffectSD: priors.fixedEffectSD, threads: 1).flatMap {
      EffectDepartures(of: $0, logSDs: [], start: fixedEffects, count: p)
    }
  }
}
