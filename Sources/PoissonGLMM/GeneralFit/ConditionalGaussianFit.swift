import PlatformEssentials

/// The fit at given hyperparameters: everything that `integrated` and `corrected` take from it. One
/// for each thread.
final class ConditionalGaussianFit {
  let problem: GeneralProblem
  private let maximizer: GaussianMaximizer
  private let keepsRowWeights: Bool
  private let tolerance: Double
  private lazy var response = problem.layout.linearResponse()
  private lazy var correction = EvidenceCorrection(
    problem.layout, sharing: maximizer.optimum.expectations.curvatures)
  private lazy var effects = DoubleStorage(count: problem.layout.effectCount)
  private lazy var changes = DoubleStorage(count: problem.layout.rowCount)
  private lazy var movedWeights = DoubleStorage(count: problem.layout.rowCount)
  private lazy var pointWeights = DoubleStorage(count: problem.layout.rowCount)
  private lazy var movedMeans = DoubleStorage(count: problem.layout.rowCount)
  private lazy var movedVariances = DoubleStorage(count: problem.layout.rowCount)
  private lazy var movedExpectations = maximizer.optimum.family.expectations(
    count: problem.layout.rowCount)
  private lazy var movedFactor = PrecisionFactor(problem.layout)

  /// 3e-4 of an SD from the optimum, and 1e-7 in the bound.
  static let tolerance = 1e-7
  /// A mean moves by this many SDs for the derivative of R, whose second derivative, a hundredth of
  /// the variance at most, leaves 2e-4 of an SD.
  static let meanStep = 0.05

  /// - Parameters:
  ///   - keepsRowWeights: whether nodes are to have the rows' weights.
  ///   - tolerance: the square length of a full step, in posterior SDs, that ends an ascent.
  init(
    _ problem: GeneralProblem, keepsRowWeights: Bool = false,
    tolerance: Double = ConditionalGaussianFit.tolerance
  ) {
    self.problem = problem
    self.keepsRowWeights = keepsRowWeights
    self.tolerance = tolerance
    maximizer = GaussianMaximizer(problem)
  }

  /// Where the last fit ended, to start others from.
  var state: DoubleStorage { maximizer.optimum.gaussian }

  /// Maximizes F at phi.
  /// - Returns: F(phi) + log p(phi), its gradient, and the record of the ascent.
  func maximize(
    at phi: [Double], from start: DoubleStorage?, maximumIterations: Int
  ) throws(FitError) -> (value: Double, gradient: [Double], monitor: ConvergenceMonitor) {
    let monitor = try maximizer.maximize(
      at: phi, from: start, tolerance: tolerance, maximumIterations: maximumIterations)
    let layout = problem.hyperparameters
    let moments = problem.levels.indices.map { maximizer.secondMoments(ofFactor: $0) }
    let slopes = layout.gradient(at: phi, levels: problem.levels, secondMoments: moments)
    let familySlopes = maximizer.optimum.expectations.parameterSlopes.array
    return (
      maximizer.level.bound + problem.logPrior(at: phi),
      zip(slopes + familySlopes, problem.logPriorGradient(at: phi)).map(+), monitor
    )
  }

  /// What the posterior takes from the fit made last, which was at phi.
  func node(at phi: [Double], _ monitor: ConvergenceMonitor) -> ConditionalGaussian {
    let optimum = maximizer.optimum
    maximizer.variances(into: effects)
    var largest = 0.0
    for i in 0..<problem.layout.rowCount { largest = max(largest, optimum.variances.pointer[i]) }
    return ConditionalGaussian(
      phi: phi, bound: maximizer.level.bound, fixedMean: problem.fixedPart(optimum.means),
      fixedCovariance: maximizer.factor.fixedCovariance(),
      randomMean: problem.randomPart(optimum.means), randomVariance: problem.randomPart(effects),
      rowWeights: keepsRowWeights ? optimum.precisionWeights.array : [],
      largestVariance: largest, iterations: monitor.summary.iterations,
      lastStep: monitor.shortest.squareRoot())
  }

