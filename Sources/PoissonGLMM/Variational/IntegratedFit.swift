import Foundation

/// The `integrated` and `corrected` approximations: q(b, u | s) Gaussian for each s, q(s) free and integrated by quadrature.
///
/// With F(s) the largest bound at held s, q(s) is proportional to exp(F(s)) N(s; 0, tau^2), and the bound on the evidence
/// is the log of its integral. Marginals are mixtures over the points of the rule: a lattice for up to three variance components,
/// a central composite design beyond. `corrected` takes the covariances of linear response and, on a lattice, an estimate of log p(y | s)
/// in place of F(s), from whose derivatives the fixed effects' skewness given s comes too; beyond, their mixtures are of normals.
struct IntegratedFit {
  private let model: PoissonMixedModel
  /// Weights of the points, which add up to 1, and the fits there.
  let weights: [Double]
  let fits: [HeldFit]
  private let logSDs: [Marginal]
  private let bound: Double
  private let logEvidence: Double?
  private let structured: VariationalOptimum
  private let approximation: Approximation
  private let keepsMixture: Bool
  private let iterations: Int
  private let stopReason: StopReason

  /// The most components for which a lattice is affordable: about 11, 100 and 620 points for one, two and three.
  static let mostLatticeDimensions = 3

  /// - Parameter effectMatrix: M, p x p, row-major, where the fixed effects to be reported are M b.
  init(
    _ model: PoissonMixedModel, options: FitOptions, effectMatrix: [Double]? = nil
  ) throws(FitError) {
    self.model = model
    approximation = options.approximation
    keepsMixture = options.keepsMixture
    let isCorrected = approximation == .corrected
    let dimensions = model.componentNames.count
    let usesLattice = dimensions <= Self.mostLatticeDimensions
    // Without a single event SDs may be so large that quadrature over the effects fails: the bound has to do.
    let hasEvents = (0..<model.rowCount).contains { model.data.counts.pointer[$0] > 0 }
    let usesEvidence = isCorrected && usesLattice && hasEvents
    let maximizer = model.boundMaximizer(options)
    structured = try maximizer.maximize()
    let fitter = HeldFitter(
      maximizer, model: model,
      evidence: usesEvidence ? try Self.evidence(model, options) : nil,
      usesLinearResponse: isCorrected, effectMatrix: effectMatrix)
    let mode = try LogSDMode(
      fitter, start: structured.logSDMean, priorSD: model.priors.logSDSD)
    let logVolumes: [Double]
    let logMasses: [Double]
    if usesLattice {
      let lattice = try LogSDLattice(fitter, mode: mode)
      fits = lattice.points.map(\.fit)
      logVolumes = fits.map { _ in lattice.steps.reduce(0) { $0 + log($1) } }
      logMasses = zip(fits, logVolumes).map { $0.logDensity + $1 }
      weights = Self.normalized(logMasses)
      logSDs = (0..<dimensions).map { lattice.marginal(of: $0) }
    } else {
      (fits, logVolumes) = try Self.composite(fitter, mode: mode)
      logMasses = zip(fits, logVolumes).map { $0.logDensity + $1 }
      weights = Self.normalized(logMasses)
      logSDs = (0..<dimensions).map { [fits, weights] k in
        let mean = zip(weights, fits).reduce(0) { $0 + $1.0 * $1.1.logSDs[k] }
        let variance = zip(weights, fits).reduce(0) {
          $0 + $1.0 * ($1.1.logSDs[k] - mean) * ($1.1.logSDs[k] - mean)
        }
        return Marginal(mean: mean, standardDeviation: variance.squareRoot())
      }
    }
    bound = Self.logSum(zip(fits, logVolumes).map { $0.logBound + $1 })
    logEvidence = usesEvidence ? Self.logSum(logMasses) : nil
    iterations = structured.summary.iterations + fitter.iterations
    stopReason = Self.stopReason(
      structured.summary, weights: weights, fits: fits, logSDs: logSDs)
  }

  private static func evidence(
    _ model: PoissonMixedModel, _ options: FitOptions
  ) throws(FitError) -> QuadratureEvidence {
    do {
      return try QuadratureEvidence(
        MarginalRows(model.data), fixedEffectSD: model.priors.fixedEffectSD,
        threads: options.threads)
    } catch {
      throw FitError("The evidence could not be estimated: \(error.description)")
    }
  }

  private static func logSum(_ logs: [Double]) -> Double {
    let peak = logs.max() ?? 0
    return peak + log(logs.reduce(0) { $0 + exp($1 - peak) })
  }

  /// The fits have converged if what they leave, weighted, is within 1e-3 of a posterior SD. Where nearly all weight is at one value of a log SD,
  /// points one SD apart have missed its posterior, or fits nearby have ended in another optimum.
  private static func stopReason(
    _ structured: OptimizationSummary, weights: [Double], fits: [HeldFit], logSDs: [Marginal]
  ) -> StopReason {
    guard structured.converged else { return structured.stopReason }
    let areFinite = logSDs.allSatisfy { $0.mean.isFinite && $0.standardDeviation.isFinite }
    guard areFinite, logSDs.indices.allSatisfy({ largestShare(of: $0, weights, fits) < 0.9 })
    else { return .stalled }
    let left = zip(weights, fits).reduce(0) { $0 + $1.0 * $1.1.optimum.lastStep }
    return left < 1e-3 ? .converged : .iterationLimit
  }

