import PlatformEssentials

/// The posterior of a model with a fixed effect whose density no normal one is near, as a mixture
/// over strata of that density.
///
/// In each stratum the effect is held at its mean there, and everything else is fitted as if it
/// were known. The effect's variance within the stratum is put back along the line on which the
/// other effects' means follow it.
struct HeldEffectMixture {
  private let effect: Int
  private let density: Marginal
  private let strata: [Stratum]
  private var fits: [ApproximatedPosterior] = []
  private var components: [Posterior.Component] = []
  private var logBounds: [(share: Double, logRatio: Double)] = []
  private(set) var iterations = 0
  /// How far the fits are from the optimum, in posterior SDs.
  private(set) var distance = 0.0
  private var failure = StopReason.iterationLimit
  private(set) var warnings: [String] = []
  private(set) var randomMean: [Double] = []
  private(set) var randomVariance: [Double] = []

  /// The probabilities between which the strata lie: narrow at both ends, where one side of the
  /// density may be steep.
  private static let probabilities = [
    0, 0.003, 0.01, 0.03, 0.08, 0.16, 0.26, 0.38, 0.5, 0.62, 0.74, 0.84, 0.92, 0.97, 0.99, 0.997, 1,
  ]
  static var mostStrata: Int { probabilities.count - 1 }
  /// The same where fits are dear, or where another effect is held already.
  private static let fewProbabilities = [0, 0.03, 0.16, 0.5, 0.84, 0.97, 1]
  /// The quantiles by which the mean and the variance in a stratum are found.
  private static let quantiles = 16
  private static let largestLoss = 0.05

  private struct Stratum {
    let share: Double
    let mean: Double
    let variance: Double
    /// log of the held effect's density at the mean.
    let logDensity: Double
  }

  /// - Parameters:
  ///   - effect: the place of the held effect.
  ///   - density: its distribution.
  ///   - logEvidence: log p(y).
  ///   - isBrief: whether fits are so dear that there should be few.
  ///   - fit: fits a model in which the effect is held.
  /// - Returns: nil if strata of more than a twentieth of the posterior could not be fitted.
  init?(
    _ model: PoissonMixedModel, holding effect: Int, density: Marginal, logEvidence: Double,
    isBrief: Bool,
    fit: (PoissonMixedModel) throws(FitError) -> ApproximatedPosterior
  ) {
    var strata: [Stratum] = []
    let probabilities = isBrief ? Self.fewProbabilities : Self.probabilities
    for stratum in Self.strata(of: density, between: probabilities) {
      // Far out the offset may be beyond what a fit can start from.
      guard let fit = try? fit(PoissonMixedModel(model, holding: effect, at: stratum.mean)) else {
        continue
      }
      strata.append(stratum)
      fits.append(fit)
    }
    guard strata.count > 1, strata.reduce(0, { $0 + $1.share }) > 1 - Self.largestLoss else {
      return nil
    }
    (self.strata, self.effect, self.density) = (strata, effect, density)
    let sd = model.priors.fixedEffectSD
    for (stratum, fit) in zip(strata, fits) {
      let z = stratum.mean / sd
      let logPrior = -0.5 * (z * z + log(2 * Double.pi)) - log(sd)
      logBounds.append(
        (
          stratum.share,
          fit.evidenceLowerBound + logPrior - stratum.logDensity - logEvidence
        ))
      iterations += fit.optimization.iterations
      distance += stratum.share * (fit.distance ?? (fit.optimization.converged ? 0 : 1))
      if !fit.optimization.converged { failure = fit.optimization.stopReason }
    }
    warnings = fits[fits.count / 2].warnings
    combine()
  }

  /// Why the fits ended: together they have converged as those of one s after another have.
  var stopReason: StopReason {
    distance < IntegratedFit.largestDistance ? .converged : failure
  }

  /// The same, or `stalled` where the log SDs of the line were missed.
  func stopReason(_ line: CombinationPosterior) -> StopReason {
    line.isResolved ? stopReason : .stalled
  }

  /// The share of the work that lines may take with so many effects held.
  static func share(heldEffects: Int) -> Double { pow(1 / Double(mostStrata), Double(heldEffects)) }

  /// The bound that follows from those of the strata, less log p(y).
  var logBoundRatio: Double {
    log(logBounds.reduce(0) { $0 + $1.share * exp(min($1.logRatio, 0)) })
  }

