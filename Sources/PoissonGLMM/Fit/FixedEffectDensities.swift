import PlatformEssentials

extension PoissonMixedModel {
  /// `integrated` or `corrected`; under the latter with densities of their own for the fixed
  /// effects that no normal distribution is near.
  /// - Parameter effectMatrix: M, p x p, where the fixed effects that are reported are M b.
  func integrated(
    _ options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior {
    let fit = try IntegratedFit(self, options: options, effectMatrix: effectMatrix)
    let plain = fit.approximated(correctionWarnings(options.approximation))
    // Lines follow the mode that they begin at. Where there are two the lattice has both.
    guard options.approximation == .corrected, !fit.hasDistantMode else { return plain }
    return try withOwnDensities(
      plain, start: fit.fixedMean, options, effectMatrix: effectMatrix)
  }

  /// A model without random effects, in the same way.
  func regression(
    _ options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior {
    let fit = try RegressionFit(self, options: options, effectMatrix: effectMatrix)
    let plain = fit.approximated()
    // Where variances are small the corrections are better than lines, within which the other
    // effects are integrated out by Laplace's approximation.
    guard options.approximation == .corrected,
      fit.largestVariance > RegressionFit.largestExpandedVariance || !fit.optimization.converged
    else { return plain }
    return try withOwnDensities(
      plain, start: effectMatrix == nil ? fit.posterior.fixedMean : nil, options,
      effectMatrix: effectMatrix)
  }

  /// The fit with densities of their own for the fixed effects that no normal distribution is near,
  /// and with everything else as a mixture over the values of one of them.
  /// - Parameters:
  ///   - plain: the fit without.
  ///   - start: fixed effects near their peak, if they are known.
  private func withOwnDensities(
    _ plain: ApproximatedPosterior, start: [Double]?, _ options: FitOptions,
    effectMatrix: Matrix?
  ) throws(FitError) -> ApproximatedPosterior {
    guard
      let lines = try FixedEffectLines(
        self, start: start, logSDs: plain.posterior.logSDs, threads: options.threads)
    else {
      // Of random slopes there is no quadrature without events.
      guard !data.hasEvents, !fixedNames.isEmpty else { return plain }
      if let sampled = try withoutEvents(plain, options, effectMatrix: effectMatrix) {
        return sampled
      }
      return plain.warning(
        "Without any event the posterior of the fixed effects is far from a normal one, and with "
          + "random slopes it is not followed: the ends of their intervals may be off by 0.7 SD.")
    }
    // The ascent is slow where linear predictors are wide, even if they are nearly normal.
    let wide = plain.optimization.converged ? nil : lines.widest(data).effectIfWide
    guard let held = lines.departures.firstDeparting ?? wide else { return plain }
    let p = fixedNames.count
    func unit(_ c: Int) -> [Double] { (0..<p).map { $0 == c ? 1 : 0 } }
    let asked = (0..<p).map(unit) + options.combinations.filter(\.isCombination)
    let reported = asked.map { weights in
      effectMatrix.map { $0.transposed * weights } ?? weights
    }
    let departing = lines.departures.departing(reported)
    if let wanted = options.wantedMeans, wanted.allSatisfy(departing.contains) {
      return withDensities(of: wanted, along: wanted.map { reported[$0] }, lines, plain)
    }
    // The held effect is one of those unless columns are standardized.
    let others = departing.filter { reported[$0] != unit(held) }
    guard
      let found = try? lines.posterior(
        of: [unit(held)] + others.map { reported[$0] }, logEvidence: plain.logEvidence, share: 1)
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
    // Where quadrature over b has failed with all effects free, the lines' Laplace approximations
    // over the other effects are no better.
    // Of a regression R is nearer than the line, in which the other effects are Laplace's, unless
    // variances are so large that it is no expansion.
    let isExpanded =
      randomNames.isEmpty && lines.widest(data).variance < RegressionFit.divergentVariance
    let logEvidence =
      isExpanded || !randomNames.isEmpty && plain.logEvidence == nil && data.hasEvents
      ? plain.logEvidence : found.logEvidence
    let fits = StratumFits(options, logSDs: found.logSDs)
    let strata = HeldEffectMixture(
      self, holding: held, density: found.combinations[0], logEvidence: found.logEvidence,
      isBrief: StratumFits.areDear(self)
    ) { (model) throws(FitError) in
      try fits.fit(model, heldEffects: 1)
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
        stopReason: mixture.stopReason(found),
        iterations: plain.optimization.iterations + mixture.iterations),
      warnings: mixture.warnings)
  }

  /// The fit with densities of their own for some of the effects that are reported, where nothing
  /// else is asked for.
  /// - Parameters:
  ///   - effects: their places.
  ///   - weights: what they are in b.
  private func withDensities(
    of effects: [Int], along weights: [[Double]], _ lines: FixedEffectLines,
    _ plain: ApproximatedPosterior
  ) -> ApproximatedPosterior {
    guard let found = try? lines.posterior(of: weights, logEvidence: plain.logEvidence, share: 1)
    else { return plain }
    return ApproximatedPosterior(
      posterior: plain.posterior.replacing(
        fixed: Dictionary(uniqueKeysWithValues: zip(effects, found.combinations)),
        combinations: []),
      evidenceLowerBound: plain.evidenceLowerBound, logEvidence: plain.logEvidence,
      optimization: OptimizationSummary(
        bounds: plain.optimization.bounds,
        boundRoundingError: plain.optimization.boundRoundingError,
        stopReason: found.isResolved ? .converged : .stalled,
        iterations: plain.optimization.iterations),
      warnings: plain.warnings)
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