  /// The largest weight of one value of the log SD k; 0 in a model without.
  private static func largestShare(of k: Int, _ weights: [Double], _ fits: [HeldFit]) -> Double {
    var shares: [Double: Double] = [:]
    for (weight, fit) in zip(weights, fits) { shares[fit.logSDs[k], default: 0] += weight }
    return shares.values.max() ?? 0
  }

  private static func normalized(_ logWeights: [Double]) -> [Double] {
    let peak = logWeights.max() ?? 0
    let weights = logWeights.map { exp($0 - peak) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// The fits of a central composite design, with the logs of what each density is to be multiplied by.
  private static func composite(
    _ fitter: HeldFitter, mode: LogSDMode
  ) throws(FitError) -> (fits: [HeldFit], logVolumes: [Double]) {
    let count = mode.center.count
    let design = CentralCompositeDesign(dimensions: count)
    let factor = DoubleStorage(mode.precision)
    // With precision L L', s = center + L^-T z has it; the volume element is 1 / |L|.
    let logDeterminant = SmallCholesky.factor(factor.pointer, order: count)
    var fits: [HeldFit] = []
    var logVolumes: [Double] = []
    for (point, weight) in zip(design.points, design.weights) {
      var offset = point
      for k in stride(from: count - 1, through: 0, by: -1) {
        for l in (k + 1)..<max(count, k + 1) {
          offset[k] -= factor.pointer[l * count + k] * offset[l]
        }
        offset[k] /= factor.pointer[k * (count + 1)]
      }
      let fit = try fitter.fit(
        at: zip(mode.center, offset).map { $0 + $1 }, from: mode.state, isFinal: true)
      fits.append(fit)
      logVolumes.append(
        log(weight) + 0.5 * (Double(count) * log(2 * Double.pi) - logDeterminant))
    }
    return (fits, logVolumes)
  }

  func result() -> PoissonMixedModelFit {
    var means = [Double](repeating: 0, count: model.data.shape.randomEffectCount)
    var squares = means
    for (weight, fit) in zip(weights, fits) {
      for index in means.indices { means[index] += weight * fit.optimum.randomMean[index] }
    }
    for (weight, fit) in zip(weights, fits) {
      for index in means.indices {
        let shift = fit.optimum.randomMean[index] - means[index]
        squares[index] += weight * (fit.optimum.randomVariance[index] + shift * shift)
      }
    }
    let mixture = posteriorMixture
    return PoissonMixedModelFit(
      approximation: approximation,
      fixedEffects: zip(model.fixedNames, mixture.fixedMarginals()).map {
        ParameterPosterior(name: $0, marginal: $1)
      },
      logStandardDeviations: zip(model.componentNames, logSDs).map {
        ParameterPosterior(name: $0, marginal: $1)
      },
      randomEffects: RandomEffectPosteriors(
        groupLabels: model.groupLabels, termNames: model.randomNames, means: means,
        standardDeviations: squares.map { $0.squareRoot() }),
      evidenceLowerBound: bound, logEvidence: logEvidence,
      optimization: OptimizationSummary(
        bounds: structured.summary.bounds + [bound],
        boundRoundingError: structured.summary.boundRoundingError, stopReason: stopReason,
        iterations: iterations),
      mixture: keepsMixture ? mixture : nil)
  }

  private var posteriorMixture: PosteriorMixture {
    PosteriorMixture(
      components: zip(weights, fits).map { weight, fit in
        PosteriorMixture.Component(
          weight: weight, logSDs: fit.logSDs,
          logSDVariances: [Double](repeating: 0, count: fit.logSDs.count),
          fixedMean: fit.optimum.fixedMean, fixedCovariance: fit.optimum.fixedCovariance,
          fixedSkewness: fit.fixedSkewness, randomMean: fit.optimum.randomMean,
          randomVariance: fit.optimum.randomVariance)
      }, approximation: approximation)
  }
}

extension LogSDLattice {
  /// The marginal density of component k: sums over the other axes, with the slopes that follow.
  func marginal(of k: Int) -> Marginal {
    let peak = points.map(\.fit.logDensity).max() ?? 0
    let positions = points.map { $0.index[k] }
    let lowest = positions.min() ?? 0
    let highest = positions.max() ?? 0
    var masses = [Double](repeating: 0, count: highest - lowest + 1)
    var slopes = masses
    let excesses = Dictionary(
      points.map { ($0.index, $0.fit.excess) }, uniquingKeysWith: { first, _ in first })
    for point in points {
      let mass = exp(point.fit.logDensity - peak)
      masses[point.index[k] - lowest] += mass
      slopes[point.index[k] - lowest] +=
        mass * (point.fit.gradient[k] + excessSlope(at: point, along: k, excesses))
    }
    return Marginal(
      LatticeDensity(
        origin: center[k] + Double(lowest) * steps[k], step: steps[k],
        logDensities: masses.map { log($0) }, slopes: zip(slopes, masses).map { $0 / $1 }))
  }

  /// The derivative of the excess by differences between neighbours: it is small and smooth.
  private func excessSlope(at point: Point, along k: Int, _ excesses: [[Int]: Double]) -> Double {
    var (below, above) = (point.index, point.index)
    below[k] -= 1
    above[k] += 1
    let here = point.fit.excess
    switch (excesses[below], excesses[above]) {
    case (let low?, let high?): return (high - low) / (2 * steps[k])
    case (let low?, nil): return (here - low) / steps[k]
    case (nil, let high?): return (high - here) / steps[k]
    case (nil, nil): return 0
    }
  }
}
