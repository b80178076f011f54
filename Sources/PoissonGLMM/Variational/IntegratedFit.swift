import Foundation

/// The `integrated` approximation: q(b, u | s) Gaussian for each s, q(s) free and integrated by quadrature.
///
/// With F(s) the largest bound at held s, q(s) is proportional to exp(F(s)) N(s; 0, tau^2), and the bound on the evidence
/// is the log of its integral. Marginals are mixtures over the points of the rule: a lattice for up to three variance components,
/// a central composite design beyond.
struct IntegratedFit {
  private let model: PoissonMixedModel
  /// Weights of the points, which add up to 1, and the fits there.
  private let weights: [Double]
  private let fits: [HeldFit]
  private let logSDs: [Marginal]
  private let bound: Double
  private let structured: VariationalOptimum
  private let iterations: Int
  private let stopReason: StopReason

  /// The most components for which a lattice is affordable: about 12, 110 and 1,100 points for one, two and three.
  static let mostLatticeDimensions = 3

  init(_ model: PoissonMixedModel, options: FitOptions) throws(FitError) {
    self.model = model
    let maximizer = NewtonMaximizer(model, options: options)
    structured = try maximizer.maximize()
    let fitter = HeldFitter(maximizer, priorSD: model.priors.logSDSD)
    let mode = try LogSDMode(
      fitter, start: structured.logSDMean, priorSD: model.priors.logSDSD)
    let logWeights: [Double]
    if mode.center.count <= Self.mostLatticeDimensions {
      let lattice = try LogSDLattice(fitter, mode: mode)
      fits = lattice.points.map(\.fit)
      logWeights = fits.map { $0.logDensity + lattice.steps.reduce(0) { $0 + log($1) } }
      logSDs = mode.center.indices.map { lattice.marginal(of: $0) }
    } else {
      (fits, logWeights) = try Self.composite(fitter, mode: mode)
      let weights = Self.normalized(logWeights)
      logSDs = mode.center.indices.map { [fits] k in
        let mean = zip(weights, fits).reduce(0) { $0 + $1.0 * $1.1.logSDs[k] }
        let variance = zip(weights, fits).reduce(0) {
          $0 + $1.0 * ($1.1.logSDs[k] - mean) * ($1.1.logSDs[k] - mean)
        }
        return Marginal(mean: mean, standardDeviation: variance.squareRoot())
      }
    }
    weights = Self.normalized(logWeights)
    let peak = logWeights.max() ?? 0
    bound = peak + log(logWeights.reduce(0) { $0 + exp($1 - peak) })
    iterations = structured.summary.iterations + fitter.iterations
    stopReason = Self.stopReason(structured.summary, weights: weights, fits: fits)
  }

  /// The fits have converged if what they leave, weighted, is within 1e-3 of a posterior SD.
  private static func stopReason(
    _ structured: OptimizationSummary, weights: [Double], fits: [HeldFit]
  ) -> StopReason {
    guard structured.converged else { return structured.stopReason }
    let left = zip(weights, fits).reduce(0) { $0 + $1.0 * $1.1.optimum.lastStep }
    return left < 1e-3 ? .converged : .iterationLimit
  }

  private static func normalized(_ logWeights: [Double]) -> [Double] {
    let peak = logWeights.max() ?? 0
    let weights = logWeights.map { exp($0 - peak) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// The fits of a central composite design with the logs of density times weight.
  private static func composite(
    _ fitter: HeldFitter, mode: LogSDMode
  ) throws(FitError) -> (fits: [HeldFit], logWeights: [Double]) {
    let count = mode.center.count
    let design = CentralCompositeDesign(dimensions: count)
    let factor = DoubleStorage(mode.precision)
    // With precision L L', s = center + L^-T z has it; the volume element is 1 / |L|.
    let logDeterminant = SmallCholesky.factor(factor.pointer, order: count)
    var fits: [HeldFit] = []
    var logWeights: [Double] = []
    for (point, weight) in zip(design.points, design.weights) {
      var offset = point
      for k in stride(from: count - 1, through: 0, by: -1) {
        for l in (k + 1)..<max(count, k + 1) {
          offset[k] -= factor.pointer[l * count + k] * offset[l]
        }
        offset[k] /= factor.pointer[k * (count + 1)]
      }
      let fit = try fitter.fit(
        at: zip(mode.center, offset).map { $0 + $1 }, from: mode.state)
      fits.append(fit)
      logWeights.append(
        fit.logDensity + log(weight)
          + 0.5 * (Double(count) * log(2 * Double.pi) - logDeterminant))
    }
    return (fits, logWeights)
  }

  /// A mixture over the points.
  private func mixture(_ mean: (HeldOptimum) -> Double, _ variance: (HeldOptimum) -> Double)
    -> NormalMixture
  {
    NormalMixture(
      weights: weights, means: fits.map { mean($0.optimum) },
      standardDeviations: fits.map { variance($0.optimum).squareRoot() })
  }

  func result() -> PoissonMixedModelFit {
    let p = model.fixedNames.count
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
    return PoissonMixedModelFit(
      approximation: .integrated,
      fixedEffects: (0..<p).map { c in
        ParameterPosterior(
          name: model.fixedNames[c],
          marginal: Marginal(mixture({ $0.fixedMean[c] }, { $0.fixedCovariance[c * (p + 1)] })))
      },
      logStandardDeviations: zip(model.componentNames, logSDs).map {
        ParameterPosterior(name: $0, marginal: $1)
      },
      randomEffects: RandomEffectPosteriors(
        groupLabels: model.groupLabels, termNames: model.randomNames, means: means,
        standardDeviations: squares.map { $0.squareRoot() }),
      evidenceLowerBound: bound,
      optimization: OptimizationSummary(
        bounds: structured.summary.bounds + [bound],
        boundRoundingError: structured.summary.boundRoundingError, stopReason: stopReason,
        iterations: iterations))
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
    for point in points {
      let mass = exp(point.fit.logDensity - peak)
      masses[point.index[k] - lowest] += mass
      slopes[point.index[k] - lowest] += mass * point.fit.gradient[k]
    }
    return Marginal(
      LatticeDensity(
        origin: center[k] + Double(lowest) * steps[k], step: steps[k],
        logDensities: masses.map { log($0) }, slopes: zip(slopes, masses).map { $0 / $1 }))
  }
}
