import PlatformEssentials

/// Finds the fixed effects, and linear combinations of them, whose posterior no normal distribution
/// is near, and gives their own densities, for models with one grouping factor or none.
///
/// That is so where data bound an effect on one side only, as in an arm without events: its density
/// is the prior's, cut off where there would have been events.
struct FixedEffectLines {
  let departures: EffectDepartures
  private let logSDs: [Marginal]
  private let priors: [LogSDPrior]
  /// Multiplications of an evaluation of p(y, b | s), about.
  private let cost: Double
  /// Whether an evaluation of p(y, b | s) takes so long that few are made.
  let isBrief: Bool

  /// From some 10 milliseconds an evaluation on.
  private static let dearProducts = 1e7
  /// The multiplications that lines of one fit may take: about a second.
  private static let largestWork = 1e9

  /// - Parameters:
  ///   - start: fixed effects from which their peak given the log SDs can be found; 0 by default.
  ///   - logSDs: the log SDs' distributions.
  /// - Returns: nil where p(y, b | s) has no quadrature, or no peak that was found.
  init?(
    _ model: PoissonMixedModel, start: [Double]?, logSDs: [Marginal], threads: Int
  ) throws(FitError) {
    let p = model.fixedNames.count
    let means = logSDs.map(\.mean)
    guard model.design == nil, p > 0, means.allSatisfy(\.isFinite),
      means.count <= IntegratedFit.maximumLatticeDimensions,
      let density = try Self.density(model, threads: threads),
      let departures = EffectDepartures(of: density, logSDs: means, start: start, count: p)
    else { return nil }
    self.departures = departures
    self.logSDs = logSDs
    isBrief = Double(model.rowCount) * Double(p * p) > Self.dearProducts
    // An exponential for each row, an integral for each group.
    cost = Double(model.rowCount) * Double(p * p + 20) + 200 * Double(model.groupCount)
    priors = model.logSDPriors
  }

  /// The widest linear predictor of a row.
  struct Widest {
    /// The effect with the largest part in it.
    fileprivate(set) var effect = 0
    /// The predictor's variance by the parabola at the peak.
    fileprivate(set) var variance = 0.0

    /// From here on a Gaussian's expected counts, exp(eta + v / 2), are beyond those that a cut two
    /// SDs away allows: with an SD of 4 both v / 2 and the distance are 8.
    private static let wide = 16.0

    /// The effect, where no Gaussian is near in its exponential although one may be in itself.
    var effectIfWide: Int? { variance > Self.wide ? effect : nil }
  }

  func widest(_ data: ModelData) -> Widest {
    let (n, p) = (data.rowCount, departures.scales.count)
    let covariance = (0..<p).map { departures.covariance(ofEffect: $0) }
    var widest = Widest()
    for i in 0..<n {
      var (variance, part, effect) = (0.0, 0.0, 0)
      for c in 0..<p {
        let x = data.fixedDesign.pointer[c * n + i]
        for d in 0..<p { variance += x * covariance[c][d] * data.fixedDesign.pointer[d * n + i] }
        let own = x * x * covariance[c][c]
        if own > part { (part, effect) = (own, c) }
      }
      if variance > widest.variance { (widest.variance, widest.effect) = (variance, effect) }
    }
    return widest
  }

  /// log p(y, b | s), exact where random terms are constant within groups, and by Gauss-Hermite
  /// rules elsewhere, if there are events: without any SDs may be too large for these.
  private static func density(
    _ model: PoissonMixedModel, threads: Int
  ) throws(FitError) -> (any FixedEffectDensity)? {
    let rows = MarginalRows(model.data)
    let sd = model.priors.fixedEffectSD
    if let exact = ConstantTermDensity(rows, fixedEffectSD: sd, threads: threads) { return exact }
    guard model.data.hasEvents else { return nil }
    do {
      return try QuadratureEvidence(rows, fixedEffectSD: sd, threads: threads)
    } catch {
      throw FitError("The evidence could not be estimated: \(error.description)")
    }
  }

  /// The posterior of some combinations.
  /// - Parameters:
  ///   - logEvidence: log p(y), if it is known.
  ///   - share: of the work that a fit may have.
  func posterior(
    of weights: [[Double]], logEvidence: Double?, share: Double
  ) throws(FitError) -> CombinationPosterior {
    let evaluations = share * Self.largestWork / cost / Double(weights.count)
    // Without log SDs the evidence is the line's integral.
    if logSDs.isEmpty || isBrief && logEvidence != nil {
      return try CombinationPosterior(
        weights, of: departures.density, scales: departures.scales, from: departures.peak,
        at: logSDs, logEvidence: logSDs.isEmpty ? nil : logEvidence, evaluations: evaluations)
    }
    let guess = CombinationPosterior.LogSDGuess(
      means: logSDs.map(\.mean), standardDeviations: logSDs.map(\.standardDeviation))
    return try CombinationPosterior(
      weights, of: departures.density, scales: departures.scales, from: departures.peak,
      guess: guess, priors: priors, evaluations: evaluations)
  }
}
