import Foundation

/// Finds the fixed effects, and linear combinations of them, whose posterior no normal distribution
/// is near, and gives their own densities.
///
/// That is so where data bound an effect on one side only, as in an arm without events: its density
/// is the prior's, cut off where there would have been events. A density near a normal one shows
/// itself two SDs from its peak, where it has fallen by 2 on either side.
struct FixedEffectLines {
  private let density: any FixedEffectDensity
  private let scales: [Double]
  private let peak: ConditionalPeak
  private let guess: CombinationPosterior.LogSDGuess
  private let priorSD: Double
  private let tester: FixedEffectIntegral

  /// Departures from a parabola up to this are left to the skewed mixtures: that of a density with
  /// skewness 0.35, as from eight events.
  private static let largestDeparture = 0.95

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
      let density = try Self.density(model, threads: threads)
    else { return nil }
    let plain = FixedEffectIntegral(density, scales: [Double](repeating: 1, count: p))
    let starts = [start ?? [], [Double](repeating: 0, count: p)].filter { $0.count == p }
    guard let peak = starts.lazy.compactMap({ plain.peak(logSDs: means, start: $0) }).first else {
      return nil
    }
    let scales = (0..<p).map { c in
      peak.covariance(times: (0..<p).map { $0 == c ? 1 : 0 })[c].squareRoot()
    }
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    tester = FixedEffectIntegral(density, scales: scales)
    guard
      let scaled = tester.peak(logSDs: means, start: zip(peak.position, scales).map(/))
    else { return nil }
    self.density = density
    self.scales = scales
    self.peak = scaled
    guess = CombinationPosterior.LogSDGuess(
      means: means, standardDeviations: logSDs.map(\.standardDeviation))
    priorSD = model.priors.logSDSD
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

  /// Which of some combinations have a density that no normal one is near.
  /// - Parameter weights: w of each combination w'b, p numbers.
  func departing(_ weights: [[Double]]) -> [Int] {
    weights.indices.filter {
      tester.departure(
        of: tester.scaled(weights[$0]), from: peak, logSDs: guess.means) > Self.largestDeparture
    }
  }

  /// The fixed effect whose density departs most from a normal one; nil if all are near one.
  var mostDeparting: Int? {
    tester.departure(from: peak, logSDs: guess.means, threshold: Self.largestDeparture)
  }

  /// The posterior of some combinations.
  func posterior(of weights: [[Double]]) throws(FitError) -> CombinationPosterior {
    try CombinationPosterior(
      weights, of: density, scales: scales, from: peak, guess: guess, priorSD: priorSD)
  }
}