  /// The rows at the fit made last. With the weights that S has: with others, a millionth larger,
  /// an eigenvalue of K~ may pass 1 where counts are large. Next to 0 these may have the wrong
  /// sign, which the remainders of a row far out would feel.
  private var point: EvaluatedRows {
    let optimum = maximizer.optimum
    let (own, expected) = (optimum.precisionWeights, optimum.expectations.curvatures.weights)
    for i in 0..<own.count {
      let areOpposite = (own.pointer[i] < 0) != (expected.pointer[i] < 0)
      pointWeights.pointer[i] = areOpposite ? expected.pointer[i] : own.pointer[i]
    }
    return EvaluatedRows(
      means: optimum.predictors, variances: optimum.variances,
      expectations: optimum.expectations.replacingWeights(pointWeights), family: optimum.family)
  }

  /// R of the fit made last; nil where it has no value.
  func evidenceCorrection() -> Double? { correction.value(maximizer.factor, at: point) }

  /// What F and S of the fit made last, whose node is given, lack.
  func correction(of node: ConditionalGaussian) -> PosteriorCorrection {
    let point = point
    let evidence = correction.value(maximizer.factor, at: point)
    guard
      response.update(
        maximizer.factor, curvatures: point.curvatures, variances: point.variances,
        prior: maximizer.prior),
      let root = CovarianceRoot(node.fixedCovariance)
    else { return PosteriorCorrection(evidence: evidence, response: nil) }
    let fixedCovariance = response.fixedCovariance()
    response.variances(into: effects)
    let variances = problem.randomPart(effects)
    return PosteriorCorrection(
      evidence: evidence,
      response: .init(
        fixedRatio: root.relative(fixedCovariance),
        randomLogRatios: zip(variances, node.randomVariance).map { log($0 / $1) }))
  }

  /// dR/dt of every fixed effect at the fit made last, in SDs: with t b_c added to the log joint
  /// density, F + R generates the cumulants of b_c, and F alone the variational mean. By
  /// differences along the linear response.
  /// - Returns: nil where one of them has no value.
  func meanShifts() -> [Double]? {
    let (point, n) = (point, problem.layout.rowCount)
    guard
      response.update(
        maximizer.factor, curvatures: point.curvatures, variances: point.variances,
        prior: maximizer.prior),
      let center = correction.value(maximizer.factor, at: point)
    else { return nil }
    var shifts: [Double] = []
    for c in 0..<problem.layout.fixedCount {
      guard
        response.change(
          byFixedEffect: c, curvatures: point.curvatures, room: effects, predictors: movedMeans,
          weights: changes)
      else { return nil }
      for i in 0..<n {
        movedWeights.pointer[i] =
          point.curvatures.weights.pointer[i] + Self.meanStep * changes.pointer[i]
        movedMeans.pointer[i] = point.means.pointer[i] + Self.meanStep * movedMeans.pointer[i]
      }
      movedFactor.assemble(
        weights: movedWeights, priors: maximizer.prior.precisions,
        fixedPrecision: maximizer.prior.fixedPrecision)
      guard movedFactor.factor() else { return nil }
      movedFactor.invert()
      movedFactor.rowVariances(into: movedVariances)
      // Where w = t = f, all are known with the weights.
      if !point.curvatures.areEqual {
        _ = point.family.evaluate(
          means: movedMeans, variances: movedVariances, into: movedExpectations)
      }
      let movedPoint = EvaluatedRows(
        means: movedMeans, variances: movedVariances,
        expectations: movedExpectations.replacingWeights(movedWeights), family: point.family)
      guard let moved = correction.value(movedFactor, at: movedPoint) else { return nil }
      // A mean that moves by one SD belongs to dt = 1 / SD, so that this is dR/dt in SDs.
      let shift = (moved - center) / Self.meanStep
      guard shift.isFinite else { return nil }
      shifts.append(shift)
    }
    return shifts
  }
}

extension GeneralProblem {
  /// A workspace for fits at given hyperparameters.
  func conditionalFit(_ options: FitOptions) -> ConditionalGaussianFit {
    ConditionalGaussianFit(self, keepsRowWeights: options.keepsRandomEffects)
  }
}
