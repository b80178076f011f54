import PlatformEssentials

extension PoissonMixedModel {
  /// The most effects that are held one within the other: 16 fits for one, 256 for two, each with
  /// a component for each point of its lattice, of which several log SDs have hundreds.
  private var maximumHeldEffects: Int {
    randomNames.count <= 1 && productCount < Self.dearProducts ? 2 : 1
  }

  /// n p^2, the multiplications of an iteration.
  private var productCount: Double {
    Double(rowCount) * Double(fixedNames.count * fixedNames.count)
  }

  /// An arm without events has a variance of 2 under a prior SD of 2.
  private static let largestExpandedVariance = 1.0

  /// From here on 256 fits take more than some two seconds; from 16 times as many on 16 do.
  private static let dearProducts = 4e4

  /// `integrated` or `corrected`; under the latter with densities of their own for the fixed
  /// effects that no normal distribution is near.
  /// - Parameters:
  ///   - effectMatrix: M, p x p, where the fixed effects that are reported are M b.
  ///   - heldEffects: how many effects have been taken out of this model and held.
  func integrated(
    _ options: FitOptions, effectMatrix: Matrix?, heldEffects: Int = 0
  ) throws(FitError) -> ApproximatedPosterior {
    let fit = try IntegratedFit(self, options: options, effectMatrix: effectMatrix)
    let plain = ApproximatedPosterior(
      posterior: fit.posterior, evidenceLowerBound: fit.bound, logEvidence: fit.logEvidence,
      optimization: fit.optimization,
      warnings: (heldEffects == 0 ? correctionWarnings(options.approximation) : []) + fit.warnings)
    // Lines follow the mode that they begin at. Where there are two the lattice has both.
    guard options.approximation == .corrected, !fit.hasDistantMode else { return plain }
    return try withOwnDensities(
      plain, start: fit.fixedMean, options, effectMatrix: effectMatrix, heldEffects: heldEffects
    ) { (model, options, heldEffects) throws(FitError) in
      try model.integrated(options, effectMatrix: nil, heldEffects: heldEffects)
    }
  }

  /// A model without random effects, in the same way.
  func regression(
    _ options: FitOptions, effectMatrix: Matrix?, heldEffects: Int = 0
  ) throws(FitError) -> ApproximatedPosterior {
    let fit = try RegressionFit(self, options: options, effectMatrix: effectMatrix)
    let plain = ApproximatedPosterior(
      posterior: fit.posterior, evidenceLowerBound: fit.bound, logEvidence: fit.logEvidence,
      optimization: fit.optimization, warnings: fit.warnings)
    // Where variances are small the corrections are better than lines, within which the other
    // effects are integrated out by Laplace's approximation.
    guard options.approximation == .corrected,
      fit.largestVariance > Self.largestExpandedVariance || !fit.optimization.converged
    else { return plain }
    return try withOwnDensities(
      plain, start: effectMatrix == nil ? fit.posterior.fixedMean : nil, options,
      effectMatrix: effectMatrix, heldEffects: heldEffects
    ) { (model, options, heldEffects) throws(FitError) in
      try model.regression(options, effectMatrix: nil, heldEffects: heldEffects)
    }
  }