  private static func strata(
    of density: Marginal, between probabilities: [Double]
  ) -> [Stratum] {
    zip(probabilities, probabilities.dropFirst()).map { low, high in
      let values = (0..<quantiles).map { part in
        density.quantile(low + (high - low) * (Double(part) + 0.5) / Double(quantiles))
      }
      let mean = values.reduce(0, +) / Double(quantiles)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(quantiles)
      let step = 1e-3 * density.standardDeviation
      let mass =
        density.cumulativeProbability(at: mean + step)
        - density.cumulativeProbability(at: mean - step)
      return Stratum(
        share: high - low, mean: mean, variance: variance, logDensity: log(mass / (2 * step)))
    }
  }

  private mutating func combine() {
    let strata = strata
    let means = fits.map(\.posterior.fixedMean)
    let randomMeans = fits.map(\.posterior.randomMean)
    /// The derivative of some numbers by the held effect's value, by differences of neighbours.
    func slopes(_ values: [[Double]], at index: Int) -> [Double] {
      let (low, high) = (max(index - 1, 0), min(index + 1, strata.count - 1))
      let distance = strata[high].mean - strata[low].mean
      return zip(values[high], values[low]).map { ($0 - $1) / distance }
    }
    let total = strata.reduce(0) { $0 + $1.share }
    randomMean = randomMeans[0].map { _ in 0 }
    randomVariance = randomMean
    for (index, stratum) in strata.enumerated() {
      let share = stratum.share / total
      let randomSlope = slopes(randomMeans, at: index)
      var direction = slopes(means, at: index)
      direction.insert(1, at: effect)
      for var component in fits[index].posterior.components {
        component.weight *= share
        component.gaussian.hold(
          effect, at: stratum.mean, variance: stratum.variance, direction: direction)
        if !component.gaussian.randomMean.isEmpty {
          for j in randomSlope.indices {
            component.gaussian.randomVariance[j] +=
              stratum.variance * randomSlope[j] * randomSlope[j]
          }
        }
        if !component.fixedSkewness.isEmpty { component.fixedSkewness.insert(0, at: effect) }
        components.append(component)
      }
      for j in randomMean.indices { randomMean[j] += share * randomMeans[index][j] }
    }
    for (index, stratum) in strata.enumerated() {
      let share = stratum.share / total
      let randomSlope = slopes(randomMeans, at: index)
      for j in randomMean.indices {
        let shift = randomMeans[index][j] - randomMean[j]
        randomVariance[j] +=
          share
          * (fits[index].posterior.randomVariance[j] + shift * shift
            + stratum.variance * randomSlope[j] * randomSlope[j])
      }
    }
  }

  /// The held effect, with what the others are given it.
  func heldEffect(_ effectMatrix: Matrix?) -> HeldEffect {
    HeldEffect(
      effect: effect, density: density,
      points: zip(strata, fits).map { stratum, fit in
        HeldEffect.Point(
          value: stratum.mean, mean: fit.posterior.fixedMean,
          covariance: fit.posterior.fixedCovariance)
      }, effectMatrix: effectMatrix)
  }

  /// The mixture, in the fixed effects M b.
  func posterior(
    _ effectMatrix: Matrix?, logSDs: [Marginal], correlations: [Marginal] = [],
    partialCorrelations: [Marginal] = [], familyParameters: [Marginal] = []
  ) -> Posterior {
    Posterior(
      components: components.map { component in
        var component = component
        component.gaussian = component.gaussian.transformed(by: effectMatrix)
        // The skewness of combinations of effects does not follow from the effects' own.
        if effectMatrix != nil { component.fixedSkewness = [] }
        return component
      }, logSDs: logSDs, correlations: correlations, partialCorrelations: partialCorrelations,
      familyParameters: familyParameters,
      randomMean: randomMean, randomVariance: randomVariance)
  }
}

extension GaussianPosterior {
  /// Puts an effect among the fixed ones that was held at a value, with a variance of its own.
  /// - Parameter direction: how far each fixed effect's mean follows it, 1 for itself.
  mutating func hold(_ effect: Int, at value: Double, variance: Double, direction: [Double]) {
    let p = direction.count
    fixedMean.insert(value, at: effect)
    var covariance = Matrix(order: p)
    for c in 0..<p {
      for d in 0..<p {
        covariance[c, d] = variance * direction[c] * direction[d]
        guard c != effect, d != effect else { continue }
        covariance[c, d] += fixedCovariance[c < effect ? c : c - 1, d < effect ? d : d - 1]
      }
    }
    fixedCovariance = covariance
  }
}
