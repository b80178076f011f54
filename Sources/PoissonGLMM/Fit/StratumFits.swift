/// The fits of a model in which some fixed effects are held, one after another.
///
/// Where no Gaussian is near the effects that are left, the next of them is held in turn, without
/// a fit by Gaussians before: that would be slow there, and of no use. Other fits start from where
/// the last one ended.
final class StratumFits {
  private let options: FitOptions
  /// About the distributions of the log SDs.
  private let logSDs: [Marginal]
  /// The model's effects, by which a fit is known to be of the same columns, and where it ended.
  private var last: (names: [String], mode: IntegratedFit.Start)?

  /// - Parameter logSDs: about the distributions of the log SDs; empty without random effects.
  init(_ options: FitOptions, logSDs: [Marginal]) {
    var options = options
    options.combinations = []
    self.options = options
    self.logSDs = logSDs
  }

  /// - Parameter heldEffects: how many effects have been taken out of the model and held.
  func fit(
    _ model: PoissonMixedModel, heldEffects: Int
  ) throws(FitError) -> ApproximatedPosterior {
    if let mixture = try mixture(model, heldEffects: heldEffects) { return mixture }
    if model.factors.isEmpty {
      return try RegressionFit(model, options: options, effectMatrix: nil).approximated()
    }
    let start = last.flatMap { $0.names == model.fixedNames ? $0.mode : nil }
    let fit = try IntegratedFit(model, options: options, from: start)
    last = (model.fixedNames, fit.mode)
    return fit.approximated()
  }

  /// The fit with one effect more held; nil if that need not or cannot be.
  private func mixture(
    _ model: PoissonMixedModel, heldEffects: Int
  ) throws(FitError) -> ApproximatedPosterior? {
    guard heldEffects <= Self.maximumHeldEffects(model),
      let lines = try FixedEffectLines(
        model, start: nil, logSDs: logSDs, threads: options.threads),
      let held = held(model, lines, heldEffects: heldEffects),
      let found = try? lines.posterior(
        of: [model.fixedNames.indices.map { $0 == held ? 1 : 0 }], logEvidence: nil,
        share: HeldEffectMixture.share(heldEffects: heldEffects)),
      let mixture = HeldEffectMixture(
        model, holding: held, density: found.combinations[0], logEvidence: found.logEvidence,
        isBrief: true,
        fit: { (model) throws(FitError) in
          try self.fit(model, heldEffects: heldEffects + 1)
        })
    else { return nil }
    let bound = found.logEvidence + mixture.logBoundRatio
    return ApproximatedPosterior(
      posterior: mixture.posterior(nil, logSDs: found.logSDs), evidenceLowerBound: bound,
      logEvidence: found.logEvidence,
      optimization: OptimizationSummary(
        bounds: [bound], boundRoundingError: 0, stopReason: mixture.stopReason(found),
        iterations: mixture.iterations),
      warnings: mixture.warnings, distance: mixture.distance)
  }

  /// The effect that is held next; nil if Gaussians are near enough.
  private func held(
    _ model: PoissonMixedModel, _ lines: FixedEffectLines, heldEffects: Int
  ) -> Int? {
    let widest = lines.widest(model.data)
    // As a last one only where the ascent would take hundreds of steps.
    if heldEffects == Self.maximumHeldEffects(model) {
      return heldEffects > 1 ? widest.effectIfWide : nil
    }
    // A regression's corrections are as good as lines where variances are small.
    guard !model.factors.isEmpty || widest.variance > RegressionFit.largestExpandedVariance
    else { return nil }
    return lines.departures.firstDeparting ?? widest.effectIfWide
  }

  /// The most effects that are held one within the other for their own sake: 16 fits for one, 96
  /// for two, each with a component for each point of its lattice, of which several log SDs have
  /// hundreds.
  private static func maximumHeldEffects(_ model: PoissonMixedModel) -> Int {
    model.randomNames.count <= 1 && products(model) < dearProducts ? 2 : 1
  }

  /// Whether so many fits of the model would take long.
  static func areDear(_ model: PoissonMixedModel) -> Bool {
    products(model) > Double(HeldEffectMixture.mostStrata) * dearProducts
  }

  /// n p^2, the multiplications of an iteration.
  private static func products(_ model: PoissonMixedModel) -> Double {
    Double(model.rowCount) * Double(model.fixedNames.count * model.fixedNames.count)
  }

  /// From here on 96 fits take more than a second; from 16 times as many on 16 do.
  private static let dearProducts = 4e4
}

extension RegressionFit {
  /// The largest variance of a row's linear predictor up to which the corrections are better than
  /// lines. An arm without events has a variance of 2 under a prior SD of 2.
  static let largestExpandedVariance = 1.0
  /// From here on the correction of the evidence, a series in that variance, is no estimate.
  static let divergentVariance = 4.0
}

extension IntegratedFit {
  /// - Parameter others: warnings besides the fit's own.
  func approximated(_ others: [String] = []) -> ApproximatedPosterior {
    ApproximatedPosterior(
      posterior: posterior, evidenceLowerBound: bound, logEvidence: logEvidence,
      optimization: optimization, warnings: others + warnings, distance: distance)
  }
}

extension RegressionFit {
  func approximated() -> ApproximatedPosterior {
    ApproximatedPosterior(
      posterior: posterior, evidenceLowerBound: bound, logEvidence: logEvidence,
      optimization: optimization, warnings: warnings)
  }
}