  /// The fit with densities of their own for the fixed effects that no normal distribution is near,
  /// and with everything else as a mixture over the values of one of them.
  /// - Parameters:
  ///   - plain: the fit without.
  ///   - start: fixed effects near their peak, if they are known.
  ///   - fit: fits a model with so many effects held.
  private func withOwnDensities(
    _ plain: ApproximatedPosterior, start: [Double]?, _ options: FitOptions,
    effectMatrix: Matrix?, heldEffects: Int,
    fit: (PoissonMixedModel, FitOptions, Int) throws(FitError) -> ApproximatedPosterior
  ) throws(FitError) -> ApproximatedPosterior {
    guard heldEffects < maximumHeldEffects else { return plain }
    guard
      let lines = try FixedEffectLines(
        self, start: start, logSDs: plain.posterior.logSDs, threads: options.threads)
    else {
      // Of random slopes there is no quadrature without events.
      guard heldEffects == 0, !data.hasEvents, !fixedNames.isEmpty else { return plain }
      if let sampled = try withoutEvents(plain, options, effectMatrix: effectMatrix) {
        return sampled
      }
      return plain.warning(
        "Without any event the posterior of the fixed effects is far from a normal one, and with "
          + "random slopes it is not followed: the ends of their intervals may be off by 0.7 SD.")
    }
    guard let held = lines.departures.firstDeparting else { return plain }
    let p = fixedNames.count
    func unit(_ c: Int) -> [Double] { (0..<p).map { $0 == c ? 1 : 0 } }
    // Only the whole model's effects are reported, and the combinations of them that are asked for.
    let asked =
      heldEffects == 0 ? (0..<p).map(unit) + options.combinations.filter(\.isCombination) : []
    let reported = asked.map { weights in
      effectMatrix.map { $0.transposed * weights } ?? weights
    }
    let departing = lines.departures.departing(reported)
    // The held effect is one of those unless columns are standardized.
    let others = departing.filter { reported[$0] != unit(held) }
    guard
      let found = try? lines.posterior(
        of: [unit(held)] + others.map { reported[$0] }, logEvidence: plain.logEvidence,
        share: pow(1 / Double(HeldEffectMixture.mostStrata), Double(heldEffects)))
    else {
      return plain.warning(
        "The posterior of '\(fixedNames[held])' is far from a normal one and could not be "
          + "followed: its interval may be off by half an SD and more.")
    }
    var own = Dictionary(uniqueKeysWithValues: zip(others, found.combinations.dropFirst()))
    for c in departing where !others.contains(c) { own[c] = found.combinations[0] }
    let densities = own.filter { $0.key < p }
    let combinations = own.filter { $0.key >= p }.sorted { $0.key < $1.key }.map {
      Posterior.CombinationDensity(weights: asked[$0.key], density: $0.value)
    }
    var withoutCombinations = options
    withoutCombinations.combinations = []
    let heldOptions = withoutCombinations
    // Where quadrature over b has failed with all effects free, the lines' Laplace approximations
    // over the other effects are no better.
    // Of a regression R is nearer than the line, in which the other effects are Laplace's.
    let logEvidence =
      randomNames.isEmpty || plain.logEvidence == nil && data.hasEvents
      ? plain.logEvidence : found.logEvidence
    let strata = HeldEffectMixture(
      self, holding: held, density: found.combinations[0], logEvidence: found.logEvidence,
      isBrief: productCount > Double(HeldEffectMixture.mostStrata) * Self.dearProducts
    ) { (model) throws(FitError) in
      try fit(model, heldOptions, heldEffects + 1)
    }
    guard let mixture = strata else {
      return plain.replacing(
        fixed: densities, combinations: combinations, logEvidence: logEvidence)
    }
    let bound =
      randomNames.isEmpty
      ? plain.evidenceLowerBound
      : max(plain.evidenceLowerBound, found.logEvidence + mixture.logBoundRatio)
    return ApproximatedPosterior(
      posterior: mixture.posterior(effectMatrix, logSDs: found.logSDs)
        .replacing(fixed: densities, combinations: combinations),
      evidenceLowerBound: bound, logEvidence: logEvidence,
      optimization: OptimizationSummary(
        bounds: plain.optimization.bounds + [bound],
        boundRoundingError: plain.optimization.boundRoundingError,
        stopReason: found.largestShare < 0.9 ? mixture.stopReason : .stalled,
        iterations: plain.optimization.iterations + mixture.iterations),
      warnings: mixture.warnings)
  }
}

extension ApproximatedPosterior {
  /// The same with a warning more.
  func warning(_ sentence: String) -> ApproximatedPosterior {
    ApproximatedPosterior(
      posterior: posterior, evidenceLowerBound: evidenceLowerBound, logEvidence: logEvidence,
      optimization: optimization, warnings: warnings + [sentence])
  }

  /// The same with distributions of their own for some fixed effects, where the fit could not be
  /// made anew with one of them held.
  func replacing(
    fixed densities: [Int: Marginal], combinations: [Posterior.CombinationDensity] = [],
    logEvidence: Double?
  ) -> ApproximatedPosterior {
    ApproximatedPosterior(
      posterior: posterior.replacing(fixed: densities, combinations: combinations),
      evidenceLowerBound: evidenceLowerBound, logEvidence: logEvidence, optimization: optimization,
      warnings: warnings + [
        "The posterior of some fixed effects is far from a normal one. Their own intervals allow "
          + "for that; those of random effects and predictions do not."
      ])
  }
}

extension [Double] {
  /// Whether they are the weights of more than one effect.
  fileprivate var isCombination: Bool { count(where: { $0 != 0 }) > 1 }
}
